package decode

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// TestDiffering: what differs between two versions is the same whether equal fields were left out or not, whatever was
// changed.
func TestDiffering(t *testing.T) {
	t.Parallel()
	d, r := New(Options{}), rand.New(rand.NewPCG(1, 2))
	objects, found := everyKind(t), 0
	for i, o := range objects {
		versions := []*Object{nil, objects[(i+1)%len(objects)], d.Object(o.Key, []byte("text"), 9), d.Object(o.Key, []byte("[1]"), 9)}
		for range 20 {
			js, err := json.Marshal(altered(r, o.Tree(View{Reveal: true, ManagedFields: true}), 0))
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, d.Object(o.Key, js, 9))
		}
		for _, v := range versions {
			for _, p := range [][2]*Object{{o, v}, {v, o}} {
				want, reordered := diff.Compare(p[0].Tree(View{Reveal: true}), p[1].Tree(View{Reveal: true}), d.lists)
				got, again := d.Compare(p[0], p[1], View{Reveal: true})
				if found += len(got); !reflect.DeepEqual(got, want) || !slices.Equal(reordered, again) {
					t.Errorf("%s: %v, want %v", o.Key, got, want)
				}
			}
		}
	}
	if found < 10_000 {
		t.Errorf("%d differences", found)
	}
}

// altered changes some of the parts of a value.
func altered(r *rand.Rand, v any, depth int) any {
	if depth > 0 && r.IntN(12) == 0 {
		return []any{nil, "x", json.Number("1"), true, map[string]any{}, []any{}, map[string]any{"a": nil}, map[string]any{"managedFields": "y"}}[r.IntN(8)]
	}
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			switch r.IntN(20) {
			case 0:
				delete(x, k)
			case 1:
				x[k+"2"] = x[k]
			default:
				x[k] = altered(r, x[k], depth+1)
			}
		}
	case []any:
		for i := range x {
			x[i] = altered(r, x[i], depth+1)
		}
		if r.IntN(4) == 0 {
			r.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })
		}
	}
	return v
}
