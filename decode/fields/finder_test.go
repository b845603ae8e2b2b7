package fields

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// TestFinder: a Finder finds what owners does, of few entries and of many, whatever was looked for before.
func TestFinder(t *testing.T) {
	t.Parallel()
	scalar := rapid.SampledFrom([]any{"one", json.Number("2"), "x", "y", nil, true})
	value := func(t *rapid.T, depth int) any { return nil }
	value = func(t *rapid.T, depth int) any {
		switch n := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case depth == 0 || n == 0:
			return scalar.Draw(t, "scalar")
		case n == 1:
			var l []any
			for range rapid.IntRange(0, 4).Draw(t, "items") {
				l = append(l, value(t, depth-1))
			}
			return l
		}
		m := map[string]any{}
		for _, k := range []string{"a", "b.c", "name", "n"} {
			if rapid.Bool().Draw(t, k) {
				m[k] = value(t, depth-1)
			}
		}
		return m
	}
	rapid.Check(t, func(t *rapid.T) {
		var entries []Entry
		for i := range rapid.SampledFrom([]int{0, 1, 3, few, 3 * few}).Draw(t, "entries") {
			set := someSet(t, 3)
			if rapid.Bool().Draw(t, "more") {
				set["f:a"] = someSet(t, 2)
			}
			s, _ := Parse(set)
			entries = append(entries, Entry{Manager: fmt.Sprint(i), Set: s})
		}
		f := NewFinder(entries)
		check := func(steps []diff.Step) {
			if got, want := f.Owners(steps), owners(entries, steps); !slices.Equal(got, want) {
				t.Fatalf("%s: %d owners, want %d", Path(steps), len(got), len(want))
			}
		}
		diff.EachLeaf(map[string]any{"a": value(t, 4), "b.c": value(t, 3), "z": "one"}, diff.Lists{}, func(l *diff.Leaf) {
			check(l.Steps)
			if rapid.IntRange(0, 4).Draw(t, "read") == 0 {
				check(diff.Split(l.Path))
				check(l.Steps[:len(l.Steps)-1])
			}
		})
	})
}

// TestManyEntries: that many entries have many fields or items each does not multiply: each is looked into only where it
// says something.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	const entries, each = 150, 100
	items, fields := []any{}, map[string]any{}
	var list []Entry
	for i := range entries {
		x, y, v := map[string]any{}, map[string]any{}, map[string]any{}
		for j := range each {
			name := fmt.Sprint("n", i*each+j)
			x[fmt.Sprintf(`k:{"name":%q}`, name)] = map[string]any{"f:v": map[string]any{}}
			y["f:"+name], v[fmt.Sprintf("v:%q", name)] = map[string]any{}, map[string]any{}
			items, fields[name] = append(items, map[string]any{"name": name, "v": "x"}), name
		}
		s, _ := Parse(map[string]any{"f:x": x, "f:y": y, "f:z": v, "f:all": map[string]any{}})
		list = append(list, Entry{Manager: fmt.Sprint(i), Set: s})
	}
	values := []any{}
	for name := range fields {
		values = append(values, name)
	}
	f, looked, owned, leaves := NewFinder(list), 0, 0, 0
	diff.EachLeaf(map[string]any{"x": items, "y": fields, "z": values, "all": fields}, diff.Lists{}, func(l *diff.Leaf) {
		n := len(f.Owners(l.Steps))
		looked += len(f.places[1].toward(&l.Steps[1]))
		leaves++
		if l.Steps[0].Field != "all" {
			owned += n
		} else if n != entries {
			t.Fatalf("%s: %d owners", l.Path, n)
		}
	})
	if owned != 3*entries*each || looked > leaves {
		t.Errorf("%d owners, and %d sets looked into for %d leaves", owned, looked, leaves)
	}
}

// BenchmarkFinder finds the owners of 30,000 leaves among 150 entries.
func BenchmarkFinder(b *testing.B) {
	set, obj := many(15_000)
	var entries []Entry
	for range 150 {
		part := map[string]any{}
		for k, v := range set["f:a"].(map[string]any) {
			if part[k] = v; len(part) == 100 {
				break
			}
		}
		s, _ := Parse(map[string]any{"f:a": part})
		entries = append(entries, Entry{Set: s})
	}
	leaves := diff.Leaves(obj, diff.Lists{})
	b.ReportAllocs()
	for b.Loop() {
		f := NewFinder(entries)
		for i := range leaves {
			f.Owners(leaves[i].Steps)
		}
	}
}

// owners returns the entries that own the value at the end of a path, in their order: those that own it itself, or,
// where there are none, those that own the nearest whole that it is a part of.
func owners(entries []Entry, steps []diff.Step) (out []*Entry) {
	best := depth{}
	for i := range entries {
		m, n := entries[i].Set.find(steps)
		if m != Exact && m != Above {
			continue
		}
		d := depth{m, n}
		switch {
		case d == best:
			out = append(out, &entries[i])
		case d.match > best.match || d.match == best.match && d.steps > best.steps:
			best, out = d, append(out[:0], &entries[i])
		}
	}
	return out
}

// depth is how close to a path a set comes.
type depth struct {
	match Match
	steps int
}
