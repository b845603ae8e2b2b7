package kinds

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzParse: any arguments name keys or prefixes, or an error says why not in one line.
func FuzzParse(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{"pods web", "po,svc", "deploy/web cm/x", "/registry/pods/a/b", "pods.v1. x", "secret/a/b", "\x00/", ""} {
		x.Add(s, "demo", false)
	}
	table := Builtin()
	x.Fuzz(func(t *testing.T, line, ns string, all bool) {
		args := strings.Fields(line)
		targets, err := table.Parse(args, ns, all, DefaultRoot)
		if err != nil {
			if len(targets) > 0 || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: %v, %v", args, targets, err)
			}
			return
		}
		for _, x := range targets {
			if x.Typed && x.Key == nil && !strings.HasPrefix(x.Prefix, DefaultRoot) || x.Typed && x.Key != nil && !strings.HasPrefix(string(x.Key), DefaultRoot) {
				t.Fatalf("%q is %q %q, outside the root", args, x.Key, x.Prefix)
			}
			if !x.Typed && x.Key != nil && !slices.Contains(args, string(x.Key)) {
				t.Fatalf("%q is the key %q", args, x.Key)
			}
		}
	})
}

// FuzzLocate: what a key is found to be makes that key again, and kubectl's words for it find it.
func FuzzLocate(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{"/registry/pods/demo/web", "/registry/namespaces/demo", "/registry/apps.example.com/widgets/a/b", "/registry/services/specs/a/b", "/registry/minions/n", "/registry/", "/registry/pods//", "\xff"} {
		x.Add([]byte(s))
	}
	table := Builtin().With(Resource{Group: "example.com", Version: "v1", Kind: "Widget", Plural: "widgets", Singular: "widget", Prefix: "example.com/widgets/", Namespaced: true, Custom: true})
	x.Fuzz(func(t *testing.T, key []byte) {
		ref, ok := table.Locate(DefaultRoot, key)
		table.Of(DefaultRoot, key)
		table.Kubectl(DefaultRoot, key)
		if !ok {
			return
		}
		if ref.Name == "" && !strings.HasSuffix(string(key), "/") {
			t.Fatalf("%q is %+v, without a name", key, ref)
		}
		if again, ok := table.Locate(DefaultRoot, table.Key(DefaultRoot, ref.Resource, ref.Namespace, ref.Name)); !ok || again.Name != ref.Name || again.Namespace != ref.Namespace || again.Kind != ref.Kind {
			t.Fatalf("%q is %+v, whose key is %+v", key, ref, again)
		}
	})
}

// FuzzDefinition: a definition of any form makes a type that the table can hold, or none.
func FuzzDefinition(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(`{"kind":"CustomResourceDefinition","spec":{"group":"example.com","names":{"kind":"Widget","plural":"widgets","singular":"widget","shortNames":["w"]},"scope":"Namespaced","versions":[{"name":"v1","storage":true,"schema":{"openAPIV3Schema":{"type":"object"}},"additionalPrinterColumns":[{"name":"A","type":"string","jsonPath":".spec.a","priority":1}]}]}}`)
	x.Add(`{"kind":"CustomResourceDefinition","spec":{"group":"g","names":{"kind":"K","plural":"pods","shortNames":[1,"po"]},"version":"v1","validation":{"openAPIV3Schema":7},"additionalPrinterColumns":[{"name":"A","JSONPath":"x"}]}}`)
	x.Add(`{"kind":"CustomResourceDefinition","spec":{"group":"example.cOm","names":{"kind":"K","plural":"ks"}}}`)
	x.Add(`{"kind":"CustomResourceDefinition","spec":{"group":"services","names":{"kind":"Service","plural":"specs"}}}`)
	builtin := Builtin()
	x.Fuzz(func(t *testing.T, js string) {
		var tree map[string]any
		dec := json.NewDecoder(strings.NewReader(js))
		dec.UseNumber()
		if dec.Decode(&tree) != nil {
			return
		}
		r, ok := FromCRD(tree)
		if !ok {
			return
		}
		if r.Group == "" || r.Plural == "" || r.Kind == "" || !r.Custom {
			t.Fatalf("%+v", r)
		}
		if _, own := builtin.first.prefix[r.Prefix]; !own {
			with := builtin.With(r)
			if _, ok := with.Find(r.FullName()); !ok {
				t.Fatalf("%s is not found", r.FullName())
			}
		}
		if pods, ok := builtin.With(r).Locate(DefaultRoot, []byte("/registry/"+r.Prefix+"a/b")); ok && r.Prefix == "services/specs/" && pods.Custom {
			t.Fatalf("%+v hides Services", r)
		}
		if pod, ok := builtin.With(r).OfKind("v1", "Pod"); !ok || pod.Custom {
			t.Fatalf("%+v hides Pods", r)
		}
	})
}
