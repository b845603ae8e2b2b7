package recall

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// A state behind the snapshot is the snapshot's, with what the tail says of the keys that were written since. Both come
// in key order, so that they are merged like two sorted lists.

// errGone says that the tail dropped what is asked for.
var errGone = errors.New("dropped")

// pageLimit is the number of entries in a page that asks for no number.
const pageLimit = 500

// page merges one page. It fails with errGone where a value, or the revision, was dropped.
func (s *Source) page(ctx context.Context, span etcdsource.Span, rev int64) (etcdsource.Page, error) {
	m := &merger{since: cursor{t: s.tail, span: span, rev: rev}, limit: span.Limit, values: span.Values, page: etcdsource.Page{Revision: rev}}
	if m.limit <= 0 {
		m.limit = pageLimit
	}
	span.Limit = m.limit + 1 // one more, to see whether there is more
	for e, err := range s.snapshot(ctx, span) {
		if err == nil {
			err = m.upTo(e.Key)
		}
		if err != nil || m.page.More {
			return m.page, err
		}
		c, err := m.since.peek()
		if err != nil {
			return m.page, err
		}
		if c != nil && bytes.Equal(c.key, e.Key) {
			continue // it was written since: the tail's turn comes
		}
		if m.put(e); m.page.More {
			return m.page, nil
		}
	}
	return m.page, m.upTo(nil)
}

// merger fills a page.
type merger struct {
	since  cursor
	limit  int
	values bool
	page   etcdsource.Page
}

func (m *merger) put(e etcdsource.Entry) {
	if m.page.More = len(m.page.Entries) == m.limit; !m.page.More {
		m.page.Entries = append(m.page.Entries, e)
	}
}

// upTo puts the keys that were written since and come before a key of the snapshot, or (nil) all that are left.
func (m *merger) upTo(key []byte) error {
	for !m.page.More {
		c, err := m.since.peek()
		if c == nil || err != nil || key != nil && bytes.Compare(c.key, key) >= 0 {
			return err
		}
		m.since.drop()
		switch {
		case !c.live():
		case c.gone:
			return errGone
		default:
			m.put(entry(c.event, m.values))
		}
	}
	return nil
}

// cursor goes through the tail's keys in their order, some at a time.
type cursor struct {
	t    *tail
	span etcdsource.Span
	rev  int64
	list []change
	done bool
}

// cursorStep is how many changes a cursor takes from the tail at once.
const cursorStep = 512

// peek returns the next change, nil where there is none.
func (c *cursor) peek() (*change, error) {
	if len(c.list) == 0 && !c.done {
		ok := false
		if c.list, ok = c.t.changes(c.span, c.rev, cursorStep); !ok {
			return nil, errGone
		}
		c.done = len(c.list) < cursorStep || c.span.Single()
		if n := len(c.list); n > 0 {
			c.span = c.span.After(c.list[n-1].key)
		}
	}
	if len(c.list) == 0 {
		return nil, nil
	}
	return &c.list[0], nil
}

func (c *cursor) drop() { c.list = c.list[1:] }

// snapshot yields the snapshot's entries of a span at its newest revision, page by page.
func (s *Source) snapshot(ctx context.Context, span etcdsource.Span) iter.Seq2[etcdsource.Entry, error] {
	return func(yield func(etcdsource.Entry, error) bool) {
		for {
			p, err := s.snap.Range(ctx, span, etcdsource.At{Revision: s.about.Snapshot})
			if err != nil {
				yield(etcdsource.Entry{}, err)
				return
			}
			for _, e := range p.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if !p.More {
				return
			}
			span = span.After(p.Entries[len(p.Entries)-1].Key)
		}
	}
}

func entry(e *etcdsource.Event, values bool) etcdsource.Entry {
	out := etcdsource.Entry{Key: e.Key, Create: e.Create, Mod: e.Mod, Version: e.Version, Lease: e.Lease, Bytes: int64(len(e.Value))}
	if values {
		out.Value = e.Value
	}
	return out
}

// count is the snapshot's count and what the tail adds to it; ok is false where the revision was dropped.
func (s *Source) count(ctx context.Context, span etcdsource.Span, rev int64) (n int64, ok bool, err error) {
	changes, ok := s.tail.changes(span, rev, 0)
	if !ok {
		return 0, false, nil
	}
	n, err = s.snap.Count(ctx, span, etcdsource.At{Revision: s.about.Snapshot})
	for i := range changes {
		n += step(changes[i].had, changes[i].live())
	}
	return n, true, err
}

// children merges the snapshot's children of a folder with those of the keys that were written since.
func (s *Source) children(ctx context.Context, prefix string, rev int64) (_ iter.Seq2[etcdsource.Child, error], ok bool, err error) {
	changes, ok := s.tail.changes(etcdsource.Prefix(prefix), rev, 0)
	if !ok {
		return nil, false, nil
	}
	old, err := s.snap.Children(ctx, etcdsource.Prefix(prefix), etcdsource.At{Revision: s.about.Snapshot})
	if err != nil {
		return nil, true, err
	}
	return func(yield func(etcdsource.Child, error) bool) {
		since := steps(prefix, changes)
		emit := func(c etcdsource.Child, st *stepped) bool {
			if st != nil {
				c = st.on(c)
			}
			return c.Dir && c.Keys <= 0 || !c.Dir && c.Entry.Key == nil || yield(c, nil)
		}
		for c, err := range old {
			if err != nil {
				yield(c, err)
				return
			}
			for len(since) > 0 && bytes.Compare(since[0].path, c.Path) < 0 {
				if !emit(since[0].fresh(), &since[0]) {
					return
				}
				since = since[1:]
			}
			var st *stepped
			if len(since) > 0 && bytes.Equal(since[0].path, c.Path) {
				st, since = &since[0], since[1:]
			}
			if !emit(c, st) {
				return
			}
		}
		for i := range since {
			if !emit(since[i].fresh(), &since[i]) {
				return
			}
		}
	}, true, nil
}

// stepped is what was written to one step below a folder: to a key, or below a folder.
type stepped struct {
	path  []byte
	dir   bool
	name  string
	delta int64   // folder: by how many keys it grew
	leaf  *change // key
}

// steps gathers changes, in key order, by the next step of their path below a prefix.
func steps(prefix string, changes []change) (out []stepped) {
	for i := range changes {
		c := &changes[i]
		st := stepped{path: c.key, leaf: c}
		if cut := bytes.IndexByte(c.key[len(prefix):], '/'); cut >= 0 {
			st = stepped{path: c.key[:len(prefix)+cut+1], dir: true}
		}
		if n := len(out); n == 0 || out[n-1].dir != st.dir || !bytes.Equal(out[n-1].path, st.path) {
			name := st.path
			if st.dir {
				name = name[:len(name)-1]
			}
			st.name = string(name[bytes.LastIndexByte(name, '/')+1:])
			out = append(out, st)
		}
		if st.dir {
			out[len(out)-1].delta += step(c.had, c.live())
		}
	}
	return out
}

// fresh is the child as it would be without the changes: nothing.
func (st *stepped) fresh() etcdsource.Child {
	return etcdsource.Child{Path: bytes.Clone(st.path), Name: st.name, Dir: st.dir}
}

// on returns the child with the changes.
func (st *stepped) on(c etcdsource.Child) etcdsource.Child {
	switch {
	case st.dir:
		c.Keys += st.delta
	case st.leaf.live():
		c.Entry = entry(st.leaf.event, false)
		if st.leaf.gone {
			c.Entry.Bytes = -1
		}
	default:
		c.Entry = etcdsource.Entry{}
	}
	return c
}
