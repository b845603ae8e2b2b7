package snapfile

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const (
	batchEvents = 512
	batchBytes  = 1 << 20
)

// stream hands over the changes of a span, oldest first, then ends. The first batch says what was compacted.
type stream struct {
	s    *Source
	list []uint32 // records that are left; nil: all from next on
	all  bool
	next uint32
	lost etcdsource.Window
	lent bool // keys and values are not copied
	mu   sync.Mutex
	done bool
}

// Watch streams everything that the file retains from the revision on; 0: nothing, for a file has no future. Changes
// from before the compaction come first, marked Kept.
func (s *Source) Watch(_ context.Context, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	if err := s.mapping.read(func([]byte) error { return nil }); err != nil {
		return nil, err
	}
	return s.stream(span, from), nil
}

// Lend implements etcdsource.Lender.
func (s *Source) Lend(_ context.Context, span etcdsource.Span, from int64, use func(*etcdsource.Loan) error) error {
	st := s.stream(span, from)
	st.lent = true
	return s.mapping.read(func([]byte) error {
		return use(&etcdsource.Loan{Next: st.Next, Guard: s.mapping.guard})
	})
}

// firstBytes is about how much of a record says which object it is of: its key, kind, name and uid.
const firstBytes = 320

// LendFirst implements etcdsource.Beginner.
func (s *Source) LendFirst(ctx context.Context, span etcdsource.Span, use func(*etcdsource.Event) error) error {
	var list []uint32
	for h := range s.idx.All(span) {
		first := true
		for i := range h {
			rec, dead := h.At(i)
			if first && !dead {
				list = append(list, rec)
			}
			first = dead
		}
	}
	slices.Sort(list) // nearly as they lie in the file
	return s.mapping.read(func([]byte) error {
		next := ahead{bytes: firstBytes}
		for some := range slices.Chunk(list, aheadRecords) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			next.load(s, some)
			for i, rec := range some {
				k, v := next.at(i)
				e := changeOf(s.contents, s.idx.Ref(rec), k, v, s.db.compacted)
				if err := use(&e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Source) stream(span etcdsource.Span, from int64) *stream {
	if from <= 0 {
		from = s.db.head + 1
	}
	st := &stream{s: s}
	st.list, st.next, st.all = s.idx.Changes(span, from)
	if from < s.oldest() {
		st.lost = etcdsource.Window{From: from, To: s.oldest() - 1, Reason: "compacted"}
		if s.db.partial {
			st.lost.Reason = "not in this file"
		}
	}
	return st
}

// Next returns the next batch, io.EOF after the last.
func (st *stream) Next(ctx context.Context) (etcdsource.Batch, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return etcdsource.Batch{}, err
	}
	if st.done {
		return etcdsource.Batch{}, io.EOF
	}
	b := etcdsource.Batch{Lost: st.lost, Status: etcdsource.Status{State: etcdsource.Live}}
	if err := st.read(func() error { st.fill(&b); return nil }); err != nil {
		return etcdsource.Batch{}, err
	}
	st.lost = etcdsource.Window{}
	if st.left() == 0 {
		st.done = true
		b.Revision, b.Status.State = st.s.db.head, etcdsource.Ended
	}
	return b, nil
}

// read runs what reads the file, which a loan holds already.
func (st *stream) read(work func() error) error {
	if st.lent {
		return st.s.mapping.guard(work)
	}
	return st.s.mapping.read(func([]byte) error { return work() })
}

// fill takes records until the batch is full, and ends it at the end of a revision.
func (st *stream) fill(b *etcdsource.Batch) {
	x, bytes := st.s.idx, 0
	b.Events = make([]etcdsource.Event, 0, min(st.left(), batchEvents))
	for st.left() > 0 {
		rec := st.first()
		full := len(b.Events) >= batchEvents || bytes >= batchBytes
		if full && x.Main(rec) != b.Revision {
			return
		}
		e := st.event(x.Ref(rec))
		b.Events = append(b.Events, e)
		b.Revision = e.Mod
		bytes += len(e.Key) + len(e.Value)
		st.drop()
	}
}

func (st *stream) event(ref uint32) etcdsource.Event {
	if st.lent {
		return lent(st.s.contents, ref, st.s.db.compacted)
	}
	return event(st.s.contents, ref, st.s.db.compacted)
}

func (st *stream) left() int {
	if st.all {
		return st.s.idx.Records() - int(st.next)
	}
	return len(st.list)
}

func (st *stream) first() uint32 {
	if st.all {
		return st.next
	}
	return st.list[0]
}

func (st *stream) drop() {
	if st.all {
		st.next++
		return
	}
	st.list = st.list[1:]
}

// Close ends the stream.
func (st *stream) Close() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.done, st.list = true, nil
	return nil
}
