package diff

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLeaves(t *testing.T) {
	obj := tree(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","resourceVersion":"1","managedFields":[{}],"labels":{"a.b/c":"x"},"finalizers":["p","q"]},
		"spec":{"containers":[{"name":"web","args":[],"ports":[{"containerPort":53,"protocol":"UDP"}]}],"nothing":null,"odd":[{"q":1},{"r":[2]}]},"status":{}}`)
	var got []string
	for _, l := range Leaves(obj, Lists{}) {
		got = append(got, l.Path)
	}
	want := []string{".apiVersion", ".kind", ".metadata.finalizers[0]", ".metadata.finalizers[1]", `.metadata.labels["a.b/c"]`, ".metadata.name",
		".spec.containers[name=web].args", ".spec.containers[name=web].name",
		".spec.containers[name=web].ports[containerPort=53,protocol=UDP].containerPort", ".spec.containers[name=web].ports[containerPort=53,protocol=UDP].protocol",
		".spec.odd[0].q", ".spec.odd[1].r[0]", ".status"}
	if d := gocmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestSplitReadsPaths: a leaf's path, read again, has the leaf's steps.
func TestSplitReadsPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, l := range Leaves(anyMap(3).Draw(t, "object"), Lists{}) {
			steps := Split(l.Path)
			for i := range l.Steps {
				l.Steps[i].Value = nil
			}
			if d := gocmp.Diff(l.Steps, steps); d != "" {
				t.Fatalf("%s: %s", l.Path, d)
			}
		}
	})
}

func TestSplitGarbage(t *testing.T) {
	for _, s := range []string{"x", "[", `["a`, `["a"`, ".a[", ".a[b", `.a["b"]c`, `[a="]`} {
		for _, p := range Split(s) {
			if p.Field == "" && p.Item == "" && p.Index < 0 {
				t.Errorf("%q: empty step", s)
			}
		}
	}
	if d := gocmp.Diff(map[string]string{"a": "1", "b": `"x,y=z"`}, Pairs(`a=1,b="x,y=z"`)); d != "" {
		t.Error(d)
	}
}
