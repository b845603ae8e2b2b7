// Package compare says which keys differ between two states: of two files, of a file and a live store, of two
// revisions of one store.
//
//	A  a1 b1 c1 ──┐
//	              ├─ merged in key order, page by page ─► c: added, removed or changed ─► Difference
//	B  a1 c2 d1 ──┘
//
// What always holds:
//   - Differences come in key order, and memory holds a page of either side, however many keys there are.
//   - Values are compared by their bytes. Two states of one source are compared by the revisions of their keys, which
//     says the same without reading the values; two sources never are, for after a restore the same revision may hold
//     something else.
//   - A live store is read folder by folder, never with an open end, at one revision.
//   - That the bytes differ does not mean that the content does: Content says so.
package compare

import (
	"context"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Side is one of the two states.
type Side struct {
	Source   etcdsource.Source
	Revision int64 // 0: the newest
	// Spare reads folder by folder, as a live store is to be read.
	Spare bool
}

// Difference is a key that is not the same on both sides. From or To is nil where the key is not there.
type Difference struct {
	Key      []byte
	From, To *etcdsource.Entry // with their values, where they were compared
}

// The values of Difference.Op.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Op says what happened to the key.
func (d *Difference) Op() string {
	switch {
	case d.From == nil:
		return Added
	case d.To == nil:
		return Removed
	}
	return Changed
}

// Each calls f for every difference in a span, in key order, and ends with its first error. It returns the number of
// keys that were there on either side.
func Each(ctx context.Context, from, to Side, span etcdsource.Span, f func(*Difference) error) (keys int64, err error) {
	return Walk(ctx, from, to, span, func(int64) {}, f)
}

// reportEvery is how many keys are compared before their number is reported again.
const reportEvery = 1024

// Walk is Each that says how many keys were compared so far, every now and then.
func Walk(ctx context.Context, from, to Side, span etcdsource.Span, progress func(keys int64), f func(*Difference) error) (keys int64, err error) {
	one := from.Source == to.Source
	span.Values = !one || from.Spare
	a, b := newCursor(ctx, from, span), newCursor(ctx, to, span)
	m := merge{a: a, b: b, byRevision: one}
	for {
		d, more, err := m.next()
		if err != nil || !more {
			return m.keys, err
		}
		if m.keys%reportEvery == 0 {
			if err := ctx.Err(); err != nil {
				return m.keys, err
			}
			progress(m.keys)
		}
		if d == nil {
			continue
		}
		if !span.Values {
			if err := values(ctx, d, a, b); err != nil {
				return m.keys, err
			}
		}
		if err := f(d); err != nil {
			return m.keys, err
		}
	}
}

// values reads the values of a difference that was found without them.
func values(ctx context.Context, d *Difference, a, b *cursor) error {
	for e, side := range map[*etcdsource.Entry]*cursor{d.From: a, d.To: b} {
		if e == nil {
			continue
		}
		full, ok, err := etcdsource.Get(ctx, side.Source, d.Key, side.Revision)
		if err != nil {
			return err
		}
		if ok {
			*e = full
		}
	}
	return nil
}

// cursor walks over the keys of one side.
type cursor struct {
	Side
	ctx   context.Context
	spans []etcdsource.Span // still to be read, the next one first
	depth []int             // of each span: how many folders it may still be divided into
	page  []etcdsource.Entry
	i     int
}

// maxDepth is how deep folders of a live store are read one by one: root, resource, namespace.
const maxDepth = 4

func newCursor(ctx context.Context, s Side, span etcdsource.Span) *cursor {
	c := &cursor{Side: s, ctx: ctx}
	depth := 0
	if s.Spare && !span.Single() {
		depth = maxDepth
	}
	c.push(span, depth)
	return c
}

func (c *cursor) push(s etcdsource.Span, depth int) {
	c.spans, c.depth = append(c.spans, s), append(c.depth, depth)
}

// peek returns the next entry, nil at the end.
func (c *cursor) peek() (*etcdsource.Entry, error) {
	for c.i == len(c.page) {
		if len(c.spans) == 0 {
			return nil, nil
		}
		if err := c.read(); err != nil {
			return nil, err
		}
	}
	return &c.page[c.i], nil
}

func (c *cursor) take() { c.i++ }

// read reads the next page, or divides the next span into its folders. Spans are kept with the next one last.
func (c *cursor) read() error {
	n := len(c.spans) - 1
	span, depth := c.spans[n], c.depth[n]
	c.spans, c.depth = c.spans[:n], c.depth[:n]
	if depth > 0 {
		return c.divide(span, depth)
	}
	p, err := c.Source.Range(c.ctx, span, etcdsource.At{Revision: c.Revision})
	if err != nil {
		return err
	}
	if c.Revision == 0 {
		c.Revision = p.Revision // the pages of one state are all of one revision
	}
	c.page, c.i = p.Entries, 0
	if p.More && len(p.Entries) > 0 {
		c.push(span.After(p.Entries[len(p.Entries)-1].Key), 0)
	}
	return nil
}

// maxFolders is how many folders are read one by one; a folder of more is read as a whole.
const maxFolders = 2000

// divide replaces a span by the folders and keys in it.
func (c *cursor) divide(span etcdsource.Span, depth int) error {
	seq, err := c.Source.Children(c.ctx, span, etcdsource.At{Revision: c.Revision})
	if err != nil {
		return err
	}
	var parts []etcdsource.Span
	keys := false
	for child, err := range seq {
		if err != nil {
			return err
		}
		if len(parts) == maxFolders {
			keys = true
			break
		}
		part := etcdsource.Key(child.Path)
		if child.Dir {
			part = etcdsource.Prefix(string(child.Path))
		} else if len(parts) > 0 && parts[len(parts)-1].Single() {
			keys = true // more than one key: this is where the objects are
			break
		}
		part.Values, part.Limit = span.Values, span.Limit
		parts = append(parts, part)
	}
	if keys {
		c.push(span, 0)
		return nil
	}
	for i := len(parts) - 1; i >= 0; i-- {
		down := depth - 1
		if parts[i].Single() {
			down = 0
		}
		c.push(parts[i], down)
	}
	return nil
}
