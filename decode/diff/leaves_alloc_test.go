package diff

import (
	"fmt"
	"testing"
)

// TestEachLeafAllocations: what a leaf costs does not depend on how deep it lies.
func TestEachLeafAllocations(t *testing.T) {
	tree := func(depth int) map[string]any {
		m := map[string]any{}
		for i := range 1000 {
			m[fmt.Sprint("k", i)] = "v"
		}
		for range depth {
			m = map[string]any{"a": m}
		}
		return m
	}
	bytes := func(depth int) int64 {
		in := tree(depth)
		return testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				EachLeaf(in, Lists{}, func(*Leaf) {})
			}
		}).AllocedBytesPerOp()
	}
	shallow, deep := bytes(1), bytes(90)
	paths := int64(90 * 2 * 1000) // each leaf's path is that much longer
	if deep > shallow+4*paths {
		t.Errorf("%d bytes at depth 1, %d at depth 90", shallow, deep)
	}
}
