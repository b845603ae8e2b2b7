package session

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestDifferencesAreFound: in whatever order folders are added, each key is found again, in order, and counted once.
func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		marks := rapid.MapOf(rapid.StringMatching(`[a-d/]{1,3}`), rapid.SampledFrom([]Mark{Differs, Gone, Later})).Draw(t, "marks")
		d, want := &Differences{}, [4]int{}
		for k, mark := range marks {
			d.Add([]Difference{{Key: k, Mark: mark}})
			want[mark]++
		}
		for k, mark := range marks {
			if x, ok := d.Of(k); !ok || x.Mark != mark || d.Count(mark) != want[mark] {
				t.Fatalf("%q is %+v, %v", k, x, ok)
			}
		}
		if !slices.IsSortedFunc(d.All(), func(a, b Difference) int {
			if a.Key < b.Key {
				return -1
			}
			return 1
		}) || len(d.All()) != len(marks) {
			t.Fatalf("not in order: %v", d.All())
		}
	})
}
