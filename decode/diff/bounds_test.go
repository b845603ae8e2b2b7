package diff

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// hostile are objects of about a megabyte, with something at their deepest place that can differ.
func hostile(x string) map[string]map[string]any {
	out := map[string]map[string]any{}
	var items []any
	for i := range 20_000 {
		items = append(items, json.Number(fmt.Sprint(i)))
	}
	many := map[string]any{}
	for i := range 20_000 {
		many[fmt.Sprint("k", i)] = fmt.Sprint("v", i, x)
	}
	deep, lists, maps := any(append(items, x)), any(append(items[:len(items):len(items)], x)), any(many)
	for i := range 9_000 {
		deep = map[string]any{"a": deep}
		lists = []any{map[string]any{"name": "n", "l": lists}}
		if i < 90 {
			maps = []any{map[string]any{strings.Repeat("x", 8000): maps}}
		}
	}
	out["nested maps"] = map[string]any{"spec": deep}
	out["nested lists"] = map[string]any{"spec": lists}
	out["a long way to many"] = map[string]any{"spec": maps}
	out["many below a long name"] = map[string]any{"spec": map[string]any{strings.Repeat("n", 100_000): many}}
	var named []any
	for i := range 10_000 {
		named = append(named, map[string]any{"name": fmt.Sprint(i), "v": x})
	}
	out["many items"] = map[string]any{"spec": map[string]any{"containers": named}}
	return out
}

// TestBounds: paths of what is nested deep, or lies below long names, do not outgrow the object by far, and a
// difference there is found all the same.
func TestBounds(t *testing.T) {
	t.Parallel()
	one, two := hostile("one"), hostile("two")
	for name, a := range one {
		changes := Trees(a, two[name], Lists{})
		size := 0
		for _, c := range changes {
			size += len(c.Path)
		}
		if len(changes) == 0 || size > 2*maxTotal {
			t.Errorf("%s: %d changes, whose paths have %d bytes", name, len(changes), size)
		}
		if again := Trees(a, hostile("one")[name], Lists{}); len(again) > 0 {
			t.Errorf("%s: it differs from itself: %v", name, again[0].Path)
		}
		size = 0
		leaves := 0
		EachLeaf(a, Lists{}, func(l *Leaf) {
			if size += len(l.Path); len(l.Steps) > maxDepth+1 {
				t.Fatalf("%s: a leaf of %d steps", name, len(l.Steps))
			}
			leaves++
		})
		if leaves == 0 || size > 2*maxTotal {
			t.Errorf("%s: %d leaves of %d bytes", name, leaves, size)
		}
	}
}
