package session

import (
	"slices"
	"strings"
)

// Most folders below a Kubernetes root are known before they were read: they are shown while they are listed.
//
//	Expect ─► Expected ─┬─► Page lists it, or a key is written in it ─► as all others
//	                    └─► Page lists a later key, or Done          ─► removed

// Expect puts folders below root, which is known to exist, into the tree before they were read; each name ends in "/". They
// are in no count, and their keys are not counted.
func (t *Tree) Expect(root string, names []string) {
	n := t.root
	for n.Path != root {
		n = n.place(new(Node), nextPath(root, len(n.Path)))
		n.Open = true
	}
	for _, name := range names {
		if path := root + name; n.child(path) == nil {
			n.insert(path).Expected = true
		}
	}
	t.stale = true
}

// dropExpected removes the expected folders before a path, "" for all: a listing is in the order of keys, and did not list them.
func (n *Node) dropExpected(before string) {
	n.Kids = slices.DeleteFunc(n.Kids, func(k *Node) bool { return k.Expected && (before == "" || strings.Compare(k.Path, before) < 0) })
}

// SumUp counts a folder by what is in it, where that is known, and reports whether it did: then no server has to count it.
func (t *Tree) SumUp(n *Node) bool {
	if !n.Dir || n.Load != Loaded || n.Parent == nil {
		return false
	}
	sum, rev := int64(0), t.root.Seen
	for _, k := range n.Kids {
		switch {
		case k.Mark == Later, k.Load == Apart:
		case !k.Dir:
			sum++
		case k.Keys < 0:
			return false
		default:
			sum, rev = sum+k.Keys, max(rev, k.countRev)
		}
	}
	n.Keys, n.countRev, t.stale = sum, rev, true
	return true
}
