package snapfile

import (
	"bytes"
	"context"
	"fmt"
)

// verifier checks a database as a whole: what bbolt's Tx.Check finds, and what its unsafe reads pass over. It stops at
// the first thing that cannot be as it is.
//
//	meta pages ─ free list ─ root bucket ─┬─ branches: order, bounds ─ leaves: order, bounds, elements ─┐
//	                                      └─────────────────── a bucket's header: its own tree ◄────────┘
//	then: every page is in use once, or free, or a part of the page before it
type verifier struct {
	*tree // its seen pages are those in use
	ctx   context.Context
	count int        // pages of trees that were looked at
	later *postponed // nil: nothing is
}

// verify checks the database and returns how many of its pages are in use. The error is a *damage, or the context's.
func verify(ctx context.Context, t *tree) (used int64, err error) {
	v := &verifier{tree: newTree(t.data, t.meta), ctx: ctx}
	steps := []func() error{v.metaPages, v.freelistPage, v.rootBucket, v.freePages}
	for _, step := range steps {
		if err := step(); err != nil {
			return 0, err
		}
	}
	return v.used, nil
}

func wrong(id uint64, format string, args ...any) error {
	return &damage{page: id, why: fmt.Sprintf(format, args...)}
}

func (v *verifier) metaPages() error {
	for id := range uint64(2) {
		p, err := v.visit(id)
		switch {
		case err != nil:
			return err
		case p.flags != metaFlag || p.pages(v.pageSize) != 1:
			return wrong(id, "is no meta page, where one must be")
		}
	}
	return nil
}

func (v *verifier) freelistPage() error {
	if v.freelist == noPage {
		return nil
	}
	p, err := v.visit(v.freelist)
	if err == nil && p.flags != freeFlag {
		err = wrong(p.id, "is no free list, where it must be")
	}
	return err
}

func (v *verifier) rootBucket() error { return v.bucket(v.root, true, 0) }

// bucket checks the tree of a bucket whose root page this is. The root bucket holds buckets only.
func (v *verifier) bucket(root uint64, onlyBuckets bool, depth int) error {
	return v.subtree(root, span{onlyBuckets: onlyBuckets}, depth)
}

// span is where the keys of a part of a tree must lie.
type span struct {
	min, max    []byte // keys are at least min, and below max; nil: no bound
	onlyBuckets bool   // every value is a bucket
	later       bool   // its leaves are postponed
	maxAt       uint32 // where max is, as in place
}

func (v *verifier) subtree(id uint64, s span, depth int) error {
	if v.count++; v.count%1024 == 0 && v.ctx.Err() != nil {
		return v.ctx.Err()
	}
	p, err := v.visit(id)
	switch {
	case err != nil:
		return err
	case depth > maxDepth:
		return wrong(id, "lies too deep")
	case p.flags == leafFlag:
		return v.checkLeaf(&p, s, depth)
	case p.flags == branchFlag && s.later && depth < maxDepth && v.aboveLeaves(&p):
		return v.postpone(&p, s)
	case p.flags == branchFlag:
		return v.checkBranch(&p, s, depth)
	}
	return wrong(id, "is no page of a tree, where one must be")
}

func (v *verifier) checkBranch(p *page, s span, depth int) error {
	if p.count == 0 {
		return wrong(p.id, "has no children")
	}
	child, key, err := p.branch(0)
	if err != nil {
		return err
	}
	if s.min != nil && bytes.Compare(key, s.min) < 0 {
		return wrong(p.id, "element 0 lies before its place in the tree")
	}
	for i := range p.count {
		next, nextID, nextAt := s.max, uint64(0), s.maxAt
		if i+1 < p.count {
			if nextID, next, err = p.branch(i + 1); err != nil {
				return err
			}
			nextAt = p.elementAt(i + 1)
		}
		if next != nil && bytes.Compare(key, next) >= 0 {
			return wrong(p.id, "element %d is out of order", i)
		}
		if err := v.subtree(child, span{min: key, max: next, onlyBuckets: s.onlyBuckets, later: s.later, maxAt: nextAt}, depth+1); err != nil {
			return err
		}
		child, key = nextID, next
	}
	return nil
}

func (v *verifier) checkLeaf(p *page, s span, depth int) error {
	last := s.min
	for i := range p.count {
		isBucket, key, value, err := p.leaf(i)
		if err != nil {
			return err
		}
		if order := bytes.Compare(last, key); last != nil && (order > 0 || order == 0 && i > 0) {
			return wrong(p.id, "element %d is out of order", i)
		}
		switch last = key; {
		case isBucket:
			if err := v.bucketValue(p.id, value, depth); err != nil {
				return err
			}
		case s.onlyBuckets:
			return wrong(p.id, "element %d is no bucket, where one must be", i)
		}
	}
	if s.max != nil && p.count > 0 && bytes.Compare(last, s.max) >= 0 {
		return wrong(p.id, "element %d lies behind its place in the tree", p.count-1)
	}
	return nil
}

// bucketValue checks the bucket in a leaf page's value: its header, then its tree, or the page in the value itself.
func (v *verifier) bucketValue(id uint64, value []byte, depth int) error {
	if len(value) < bucketHeader {
		return wrong(id, "the header of a bucket is cut short")
	}
	if root := le.Uint64(value); root != 0 {
		return v.subtree(root, span{later: v.later != nil && root == v.later.bucket}, depth+1)
	}
	p, err := inlinePage(value)
	if err != nil {
		return wrong(id, "%v", err)
	}
	for i := range p.count {
		if _, _, _, err := p.leaf(i); err != nil {
			return wrong(id, "element %d of a small bucket reaches out of it", i)
		}
	}
	return nil
}

// freePages checks the free list: pages of the file that are not in use, each once, and all of them.
func (v *verifier) freePages() error {
	if v.freelist == noPage {
		return nil // what is not in use is free
	}
	p, err := v.page(v.freelist)
	if err != nil {
		return err
	}
	ids, err := p.freeIDs()
	if err != nil {
		return err
	}
	for i := range len(ids) / 8 {
		id := le.Uint64(ids[i*8:])
		switch {
		case id < 2 || id >= v.pages:
			return wrong(p.id, "the free list holds page %d, which cannot be free", id)
		case v.taken(id):
			return wrong(id, "is free, and in use or free once more")
		}
		v.take(id)
	}
	for id := range v.pages {
		if !v.taken(id) {
			return wrong(id, "is neither in use nor free")
		}
	}
	return nil
}
