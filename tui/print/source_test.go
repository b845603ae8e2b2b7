package print

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// memory is a source over a list of writes: a file, or a live store that cannot show its past.
type memory struct {
	m       *sourcetest.Model
	kind    etcdsource.Kind
	batches chan etcdsource.Batch // what is written while a live store is watched
	fail    error                 // what reads return
}

func file(ops []sourcetest.Op, compact int64) *memory {
	return &memory{m: sourcetest.NewModel(sourcetest.Spec{Ops: ops, Compact: compact}), kind: etcdsource.KindFile}
}

func running(ops []sourcetest.Op) *memory {
	s := file(ops, 0)
	s.kind, s.batches = etcdsource.KindLive, make(chan etcdsource.Batch, 8)
	return s
}

func (s *memory) head() int64 { return s.m.Spec.Head() }

func (s *memory) Describe(context.Context) (etcdsource.Info, error) {
	info := etcdsource.NewInfo(s.kind)
	info.Name, info.Target, info.Revision, info.Compacted = "test", "test.db", s.head(), s.m.Spec.Compact
	return info, s.fail
}

func (s *memory) at(at etcdsource.At) (int64, error) {
	switch {
	case at.Revision == 0:
		return s.head(), nil
	case at.Revision > s.head():
		return 0, &etcdsource.FutureError{Revision: at.Revision, Current: s.head()}
	case at.Revision < s.m.Spec.Compact:
		return 0, &etcdsource.CompactedError{Revision: at.Revision, Compacted: s.m.Spec.Compact}
	}
	return at.Revision, nil
}

func (s *memory) Range(_ context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	rev, err := s.at(at)
	if err != nil {
		return etcdsource.Page{}, err
	}
	p := etcdsource.Page{Revision: rev}
	for _, e := range s.m.State(span, rev) {
		if len(p.Entries) == 3 { // small pages, so that tests turn them
			p.More = true
			break
		}
		n := etcdsource.Entry{Key: e.Key, Create: e.Create, Mod: e.Mod, Version: e.Version, Lease: e.Lease, Bytes: -1}
		if span.Values {
			n.Value, n.Bytes = e.Value, int64(len(e.Value))
		}
		p.Entries = append(p.Entries, n)
	}
	return p, nil
}

func (s *memory) Children(_ context.Context, span etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	rev, err := s.at(at)
	if err != nil {
		return nil, err
	}
	prefix := span.From
	if span.Open() {
		prefix = nil
	}
	return func(yield func(etcdsource.Child, error) bool) {
		last := ""
		for _, e := range s.m.State(span, rev) {
			c := etcdsource.Child{Path: e.Key, Keys: -1}
			if i := bytes.IndexByte(e.Key[len(prefix):], '/'); i >= 0 {
				c.Path, c.Dir = e.Key[:len(prefix)+i+1], true
				if last == string(c.Path) {
					continue
				}
				last = string(c.Path)
			} else {
				c.Entry = etcdsource.Entry{Key: e.Key, Create: e.Create, Mod: e.Mod, Version: e.Version, Lease: e.Lease, Bytes: -1}
			}
			name := bytes.TrimSuffix(c.Path[len(prefix):], []byte("/"))
			c.Name = string(name)
			if !yield(c, nil) {
				return
			}
		}
	}, nil
}

func (s *memory) Count(_ context.Context, span etcdsource.Span, at etcdsource.At) (int64, error) {
	rev, err := s.at(at)
	return int64(len(s.m.State(span, rev))), err
}

func (s *memory) Watch(_ context.Context, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	w := &memoryStream{s: s}
	if s.kind != etcdsource.KindLive {
		if c := s.m.Spec.Compact; from < c {
			w.first.Lost = etcdsource.Window{From: from, To: c - 1, Reason: "compacted"}
		}
		for _, e := range s.m.Retained() {
			if e.Mod >= from && span.Contains(e.Key) {
				w.first.Events = append(w.first.Events, e)
			}
		}
	}
	w.first.Revision = s.head()
	return w, nil
}

type memoryStream struct {
	s     *memory
	first etcdsource.Batch
	said  bool
}

func (w *memoryStream) Next(ctx context.Context) (etcdsource.Batch, error) {
	if !w.said {
		w.said = true
		return w.first, nil
	}
	if w.s.kind != etcdsource.KindLive {
		return etcdsource.Batch{}, io.EOF
	}
	select {
	case b, ok := <-w.s.batches:
		if !ok {
			return b, io.EOF
		}
		return b, nil
	case <-ctx.Done():
		return etcdsource.Batch{}, ctx.Err()
	}
}

func (w *memoryStream) Close() error { return nil }

// Versions returns two versions at a time, so that tests walk on.
func (s *memory) Versions(_ context.Context, key []byte, upTo int64, _ int) ([]etcdsource.Event, etcdsource.Edge, error) {
	if upTo == 0 {
		upTo = s.head()
	}
	var list []etcdsource.Event
	for _, e := range s.m.Retained() {
		if bytes.Equal(e.Key, key) && e.Mod <= upTo {
			list = append(list, e)
		}
	}
	slices.Reverse(list)
	edge := etcdsource.Edge{Kind: etcdsource.EdgeCreated}
	if s.kind == etcdsource.KindLive {
		if i := slices.IndexFunc(list, func(e etcdsource.Event) bool { return e.Type != etcdsource.Updated }); i >= 0 {
			edge = etcdsource.Edge{Kind: etcdsource.EdgeNotSearched, Revision: list[i].Create}
			if list[i].Type == etcdsource.Deleted {
				list = nil
			} else {
				list = list[:i+1]
			}
		}
	} else if n := len(list); n > 0 && list[n-1].Type == etcdsource.Updated {
		edge = etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: s.m.Spec.Compact}
	}
	if len(list) > 2 {
		return list[:2], etcdsource.Edge{Kind: etcdsource.EdgeMore, Revision: list[1].Mod}, nil
	}
	return list, edge, nil
}

func (s *memory) Close() error { return nil }
