package decode

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzDecode decodes anything: nothing panics, every document is safe to draw, JSON is JSON, and of what is under a
// Secret's key nothing is said. The value of the Secret is recognised by a marker in the middle of the input.
func FuzzDecode(f *testing.F) {
	x := fuzztest.New(f)
	for _, c := range goldenCases(&testing.T{}) {
		if len(c.v.Value) < 600 { // each execution reads all of it in every way
			x.Add([]byte(c.v.Key), c.v.Value)
		}
	}
	x.Add([]byte("/registry/secrets/d/s"), []byte(secretJSON("")))
	x.Add([]byte("/registry/x/y"), []byte("apiVersion: v1\nkind: A\nb: [{c: &a 1, d: *a}]\n"))
	views := [2]View{{}, {Reveal: true, ManagedFields: true}}
	x.Fuzz(func(t *testing.T, key, value []byte) {
		d := New(Options{})
		o := d.Object(key, value, 7)
		view := views[(len(key)+len(value))%2] // one of them: inputs of every length come
		docs, js := documents(o, view), o.JSON(view)
		for _, x := range docs {
			if err := checkDoc(x.doc); err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
		}
		if !json.Valid(js) {
			t.Fatalf("no JSON: %q", js)
		}
		text := all(d, o, view, docs, js)
		if o.Secret && !view.Reveal && strings.Contains(string(value), hush) && !strings.Contains(string(key), hush) {
			if s := leak(text, hush); s != "" && o.Encryption.Provider == "" && !named(o) {
				t.Fatalf("a Secret's value: …%s…", s)
			}
		}
		for _, r := range o.Problem {
			if clean.Bad(r) {
				t.Fatalf("the problem holds %U", r)
			}
		}
	})
}

// named reports whether the marker has got into what is shown of every Secret: its names, its metadata and its type.
func named(o *Object) bool {
	tree := o.Tree(View{Reveal: true})
	b, _ := json.Marshal([]any{o.APIVersion, o.Kind, tree["metadata"], tree["type"], tree["immutable"], keysOf(tree)})
	return leak(string(b), hush) != "" || tree == nil
}

// keysOf are the names of all fields, which are shown.
func keysOf(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			out = append(append(out, k), keysOf(x)...)
		}
	case []any:
		for _, x := range v {
			out = append(out, keysOf(x)...)
		}
	}
	return out
}
