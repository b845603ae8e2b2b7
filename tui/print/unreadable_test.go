package print

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// spoiled is a store with values of each sort that cannot be read, between others.
func spoiled() []sourcetest.Op {
	cm := func(key, name string) sourcetest.Op {
		return sourcetest.Put("/registry/configmaps/shop/"+key, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"`+name+`","namespace":"shop","uid":"u-`+key+`"},"data":{"a":"1"}}`)
	}
	return []sourcetest.Op{
		cm("ok", "ok"), // 2
		sourcetest.Put("/registry/configmaps/shop/cut", "k8s\x00\xff"),
		sourcetest.Put("/registry/configmaps/shop/text", "hello"),
		cm("other", "b"),
		sourcetest.Put("/registry/deployments/shop/types", `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"types","namespace":"shop","uid":"u-t"},"spec":{"replicas":"three"}}`),
		sourcetest.Put("/registry/horizontalpodautoscalers/shop/new", "k8s\x00\n-\n\x0eautoscaling/v7\x12\x17HorizontalPodAutoscaler\x00\x00\x12\x0a\n\x08\n\x03new\x12\x01x"),
		cm("was", "was"),
		sourcetest.Put("/registry/configmaps/shop/was", "broken"), sourcetest.Put("/registry/configmaps/shop/gone", "broken"), sourcetest.Delete("/registry/configmaps/shop/gone"),
		cm("healed", "x"), cm("healed", "healed"),
	}
}

// TestReportUnreadable: what cannot be read comes first, with what follows from it, by resource; what was mended or deleted
// since is not in it.
func TestReportUnreadable(t *testing.T) {
	t.Parallel()
	src := file(spoiled(), 0)
	out, stderr, code := run(t, src, "report")
	if code != 0 || !strings.HasPrefix(out, "LIST of configmaps fails: 3 values cannot be read\n  configmaps/cut -n shop  revision 3  malformed protobuf envelope\n") {
		t.Errorf("exit %d %s\n%s", code, stderr, out)
	}
	for _, want := range []string{"  configmaps/text -n shop  revision 4  the value is no object, but text\n", "  configmaps/was -n shop  revision 9 ",
		"LIST of deployments.apps fails: 1 value cannot be read\n", "1 value of configmaps under the key of another object\n  configmaps/other -n shop  revision 5  the value is another object: it calls itself shop/b\n",
		"Written past the API server\n", "  configmaps/other -n shop  created at 5  the key names other, the object calls itself b\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
	head, _, _ := strings.Cut(out, "Written past")
	for _, not := range []string{"configmaps/gone", "configmaps/healed", "configmaps/ok"} {
		if strings.Contains(head, not) {
			t.Errorf("the report has %s:\n%s", not, out)
		}
	}
	if strings.Contains(out, "none of 1 ready") {
		t.Errorf("the state of what cannot be read is reported:\n%s", out)
	}
	out, _, _ = run(t, src, "report", "-o", "json", "-n", "shop")
	first, _, _ := strings.Cut(out, "\n")
	if !strings.HasPrefix(first, `{"report":"unreadable","key":"/registry/configmaps/shop/cut","kind":"ConfigMap","namespace":"shop","name":"cut","resource":"configmaps","fault":"damaged"`) ||
		!strings.Contains(first, `"listFails":true`) || strings.Count(out, `"report":"unreadable"`) < 5 || !strings.Contains(out, `{"report":"outOfBand","key":"/registry/configmaps/shop/other"`) {
		t.Errorf("%s", out)
	}
	if out, _, _ := run(t, src, "report", "-n", "elsewhere"); strings.Contains(out, "LIST") {
		t.Errorf("of another namespace: %s", out)
	}
}

// TestTablesUnreadable: a row of what cannot be read knows nothing, and stderr says why, in text as in JSON.
func TestTablesUnreadable(t *testing.T) {
	t.Parallel()
	src := file(spoiled(), 0)
	for args, row := range map[string]string{"get cm -n shop": "cut <unknown> <unknown>", "get deploy -n shop": "types <unknown> <unknown> <unknown> <unknown>", "get cm -n shop -o json": "", "get cm -n shop -o name": ""} {
		out, stderr, code := run(t, src, strings.Fields(args)...)
		if code != 0 || row != "" && !has(words(out), row) || !strings.Contains(stderr, "decode /registry/") {
			t.Errorf("%s: exit %d, %s\n%s", args, code, stderr, out)
		}
	}
	_, stderr, _ := run(t, src, "get", "cm", "-n", "shop", "-o", "json")
	for _, want := range []string{"shop/cut: malformed", "shop/text: the value is no object", "shop/other: the value is another object"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q: %s", want, stderr)
		}
	}
}
