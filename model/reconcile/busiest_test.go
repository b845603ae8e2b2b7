package reconcile

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSplit: the first of a list that was split are the first of it once it is sorted.
func TestSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := hot{}
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 4), 0, 200).Draw(t, "counts") {
			h[fmt.Sprint(i)] = &n
		}
		list, n := h.list(), rapid.IntRange(0, len(h)).Draw(t, "n")
		split(list, n)
		first := slices.SortedFunc(slices.Values(list[:n]), byCount)
		if want := h.top(n); !slices.Equal(first, want) {
			t.Fatalf("%v, want %v", first, want)
		}
	})
}
