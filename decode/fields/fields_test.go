package fields

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/etcdscope/etcdscope/decode/diff"
)

func tree(t testing.TB, s string) (m map[string]any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// objects are real ones, with all their managedFields.
func objects(t testing.TB) (out []map[string]any) {
	t.Helper()
	b, err := os.ReadFile("testdata/objects.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		out = append(out, tree(t, sc.Text()))
	}
	if len(out) < 8 {
		t.Fatalf("only %d objects", len(out))
	}
	return out
}

const web = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"app":"web","a.b/c":"1"},"finalizers":["x/y","z"],
 "managedFields":[
  {"manager":"kubectl","operation":"Update","time":"2026-01-02T03:04:05Z","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{
   "f:metadata":{"f:labels":{".":{},"f:app":{}},"f:finalizers":{".":{},"v:\"x/y\"":{}}},
   "f:spec":{"f:containers":{".":{},"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:image":{},"f:args":{},
     "f:ports":{".":{},"k:{\"containerPort\":53,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}}}}}}},
  {"manager":"scaler","operation":"Update","subresource":"scale","fieldsV1":{"f:metadata":{"f:labels":{"f:a.b/c":{}}}}},
  {"manager":"ci","operation":"Apply","time":"garbage","fieldsV1":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}},"f:nodeSelector":{}},
    "q:x":{},"k:{broken":{},"f:spec2":7}},
  "no entry", {}]},
 "spec":{"nodeSelector":{"disk":"ssd"},"hostname":"h","containers":[{"name":"web","image":"nginx","args":["-v","-x"],
   "ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53,"protocol":"TCP"},{"containerPort":80}]}]}}`

func TestOwners(t *testing.T) {
	obj := tree(t, web)
	entries := Entries(obj)
	if len(entries) != 4 || entries[2].Unread != 3 || !entries[2].Time.IsZero() || !entries[1].Time.IsZero() || entries[1].Subresource != "scale" ||
		!entries[0].Time.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) {
		t.Fatalf("entries: %+v", entries)
	}
	got := map[string]string{}
	for _, l := range diff.Leaves(obj, diff.Lists{}) {
		var names []string
		for _, e := range owners(entries, l.Steps) {
			names = append(names, e.Manager)
		}
		got[l.Path] = strings.Join(names, " ")
	}
	want := map[string]string{
		`.apiVersion`: "", `.kind`: "", `.metadata.name`: "",
		`.metadata.labels.app`: "kubectl", `.metadata.labels["a.b/c"]`: "scaler",
		`.metadata.finalizers[0]`: "kubectl", `.metadata.finalizers[1]`: "",
		`.spec.containers[name=web].name`: "kubectl", `.spec.containers[name=web].image`: "kubectl ci",
		`.spec.containers[name=web].args[0]`: "kubectl", `.spec.containers[name=web].args[1]`: "kubectl",
		`.spec.containers[name=web].ports[containerPort=53,protocol=UDP].containerPort`: "kubectl",
		`.spec.containers[name=web].ports[containerPort=53,protocol=UDP].protocol`:      "kubectl",
		`.spec.containers[name=web].ports[containerPort=53,protocol=TCP].containerPort`: "",
		`.spec.containers[name=web].ports[containerPort=53,protocol=TCP].protocol`:      "",
		`.spec.containers[name=web].ports[containerPort=80].containerPort`:              "",
		`.spec.nodeSelector.disk`: "ci", `.spec.hostname`: "",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestMatchByPath(t *testing.T) {
	s := Entries(tree(t, web))[0].Set
	for path, want := range map[string]Match{
		".metadata": Below, ".metadata.labels": Exact, ".metadata.labels.app": Exact, ".metadata.labels.other": None,
		".metadata.finalizers[0]":                                          Above, // which one that is, a path does not tell
		".spec.containers[name=web]":                                       Exact,
		".spec.containers[name=web].args":                                  Exact,
		".spec.containers[name=web].args[3]":                               Above,
		".spec.containers[name=other].image":                               None,
		".spec.containers[name=web].ports[containerPort=53,protocol=UDP]":  Exact,
		".spec.containers[name=web].ports[containerPort=53,protocol=TCP]":  None,
		".spec.containers[name=web].ports[containerPort=53].containerPort": Exact, // the default protocol is left out
		".spec.containers[name=web].ports[hostPort=9].containerPort":       Above, // named by what the set does not know
		".spec.hostname": None, "": Below,
	} {
		if got := s.Match(diff.Split(path)); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if !s.Has(".metadata.labels.app") || s.Has(".metadata") || !s.Covers(".spec.containers[name=web].args[0]") || s.Covers(".spec.hostname") {
		t.Error("Has and Covers disagree with Match")
	}
	var none *Set
	if none.Has(".a") || !none.Empty() || !s.Contains(none) || none.Contains(s) || !none.Equal(&Set{}) {
		t.Error("the nil set is not empty")
	}
}

// TestAgainstServer reads real sets also with the API server's own code.
func TestAgainstServer(t *testing.T) {
	paths := 0
	for _, obj := range objects(t) {
		md := obj["metadata"].(map[string]any)
		for i, e := range Entries(obj) {
			if e.Unread != 0 || e.Manager == "" || e.Operation == "" {
				t.Fatalf("%v: %+v", md["name"], e)
			}
			raw, _ := json.Marshal(md["managedFields"].([]any)[i].(map[string]any)["fieldsV1"])
			theirs := &fieldpath.Set{}
			if err := theirs.FromJSON(bytes.NewReader(raw)); err != nil {
				t.Fatal(err)
			}
			if ours := e.Set.Paths(); len(ours) != theirs.Size() {
				t.Errorf("%s: %d paths, the server reads %d:\n%s\n%s", e.Manager, len(ours), theirs.Size(), strings.Join(ours, "\n"), theirs)
			}
			paths += theirs.Size()
			for _, l := range diff.Leaves(obj, diff.Lists{}) {
				if got, want := e.Set.Match(l.Steps) == Exact, theirs.Has(serverPath(theirs, l.Steps)); got != want {
					t.Errorf("%s %s: %v, the server says %v", e.Manager, l.Path, got, want)
				}
			}
		}
	}
	if paths < 200 {
		t.Errorf("only %d paths compared", paths)
	}
}

// serverPath writes steps as the server does: named items by the keys that the set uses, values by themselves.
func serverPath(s *fieldpath.Set, steps []diff.Step) fieldpath.Path {
	var p fieldpath.Path
	for i := range steps {
		step := &steps[i]
		if step.IsField() {
			p = append(p, fieldpath.PathElement{FieldName: &step.Field})
			continue
		}
		var found fieldpath.PathElement
		s.Iterate(func(q fieldpath.Path) {
			if len(q) <= len(p) || !q[:len(p)].Equals(p) {
				return
			}
			switch pe := q[len(p)]; {
			case pe.Key != nil:
				m, _ := step.Value.(map[string]any)
				same := len(m) > 0
				for _, f := range *pe.Key {
					b, _ := json.Marshal(f.Value.Unstructured())
					have, _ := json.Marshal(m[f.Name])
					same = same && (m[f.Name] == nil || bytes.Equal(b, have))
				}
				if same {
					found = pe
				}
			case pe.Value != nil && (*pe.Value).Unstructured() == step.Value:
				found = pe
			}
		})
		if found == (fieldpath.PathElement{}) {
			found.Index = &step.Index
		}
		p = append(p, found)
	}
	return p
}

// TestSetOperations: sets compare as sets of paths do.
func TestSetOperations(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) map[string]any { return someSet(t, 3) })
	rapid.Check(t, func(t *rapid.T) {
		a, _ := Parse(gen.Draw(t, "a"))
		b, _ := Parse(gen.Draw(t, "b"))
		inB := map[string]bool{}
		for _, p := range b.Paths() {
			inB[p] = true
		}
		var want []string
		for _, p := range a.Paths() {
			if !inB[p] {
				want = append(want, p)
			}
		}
		if d := cmp.Diff(want, a.Without(b)); d != "" {
			t.Fatal(d)
		}
		if b.Contains(a) != (len(want) == 0) || !a.Equal(a) || a.Empty() != (len(a.Paths()) == 0) {
			t.Fatal("Contains, Equal or Empty is wrong")
		}
	})
}

// TestUnreadMembers: a field below which no member can be read is a member itself, as the API server reads it.
func TestUnreadMembers(t *testing.T) {
	for stored, want := range map[string]string{
		`{}`:                               "[]",
		`{"bad":{}}`:                       "[]",
		`{"f:a":1}`:                        "[]",
		`{"f:a":{"bad":{}}}`:               "[.a]",
		`{"f:a":{"z:new":{}}}`:             "[.a]",
		`{"f:a":{"z:new":{},"f:b":{}}}`:    "[.a.b]",
		`{"f:a":{".":{},"z:new":{}}}`:      "[.a]",
		`{"f:a":{"f:b":{"z:n":{}}}}`:       "[.a.b]",
		`{"f:a":{"k:{\"x\":1}":{"v":{}}}}`: "[.a[x=1]]",
	} {
		var m map[string]any
		if err := json.Unmarshal([]byte(stored), &m); err != nil {
			t.Fatal(err)
		}
		s, _ := Parse(m)
		if got := fmt.Sprint(s.Paths()); got != want || s.Empty() != (want == "[]") {
			t.Errorf("%s: %s, empty: %v; want %s", stored, got, s.Empty(), want)
		}
		server := fieldpath.NewSet()
		if err := server.FromJSON(strings.NewReader(stored)); err == nil && server.Size() != len(s.Paths()) {
			t.Errorf("%s: the server reads %s", stored, server)
		}
	}
}

func someSet(t *rapid.T, depth int) map[string]any {
	names := []string{".", "f:a", "f:b.c", `k:{"name":"x"}`, `k:{"name":"y"}`, `v:"one"`, `v:2`, "i:0", "bad"}
	m := map[string]any{}
	for _, n := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "members") {
		if m[n] = map[string]any{}; n != "." && depth > 0 {
			m[n] = someSet(t, depth-1)
		}
	}
	return m
}

func BenchmarkOwners(b *testing.B) {
	obj := objects(b)[1]
	entries, leaves := Entries(obj), diff.Leaves(obj, diff.Lists{})
	b.ReportAllocs()
	for b.Loop() {
		for i := range leaves {
			owners(entries, leaves[i].Steps)
		}
	}
}

// TestBounds: what is nested deeper than objects are is not read, and no more entries than an object can have.
func TestBounds(t *testing.T) {
	deep := map[string]any{}
	for range 9_000 {
		deep = map[string]any{"f:a": deep}
	}
	s, unread := Parse(deep)
	if paths := s.Paths(); unread != 1 || len(paths) != 1 || len(paths[0]) > 4*maxDepth {
		t.Errorf("%d unread, %d paths", unread, len(paths))
	}
	var list []any
	for range 100_000 {
		list = append(list, map[string]any{"manager": "x", "fieldsV1": map[string]any{"f:a": map[string]any{}}})
	}
	entries := Entries(map[string]any{"metadata": map[string]any{"managedFields": list}})
	if owners := owners(entries, diff.Split(".a")); len(entries) != maxEntries || len(owners) != maxEntries {
		t.Errorf("%d entries, %d owners", len(entries), len(owners))
	}
}
