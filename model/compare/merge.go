package compare

import (
	"bytes"
	"context"
	"iter"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// MaxFolder is how many children of a folder of a live store are compared; a folder of more is not.
const MaxFolder = 5000

// keysPage is how many keys are read at once without their values.
const keysPage = 10_000

// Keys yields every key of a source that has not the same revision at two revisions of the store, in key order and
// without values. It ends after the first error.
func Keys(ctx context.Context, src etcdsource.Source, from, to int64) iter.Seq2[Difference, error] {
	span := etcdsource.Prefix("")
	span.Limit = keysPage
	return (&merge{
		a: newCursor(ctx, Side{Source: src, Revision: from}, span), b: newCursor(ctx, Side{Source: src, Revision: to}, span), byRevision: true,
	}).differences()
}

// Folder compares the children of a folder, which are given in key order, with those that a source holds now, by their
// revisions and without values. A folder below it counts as one key, which is there or not. It compares nothing where
// there are more than MaxFolder children.
func Folder(ctx context.Context, src etcdsource.Source, path string, then []etcdsource.Child) (out []Difference, err error) {
	if len(then) > MaxFolder {
		return nil, nil
	}
	seq, err := src.Children(ctx, etcdsource.Prefix(path), etcdsource.At{})
	if err != nil {
		return nil, err
	}
	var a, b list
	for i := range then {
		a = append(a, childEntry(&then[i]))
	}
	for c, err := range seq {
		if err != nil {
			return nil, err
		}
		if len(b) == MaxFolder {
			return nil, nil
		}
		b = append(b, childEntry(&c))
	}
	for d, err := range (&merge{a: &a, b: &b, byRevision: true}).differences() {
		if err != nil {
			return out, err
		}
		out = append(out, d)
	}
	return out, nil
}

// childEntry is a child as an entry; that of a folder has revision 1, whatever is in it.
func childEntry(c *etcdsource.Child) etcdsource.Entry {
	e := c.Entry
	if c.Dir {
		e = etcdsource.Entry{Mod: 1}
	}
	e.Key = c.Path
	return e
}

// entries are the entries of one side, in key order.
type entries interface {
	// peek returns the next entry, nil at the end.
	peek() (*etcdsource.Entry, error)
	// take goes past the entry that peek returned.
	take()
}

// list is entries in memory.
type list []etcdsource.Entry

func (l *list) peek() (*etcdsource.Entry, error) {
	if len(*l) == 0 {
		return nil, nil
	}
	return &(*l)[0], nil
}

func (l *list) take() { *l = (*l)[1:] }

// merge puts the keys of two sides together.
type merge struct {
	a, b       entries
	byRevision bool
	keys       int64
}

// differences yields the keys that are not the same on both sides, as they were read.
func (m *merge) differences() iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		for {
			d, more, err := m.next()
			switch {
			case err != nil:
				yield(Difference{}, err)
				return
			case !more, d != nil && !yield(*d, nil):
				return
			}
		}
	}
}

// next takes one key; d is nil where it is the same on both sides.
func (m *merge) next() (d *Difference, more bool, err error) {
	x, err := m.a.peek()
	if err != nil {
		return nil, false, err
	}
	y, err := m.b.peek()
	if err != nil {
		return nil, false, err
	}
	if x == nil && y == nil {
		return nil, false, nil
	}
	m.keys++
	order := 0
	switch {
	case x == nil:
		order = 1
	case y == nil:
		order = -1
	default:
		order = bytes.Compare(x.Key, y.Key)
	}
	switch {
	case order < 0:
		m.a.take()
		return &Difference{Key: x.Key, From: x}, true, nil
	case order > 0:
		m.b.take()
		return &Difference{Key: y.Key, To: y}, true, nil
	}
	m.a.take()
	m.b.take()
	if m.byRevision && x.Mod == y.Mod || !m.byRevision && bytes.Equal(x.Value, y.Value) {
		return nil, true, nil
	}
	return &Difference{Key: x.Key, From: x, To: y}, true, nil
}
