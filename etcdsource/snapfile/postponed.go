package snapfile

import (
	"bytes"
	"context"
	"math/bits"
	"sync/atomic"
)

// postponed are the leaf pages of the bucket with the revisions, nearly all of a file: a verifier leaves them to those who read the
// records, on all cores, while a page is in the processor's cache.
//
//	verifyBranches ─► pages, places ─► scanner: fill ─► verifier.leaf ─► verifier.freePages
type postponed struct {
	bucket uint64 // its root page
	ids    []uint64
	places []place // of each page
}

// place are the elements of branch pages between whose keys those of a leaf page lie: their distances from the beginning of the
// file in units of elementSize, 0 for no bound.
type place struct{ min, max uint32 }

// verifyBranches is verify but for the leaf pages below a root, which must be a branch page: they are postponed, and with them
// the free pages.
func verifyBranches(ctx context.Context, t *tree, root uint64) (*verifier, error) {
	v := &verifier{tree: newTree(t.data, t.meta), ctx: ctx, later: &postponed{bucket: root}}
	n := len(v.data) / v.pageSize
	v.later.ids, v.later.places = make([]uint64, 0, n), make([]place, 0, n)
	for _, step := range []func() error{v.metaPages, v.freelistPage, v.rootBucket} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// elementAt is where element i of a branch page is, as in place.
func (p *page) elementAt(i int) uint32 { return uint32((p.off+pageHeader)/elementSize + i) }

// aboveLeaves reports whether the first child of a branch page is a leaf page: the others must be too then.
func (v *verifier) aboveLeaves(p *page) bool {
	if p.count == 0 {
		return false
	}
	c, err := v.page(p.child(0))
	return err == nil && c.flags == leafFlag
}

// postpone checks a branch page above leaves, and postpones these.
func (v *verifier) postpone(p *page, s span) error {
	last := s.min
	for i := range p.count {
		child, key, err := p.branch(i)
		if err != nil {
			return err
		}
		if last != nil && (bytes.Compare(key, last) < 0 || i > 0 && bytes.Equal(key, last)) {
			return wrong(p.id, "element %d is out of order", i)
		}
		last = key
		at := place{p.elementAt(i), s.maxAt}
		if i+1 < p.count {
			at.max = p.elementAt(i + 1)
		}
		v.later.ids, v.later.places = append(v.later.ids, child), append(v.later.places, at)
	}
	if s.max != nil && bytes.Compare(last, s.max) >= 0 {
		return wrong(p.id, "element %d is out of order", p.count-1)
	}
	return nil
}

// leaf checks postponed leaf page i, whose elements the caller checks, and their order within it: that the page is used once, and that
// its keys lie in its place of the tree. Several goroutines use it.
func (v *verifier) leaf(i int, p *page) error {
	n := p.pages(v.pageSize)
	for id := p.id; id < p.id+uint64(n); id++ {
		if bit := uint64(1) << (id % 64); atomic.OrUint64(&v.seen[id/64], bit)&bit != 0 {
			return wrong(id, "is used twice")
		}
	}
	if p.count == 0 {
		return nil
	}
	_, first, _, err := p.leaf(0)
	if err != nil {
		return err
	}
	if bytes.Compare(first, v.branchKey(v.later.places[i].min)) < 0 {
		return wrong(p.id, "element 0 is out of order")
	}
	if at := v.later.places[i].max; at != 0 {
		_, last, _, err := p.leaf(p.count - 1)
		if err != nil {
			return err
		}
		if bytes.Compare(last, v.branchKey(at)) >= 0 {
			return wrong(p.id, "element %d lies behind its place in the tree", p.count-1)
		}
	}
	return nil
}

// countUsed counts the pages in use, once the leaves have been checked, and before the free ones are.
func (v *verifier) countUsed() {
	v.used = 0
	for _, w := range v.seen {
		v.used += int64(bits.OnesCount64(w))
	}
}

// branchKey is the key of an element of a branch page that was read.
func (v *verifier) branchKey(at uint32) []byte {
	e := v.data[int(at)*elementSize:]
	k := int(at)*elementSize + int(le.Uint32(e))
	return v.data[k : k+int(le.Uint32(e[4:]))]
}
