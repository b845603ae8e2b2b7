package fields

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// many is a set of n items each of which is identified by two keys and by its value, and an object with these items.
func many(n int) (set, obj map[string]any) {
	keys, values := map[string]any{}, map[string]any{}
	var items, scalars []any
	for i := range n {
		keys[fmt.Sprintf(`k:{"port":%d,"protocol":"TCP"}`, i)] = map[string]any{".": map[string]any{}, "f:v": map[string]any{}}
		values[fmt.Sprintf(`v:"n%d"`, i)] = map[string]any{}
		items = append(items, map[string]any{"port": int64(i), "protocol": "TCP", "v": "x"})
		scalars = append(scalars, fmt.Sprint("n", i))
	}
	return map[string]any{"f:a": keys, "f:b": values}, map[string]any{"a": items, "b": scalars}
}

// TestManyItems: an item among thousands is found by few comparisons, whatever key identifies it, and all items of a set are
// read.
func TestManyItems(t *testing.T) {
	t.Parallel()
	const n = 20_000
	stored, obj := many(n)
	set, unread := Parse(stored)
	if unread != 0 || len(set.fields["a"].items.list) != n || len(set.fields["b"].items.list) != n {
		t.Fatalf("%d unread", unread)
	}
	compared := 0
	shape := set.fields["a"].items.shapes[0]
	entries, owned := []Entry{{Set: set}}, 0
	diff.EachLeaf(obj, diff.Lists{}, func(l *diff.Leaf) {
		if m, sure := keysOf(&l.Steps[1]); sure && m != nil {
			few, _ := shape.candidates(m, &wanted{})
			compared += len(few)
		}
		owned += len(owners(entries, l.Steps))
	})
	if owned != 2*n || compared == 0 || compared > 3*n {
		t.Errorf("%d leaves owned, by %d comparisons; want %d and one for each of the %d leaves of items", owned, compared, 2*n, 3*n)
	}
}

// TestFirstItem: of several items that fit, the first one in the order of their names counts, as if they were looked
// through one by one.
func TestFirstItem(t *testing.T) {
	t.Parallel()
	stored := map[string]any{}
	for i, k := range []string{`i:0`, `k:{"a":1,"b":2}`, `k:{"a":1}`, `k:{"b":2}`, `k:{"c":3}`, `v:"x"`, `v:{"d":4}`} {
		stored[k] = map[string]any{fmt.Sprint("f:f", i): map[string]any{}}
	}
	set, _ := Parse(map[string]any{"f:l": stored})
	item := func(a, b, c string) map[string]any { return map[string]any{"a": a, "b": b, "c": c, "d": nil} }
	for want, steps := range map[string][]diff.Step{
		".f0":   {{Index: 0, Value: item("1", "2", "3")}, {Index: 0, Value: "x"}, {Index: 0}},
		".f1":   {{Index: -1, Item: "a=1"}, {Index: 4, Value: item("1", "2", "3")}, {Index: 5, Value: map[string]any{"d": json.Number("4")}}},
		".f2":   {{Index: 4, Value: item("1", "9", "9")}, {Index: -1, Item: "a=1,b=9"}},
		".f3":   {{Index: -1, Item: "a=7,b=2"}, {Index: 2, Value: item("7", "2", "3")}},
		".f5":   {{Index: 3, Value: "x"}},
		"true":  {{Index: -1, Item: "z=1"}, {Index: -1, Item: "a=9"}},
		"false": {{Index: 7, Value: "y"}, {Index: 7, Value: item("9", "9", "9")}},
	} {
		for _, s := range steps {
			next, unsure := set.fields["l"].step(&s)
			got := fmt.Sprint(unsure)
			if next != nil {
				got = next.Paths()[0]
			}
			if got != want {
				t.Errorf("%+v: %s, want %s", s, got, want)
			}
		}
	}
}

// TestItemBounds: what is identified by more kinds of keys than any list has is not read.
func TestItemBounds(t *testing.T) {
	t.Parallel()
	stored := map[string]any{}
	for i := range 1000 {
		stored[fmt.Sprintf(`k:{"k%d":1}`, i)] = map[string]any{}
		stored[fmt.Sprintf(`v:[%d]`, i)] = map[string]any{}
	}
	set, unread := Parse(stored)
	if got := len(set.items.list); got != maxShapes+maxWhole || unread != 2000-got || len(set.items.shapes) != maxShapes {
		t.Errorf("%d items of %d shapes, %d unread", got, len(set.items.shapes), unread)
	}
}
