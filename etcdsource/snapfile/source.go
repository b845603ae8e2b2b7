package snapfile

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/index"
)

var (
	_ etcdsource.Source    = (*Source)(nil)
	_ etcdsource.Versions  = (*Source)(nil)
	_ etcdsource.LocalPast = (*Source)(nil)
	_ etcdsource.Lender    = (*Source)(nil)
	_ etcdsource.Beginner  = (*Source)(nil)
	_ etcdsource.Counter   = (*Source)(nil)
	_ etcdsource.Lacker    = (*Source)(nil)
)

// pageLimit is the number of entries in a page that asks for no number.
const pageLimit = 500

// Describe says what the file is. Info.Now is zero: a file does not know when it was made.
func (s *Source) Describe(context.Context) (etcdsource.Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := etcdsource.NewInfo(etcdsource.KindFile)
	info.Name, info.Target, info.Note = s.name, s.path, s.note
	info.Revision, info.Compacted, info.Keys = s.db.head, s.oldest(), s.db.keys
	info.Version, info.DBSize, info.DBInUse = s.db.version, s.db.bytes, s.db.inUse
	info.Integrity, info.Behind, info.Timed = s.verdict, s.lag, s.timeFrom != ""
	return info, nil
}

// Lacks says why a file cannot do what other sources can.
func (s *Source) Lacks(ability any) string {
	if _, ok := ability.(*etcdsource.LogReader); ok && (!s.db.inMember || s.db.applied == 0 || s.db.broken != "") {
		return noLog
	}
	if _, ok := ability.(*etcdsource.Saver); !ok {
		return ""
	}
	switch {
	case s.db.partial:
		return "delta snapshots hold changes only, not all keys; open the folder with their full snapshot"
	case !s.db.inMember && s.more == nil:
		return "a file is its own snapshot"
	case s.db.broken != "":
		return "the database is damaged: " + s.db.broken
	}
	return ""
}

// oldest is the oldest revision whose state can be read.
func (s *Source) oldest() int64 {
	if s.db.partial {
		return s.db.compacted + 1
	}
	return s.db.compacted
}

// at returns the revision that is meant, if it can be read.
func (s *Source) at(at etcdsource.At) (int64, error) {
	switch rev := at.Revision; {
	case rev <= 0:
		return s.db.head, nil
	case rev > s.db.head:
		return 0, &etcdsource.FutureError{Revision: rev, Current: s.db.head}
	case rev < s.oldest():
		return 0, &etcdsource.CompactedError{Revision: rev, Compacted: s.oldest()}
	default:
		return rev, nil
	}
}

// Range returns one page of the span's keys.
func (s *Source) Range(ctx context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	rev, err := s.at(at)
	if err != nil {
		return etcdsource.Page{}, err
	}
	limit := span.Limit
	if limit <= 0 {
		limit = pageLimit
	}
	p := etcdsource.Page{Revision: rev}
	err = s.mapping.read(func([]byte) error {
		for _, rec := range s.idx.Live(span, rev) {
			if len(p.Entries) == limit {
				p.More = true
				break
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			p.Entries = append(p.Entries, s.entry(rec, span.Values))
		}
		return nil
	})
	return p, err
}

// entry copies a record out of the file; it is called inside mapping.read.
func (s *Source) entry(rec uint32, values bool) etcdsource.Entry {
	e := s.lentEntry(rec)
	e.Key = bytes.Clone(e.Key)
	if values {
		e.Value = append([]byte{}, e.Value...)
	} else {
		e.Value = nil
	}
	return e
}

// lentEntry is entry without copying: its key and value are parts of the file.
func (s *Source) lentEntry(rec uint32) etcdsource.Entry {
	_, v := s.element(s.idx.Ref(rec))
	r := parseRecord(v)
	return etcdsource.Entry{
		Key:     r.key[:len(r.key):len(r.key)],
		Value:   r.value[:len(r.value):len(r.value)],
		Create:  r.create,
		Mod:     s.idx.Main(rec),
		Version: r.version,
		Lease:   r.lease,
		Bytes:   int64(len(r.value)),
	}
}

// Children yields the next path segments below the span's prefix, with the number of keys in each folder.
func (s *Source) Children(ctx context.Context, span etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	rev, err := s.at(at)
	if err == nil {
		err = s.mapping.read(func([]byte) error { return nil })
	}
	if err != nil {
		return nil, err
	}
	return func(yield func(etcdsource.Child, error) bool) {
		for n := range s.idx.Children(index.Folder(span), rev) {
			c, err := s.child(n)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(etcdsource.Child{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}, nil
}

func (s *Source) child(n index.Node) (c etcdsource.Child, err error) {
	c = etcdsource.Child{Path: bytes.Clone(n.Path), Dir: n.Dir, Keys: n.Keys}
	name := bytes.TrimSuffix(c.Path, []byte("/"))
	if !n.Dir {
		name = c.Path
		err = s.mapping.read(func([]byte) error {
			c.Entry = s.entry(n.Rec, false)
			return nil
		})
	}
	c.Name = string(name[bytes.LastIndexByte(name, '/')+1:])
	return c, err
}

// Count returns the number of keys in the span.
func (s *Source) Count(_ context.Context, span etcdsource.Span, at etcdsource.At) (int64, error) {
	rev, err := s.at(at)
	if err != nil {
		return 0, err
	}
	return s.idx.Count(span, rev), nil
}

// versionsLimit is the number of versions that are returned when no number is asked for.
const versionsLimit = 100

// Versions returns the key's changes, newest first, of earlier incarnations too, deletions included.
func (s *Source) Versions(ctx context.Context, key []byte, upTo int64, limit int) ([]etcdsource.Event, etcdsource.Edge, error) {
	switch {
	case upTo <= 0:
		upTo = s.db.head
	case upTo > s.db.head:
		return nil, etcdsource.Edge{}, &etcdsource.FutureError{Revision: upTo, Current: s.db.head}
	}
	if limit <= 0 {
		limit = versionsLimit
	}
	recs := s.idx.History(key, upTo)
	slices.Reverse(recs)
	more := len(recs) > limit
	if more {
		recs = recs[:limit]
	}
	list := make([]etcdsource.Event, 0, len(recs))
	err := s.mapping.read(func([]byte) error {
		for _, rec := range recs {
			if err := ctx.Err(); err != nil {
				return err
			}
			list = append(list, event(s.contents, s.idx.Ref(rec), s.db.compacted))
		}
		return nil
	})
	if err != nil {
		return nil, etcdsource.Edge{}, err
	}
	return list, s.edge(list, more), nil
}

// VersionBefore implements etcdsource.LocalPast.
func (s *Source) VersionBefore(key []byte, rev int64) (e etcdsource.Event, ok bool) {
	rec, found := s.idx.Last(key, rev-1)
	if !found {
		return e, false
	}
	err := s.mapping.read(func([]byte) error {
		e = event(s.contents, s.idx.Ref(rec), s.db.compacted)
		return nil
	})
	return e, err == nil
}

// edge says what lies before the oldest of the versions.
func (s *Source) edge(list []etcdsource.Event, more bool) etcdsource.Edge {
	last := etcdsource.Event{}
	if len(list) > 0 {
		last = list[len(list)-1]
	}
	switch {
	case more:
		return etcdsource.Edge{Kind: etcdsource.EdgeMore, Revision: last.Mod}
	case last.Type == etcdsource.Created || last.Type == 0 && s.db.compacted == 0:
		return etcdsource.Edge{Kind: etcdsource.EdgeCreated, Revision: last.Mod}
	}
	return etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: max(s.oldest(), 0)}
}
