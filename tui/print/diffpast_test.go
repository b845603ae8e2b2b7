package print

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestDiffByWriter: --filter asks who made a difference, and when, where the past of the newer side is there; of a live store one line says
// why not.
func TestDiffByWriter(t *testing.T) {
	t.Parallel()
	object := func(name, manager, created, at, value string) string {
		return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + `","namespace":"shop","uid":"u-` + name + `","creationTimestamp":"` + created + `","managedFields":[{"manager":"` + manager + `","operation":"Update","apiVersion":"v1","time":"` + at + `","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]},"data":{"a":"` + value + `"}}`
	}
	key := func(name string) string { return "/registry/configmaps/shop/" + name }
	const start = "2026-01-01T00:00:00Z"
	ops := []sourcetest.Op{
		sourcetest.Put(key("one"), object("one", "helm", start, "2026-01-01T00:00:00Z", "1")),
		sourcetest.Put(key("two"), object("two", "helm", start, "2026-01-01T00:00:00Z", "1")),
		sourcetest.Put(key("one"), object("one", "kubectl-edit", start, "2026-01-01T00:05:00Z", "2")), // 4
		sourcetest.Put(key("two"), object("two", "helm", start, "2026-01-01T00:09:00Z", "2")),
		sourcetest.Put(key("new"), object("new", "helm", "2026-01-01T00:10:00Z", "2026-01-01T00:10:00Z", "3")),
	}
	for text, want := range map[string]string{
		"by:kubectl-edit": "one", "by:helm": "new two", "!by:helm": "one", "by:helm type:created": "new", "since:2m": "new two", "until:3m": "one", "since:6": "new", "until:4": "one", "by:nobody": "", "is:gone": "", "!is:noise": "new one two",
	} {
		out, stderr, code := run(t, file(ops, 0), "diff", "3", "--filter", text, "-n", "shop")
		var got []string
		for _, line := range strings.Split(out, "\n") {
			if _, rest, ok := strings.Cut(line, "configmaps/"); ok {
				got = append(got, strings.Fields(rest)[0])
			}
		}
		if strings.Join(got, " ") != want || code != map[bool]int{true: 0, false: 1}[want == ""] {
			t.Errorf("%s: exit %d, %q, want %q; %q", text, code, got, want, stderr)
		}
	}
	if out, stderr, code := run(t, running(ops), "diff", "3", "--filter", "by:helm", "-n", "shop"); code != 2 || out != "" || !strings.Contains(stderr, "by: asks for the write behind a difference, and the past of the live store") {
		t.Errorf("of a live store: exit %d, %q, %q", code, out, stderr)
	}
	if _, stderr, code := run(t, running(ops), "diff", "3", "--filter", "type:created is:noise", "-n", "shop"); code > 1 {
		t.Errorf("of a live store without its past: exit %d, %q", code, stderr)
	}
}

// TestFilterByMaskedValue: log and diff say that a masked value is not tested by --filter, and test it with --reveal.
func TestFilterByMaskedValue(t *testing.T) {
	t.Parallel()
	secret := func(v string) sourcetest.Op {
		return sourcetest.Put("/registry/secrets/shop/db", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop"},"data":{"password":"`+v+`"}}`)
	}
	src := func() *memory { return file([]sourcetest.Op{secret("YQ=="), secret("aHVudGVyMg==")}, 0) }
	for _, args := range []string{"log -A", "diff 2 -n shop"} {
		with := append(strings.Fields(args), "--filter", "field:data.password=aHVudGVyMg==")
		if out, stderr, _ := run(t, src(), with...); out != "" || !strings.Contains(stderr, "left out: --filter does not test secret values that are masked; add --reveal to test them") {
			t.Errorf("%s: %q, %q", args, out, stderr)
		}
		if out, stderr, _ := run(t, src(), append(with, "--reveal")...); !strings.Contains(out, "secrets/db") || strings.Contains(stderr, "masked") {
			t.Errorf("%s --reveal: %q, %q", args, out, stderr)
		}
	}
}

// TestNothingMatches: where nothing is chosen, log says by which filter, and whether other flags chose too.
func TestNothingMatches(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--filter ns:nosuch":                "nothing matches --filter ns:nosuch: of these changes none is in namespace nosuch; leave",
		"--filter ns:nosuch --type deleted": "nothing matches --filter ns:nosuch and what else was chosen: of these changes none is in namespace nosuch; leave",
		"--filter ns:nosuch --since 1":      "nothing matches --filter ns:nosuch and what else was chosen: of these changes none is in namespace nosuch; leave",
	} {
		if out, stderr, code := run(t, file(cluster(), 0), append([]string{"log", "-A"}, strings.Fields(args)...)...); out != "" || code != 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q, %q", args, code, out, stderr)
		}
	}
}
