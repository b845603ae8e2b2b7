package evidence_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// spell writes paths as their steps, sorted.
func spell(list []evidence.Path) string {
	var out []string
	for _, p := range list {
		var b strings.Builder
		for _, s := range p {
			if s.IsField() {
				b.WriteString("." + s.Field)
			} else {
				b.WriteString("[" + s.Item + "]")
			}
		}
		out = append(out, b.String())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestPaths: a change is taken apart into the fields that managedFields could name.
func TestPaths(t *testing.T) {
	t.Parallel()
	list := func(v ...string) (out []any) {
		for _, x := range v {
			out = append(out, x)
		}
		return out
	}
	for _, c := range []struct {
		name           string
		change         diff.Change
		added, removed string
	}{
		{"a value", diff.Change{Path: ".data.a", Op: diff.Replace, Old: "1", New: "2"}, ".data.a", ""},
		{"a field that came", diff.Change{Path: ".data.a", Op: diff.Add, New: "1"}, ".data.a", ""},
		{"a field that went", diff.Change{Path: ".data.a", Op: diff.Remove, Old: "1"}, "", ".data.a"},
		{"a map that came", diff.Change{Path: ".data", Op: diff.Add, New: map[string]any{"a": "1", "b": map[string]any{"c": "2"}}}, ".data.a .data.b.c", ""},
		{"a map that went", diff.Change{Path: ".data", Op: diff.Remove, Old: map[string]any{"a": "1"}}, "", ".data.a"},
		{"an empty map that came", diff.Change{Path: ".data", Op: diff.Add, New: map[string]any{}}, ".data", ""},
		{"a set that came", diff.Change{Path: ".metadata.finalizers", Op: diff.Add, New: list("a", "b")}, ".metadata.finalizers[=a] .metadata.finalizers[=b]", ""},
		{"a set of which one was exchanged", diff.Change{Path: ".metadata.finalizers", Op: diff.Replace, Old: list("a", "b"), New: list("b", "c")},
			".metadata.finalizers[=c]", ".metadata.finalizers[=a]"},
		{"a set in another order", diff.Change{Path: ".metadata.finalizers", Op: diff.Replace, Old: list("a", "b"), New: list("b", "a")}, ".metadata.finalizers", ""},
		{"a list of maps", diff.Change{Path: ".x", Op: diff.Replace, Old: []any{map[string]any{"a": "1"}}, New: []any{map[string]any{"a": "2"}}}, ".x", ""},
		{"numbers", diff.Change{Path: ".x", Op: diff.Add, New: []any{json.Number("1")}}, ".x[=1]", ""},
		{"what managedFields never hold", diff.Change{Path: ".metadata.generation", Op: diff.Replace, Old: json.Number("1"), New: json.Number("2")}, "", ""},
		{"a deletion mark", diff.Change{Path: ".metadata.deletionTimestamp", Op: diff.Add, New: "x"}, "", ""},
	} {
		added, removed := evidence.Paths([]diff.Change{c.change})
		if a, r := spell(added), spell(removed); a != c.added || r != c.removed {
			t.Errorf("%s: added %q, want %q; removed %q, want %q", c.name, a, c.added, r, c.removed)
		}
	}
}

// TestPathsAreBounded: a huge map is not taken apart without end.
func TestPathsAreBounded(t *testing.T) {
	t.Parallel()
	m := map[string]any{}
	for i := range 20_000 {
		m[strings.Repeat("x", i%50)+string(rune('a'+i%26))+json.Number(strings.Repeat("1", i%9+1)).String()+strings.Repeat("y", i/450)] = "v"
	}
	if added, _ := evidence.Paths([]diff.Change{{Path: ".data", Op: diff.Add, New: m}}); len(added) < 1000 || len(added) > 4200 {
		t.Errorf("%d paths", len(added))
	}
}

// TestCovers: an entry that names the field itself covers it exactly; one that owns something above it covers it.
func TestCovers(t *testing.T) {
	t.Parallel()
	paths := []evidence.Path{evidence.Path(diff.Split(".data.a")), evidence.Path(diff.Split(".data.b"))}
	for set, want := range map[string][2]int{fieldA: {1, 1}, fieldAB: {2, 2}, dataAll: {2, 0}, `"f:spec":{}`: {0, 0}, `"f:data":{".":{}}`: {2, 0}} {
		e := entries(t, mf("x/Update 1", set))[0]
		if n, exact := e.Covers(paths); [2]int{n, exact} != want {
			t.Errorf("%s covers %d, exactly %d, want %v", set, n, exact, want)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{".status": true, ".status.phase": true, `.status["x"]`: true, ".statusX": false, ".spec": false, ".spec.replicas": true} {
		if got := evidence.Within(path, []string{".status", ".spec.replicas"}); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
