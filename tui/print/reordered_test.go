package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func podWith(env, args string, gen int) sourcetest.Op {
	return sourcetest.Put("/registry/pods/d/p", fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"d","uid":"u","generation":%d},`+
		`"spec":{"containers":[{"name":"a","args":[%s],"env":[%s]}]}}`, gen, args, env))
}

const (
	envE1 = `{"name":"E1","value":"1"}`
	envE2 = `{"name":"E2","value":"2"}`
)

// TestReordered: a list whose items only changed their order is reported as such, beside other changes too, and is never
// called unchanged; nothing of it is among the changed fields.
func TestReordered(t *testing.T) {
	t.Parallel()
	src := file([]sourcetest.Op{
		podWith(envE1+","+envE2, `"x","y"`, 1),                 // 2
		podWith(envE2+","+envE1, `"x","y"`, 1),                 // 3: only the order of env
		podWith(envE1+","+envE2, `"z"`, 1),                     // 4: order and args
		podWith(`{"name":"E2","value":"9"},`+envE1, `"z"`, 1),  // 5: an item changed and moved
		podWith(`{"name":"E2","value":"9"}, `+envE1, `"z"`, 1), // 6: other bytes, the same fields
		sourcetest.Put("foo", "x"), sourcetest.Put("foo", "x"), // 7, 8
		sourcetest.Put("foo", "\x00y"), sourcetest.Put("foo", "z"), // 9, 10
	}, 0)
	const env = "reordered spec.containers[name=a].env"
	for _, tc := range []struct{ revs, want, not string }{
		{"2 3", env, "no field changed"},
		{"3 4", env, "no field changed"},
		{"3 4", `.spec.containers[name=a].args`, ".env["},
		{"4 5", `.env[name=E2].value: 2 → 9`, "reordered"},
		{"5 6", "the bytes differ, the fields are the same", "reordered"},
		{"2 4", ".args", "reordered"},
	} {
		out, stderr, _ := run(t, src, append(strings.Fields("diff pod/p -n d"), strings.Fields(tc.revs)...)...)
		if !strings.Contains(out, tc.want) || strings.Contains(out, tc.not) {
			t.Errorf("diff %s: %s%s", tc.revs, out, stderr)
		}
	}
	out, _, _ := run(t, src, "log", "pod/p", "-n", "d", "-o", "json", "--changes")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !strings.Contains(lines[1], `"aspect":"spec"`) || !strings.Contains(lines[1], env) || !strings.Contains(lines[1], `"changes":[]`) {
		t.Errorf("log: %s", lines[1])
	}
	if out, _, _ = run(t, src, "diff", "2", "3", "--no-noise"); !strings.Contains(out, env) {
		t.Errorf("it is left out as noise: %s", out)
	}
}

// TestSameValue: a value of somebody else's that was written again as it was is no difference; one that changed is one.
func TestSameValue(t *testing.T) {
	t.Parallel()
	src := file([]sourcetest.Op{sourcetest.Put("foo", "x"), sourcetest.Put("foo", "x"), sourcetest.Put("foo", "\x00y")}, 0)
	if out, stderr, code := run(t, src, "diff", "2", "3"); out != "" || code != 0 || !strings.Contains(stderr, "0 updated") {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	if out, stderr, code := run(t, src, "diff", "3", "4"); !strings.Contains(out, "the stored bytes differ") || code != 1 || strings.Contains(stderr, "without a change") {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	if out, _, _ := run(t, src, "log", "foo"); strings.Count(out, "rewritten with the same value") != 1 {
		t.Errorf("%s", out)
	}
}
