package decode

import (
	"slices"
	"sync"
	"weak"
)

// maxTrees bounds the memory that the trees of large objects of one Decoder take together, in bytes: a value of a megabyte
// can be a tree of fifty.
const maxTrees = 64 << 20

// shared is what all objects of one Decoder have in common. It is safe for concurrent use.
type shared struct {
	trees
	sets  fieldSets
	names names
}

// trees caches the parsed trees of large objects, oldest first. The oldest are evicted, and parsed again when they are
// needed; the newest is always kept. It holds weak references to the objects.
type trees struct {
	mu     sync.Mutex
	kept   []tree
	weight int
}

type tree struct {
	of    weak.Pointer[Object]
	bytes int
}

// keep takes the tree of an object, which takes about so many bytes.
func (t *trees) keep(o *Object, root *node, bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := weak.Make(o)
	t.kept = slices.DeleteFunc(t.kept, func(x tree) bool {
		gone := x.of == of || x.of.Value() == nil // parsed twice at the same time, or not in use any more
		if gone {
			t.weight -= x.bytes
		}
		return gone
	})
	o.root.Store(root)
	t.kept, t.weight = append(t.kept, tree{of, bytes}), t.weight+bytes
	for t.weight > maxTrees && len(t.kept) > 1 {
		if old := t.kept[0].of.Value(); old != nil {
			old.root.Store(nil)
		}
		t.weight -= t.kept[0].bytes
		t.kept = slices.Delete(t.kept, 0, 1)
	}
}
