package snapfile

import "fmt"

// bucket is one of the root's: its own tree, or a page inside the root's.
type bucket struct {
	name   string
	root   uint64
	inline []byte // its value, where root is 0
}

// leaves calls leaf with each leaf page below the page with this number, in key order. A page that cannot be read goes
// to bad, which returns the error that ends the walk, or nil to go on without it; levels is 0 for a leaf. Where peek is
// false the leaf pages are only named, not touched: leaf then gets a page with an id and nothing else.
func (t *tree) leaves(id uint64, peek bool, leaf func(page) error, bad func(err error, branch bool) error) error {
	p, err := t.visit(id)
	if err != nil {
		return bad(err, true)
	}
	return t.below(p, peek, leaf, bad, 0)
}

// maxDepth bounds a tree's height: 64 levels of two children each are more than any file has pages.
const maxDepth = 64

func (t *tree) below(p page, peek bool, leaf func(page) error, bad func(error, bool) error, depth int) error {
	switch {
	case p.flags == leafFlag:
		return leaf(p)
	case p.flags != branchFlag:
		return bad(&damage{page: p.id, why: "is no page of a tree"}, true)
	case depth > maxDepth:
		return bad(&damage{page: p.id, why: "lies too deep"}, true)
	}
	leafLevel := false
	for i := range p.count {
		id := p.child(i)
		if leafLevel && !peek {
			if err := leaf(page{id: id}); err != nil {
				return err
			}
			continue
		}
		c, err := t.visit(id)
		if err != nil {
			if err = bad(err, !leafLevel); err != nil {
				return err
			}
			continue
		}
		leafLevel = leafLevel || c.flags == leafFlag
		if err := t.below(c, peek, leaf, bad, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func fail(err error, _ bool) error { return err }

// buckets returns the root's buckets, in order of their names.
func (t *tree) buckets() (list []bucket, err error) {
	err = t.leaves(t.root, true, func(p page) error {
		for i := range p.count {
			isBucket, k, v, err := p.leaf(i)
			switch {
			case err != nil:
				return err
			case !isBucket:
				continue
			case len(v) < bucketHeader:
				return &damage{page: p.id, why: fmt.Sprintf("bucket %q is cut short", k)}
			}
			b := bucket{name: string(k), root: le.Uint64(v)}
			if b.root == 0 {
				b.inline = append([]byte(nil), v...)
			}
			list = append(list, b)
		}
		return nil
	}, fail)
	return list, err
}

// each calls fn with every key and value of the bucket, in order. A bucket inside it has no value.
func (t *tree) each(b bucket, fn func(key, value []byte) error) error {
	leaf := func(p page) error {
		for i := range p.count {
			isBucket, k, v, err := p.leaf(i)
			if isBucket {
				v = nil
			}
			if err == nil {
				err = fn(k, v)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if b.root == 0 {
		p, err := inlinePage(b.inline)
		if err != nil {
			return err
		}
		return leaf(p)
	}
	return t.leaves(b.root, true, leaf, fail)
}

// find returns the bucket of this name.
func find(list []bucket, name string) (bucket, bool) {
	for _, b := range list {
		if b.name == name {
			return b, true
		}
	}
	return bucket{}, false
}
