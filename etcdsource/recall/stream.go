package recall

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const (
	batchEvents = 4096
	batchBytes  = 1 << 20
)

// stream hands over the snapshot's changes, then the tail's, then what is written. It holds nothing back for its
// reader: how far that has come is a place in the tail.
type stream struct {
	s    *Source
	span etcdsource.Span
	from int64
	ctx  context.Context // ends with Close
	end  context.CancelFunc

	mu   sync.Mutex // one Next at a time
	past etcdsource.Stream
	at   int64 // number of the tail's next item
	rev  int64 // everything up to here was handed over
	said int64 // number of the status that was handed over last
}

// Watch streams the changes of a span from the revision on: those of the snapshot, marked Kept where they are older
// than its compaction, those since, and those to come. 0 is now.
func (s *Source) Watch(ctx context.Context, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	if s.life.Err() != nil {
		return nil, errClosed
	}
	st := &stream{s: s, span: span, from: from, rev: max(from-1, 0)}
	if from > 0 && from <= s.about.Snapshot {
		past, err := s.snap.Watch(ctx, span, from)
		if err != nil {
			return nil, err
		}
		st.past = past
	}
	if from <= 0 {
		st.at, st.rev = s.tail.end()
		st.from = st.rev + 1
	}
	st.ctx, st.end = context.WithCancel(s.life)
	return st, nil
}

// Close ends the stream; a Next that waits returns io.EOF.
func (st *stream) Close() error {
	st.end()
	return nil
}

// Next returns what has come since the last call.
func (st *stream) Next(ctx context.Context) (etcdsource.Batch, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for {
		switch {
		case st.ctx.Err() != nil:
			return etcdsource.Batch{}, io.EOF
		case ctx.Err() != nil:
			return etcdsource.Batch{}, ctx.Err()
		}
		if st.past != nil {
			b, err := st.past.Next(ctx)
			if errors.Is(err, io.EOF) {
				st.past = nil
				continue
			}
			st.rev = max(st.rev, b.Revision)
			b.Status, _ = st.s.tail.status()
			return b, err
		}
		b, wake, ok := st.s.tail.next(st)
		if ok {
			return b, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
		case <-st.ctx.Done():
		}
	}
}

// end returns the number of the item that comes next, and the revision before it.
func (t *tail) end() (at, rev int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first + int64(len(t.log)), t.heard
}

func (t *tail) status() (etcdsource.Status, int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.Status, t.state.number
}

// next returns what a stream has not handed over yet; ok is false where that is nothing: wake then reports more.
func (t *tail) next(st *stream) (b etcdsource.Batch, wake <-chan struct{}, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b.Status = t.state.Status
	if st.at < t.first {
		if st.from <= t.thin {
			b.Lost = etcdsource.Window{From: st.rev + 1, To: t.thin, Reason: "more was written since the recall than is kept in memory"}
			b.Relist = true
			st.rev = max(st.rev, t.thin)
		}
		st.at = t.first
	}
	t.take(st, &b)
	b.Revision = st.rev
	ok = len(b.Events) > 0 || b.Relist || st.said != t.state.number
	if at := t.first + int64(len(t.log)); st.at == at && t.heard > st.rev {
		st.rev, b.Revision, ok = t.heard, t.heard, true
	}
	st.said = t.state.number
	return b, t.wake, ok
}

// take moves items of the log into the batch, whole revisions, up to the next gap.
func (t *tail) take(st *stream, b *etcdsource.Batch) {
	bytes := 0
	for st.at < t.first+int64(len(t.log)) {
		it := &t.log[st.at-t.first]
		if it.event == nil {
			lost := it.lost
			if lost.From = max(lost.From, st.rev+1); lost.Empty() && it.lost.To >= st.from { // what was handed over is in doubt
				lost.From = max(it.lost.From, st.from)
			}
			switch {
			case !it.lost.Empty() && lost.Empty(): // the stream began behind it
			case len(b.Events) > 0 || b.Relist:
				return
			default:
				b.Lost, b.Relist = lost, true
				st.rev = max(st.rev, lost.To)
			}
			st.at++
			continue
		}
		if e := it.event; e.Mod != st.rev && (len(b.Events) >= batchEvents || bytes >= batchBytes) {
			return
		}
		if e := it.event; e.Mod >= st.from && st.span.Contains(e.Key) {
			b.Events = append(b.Events, *e)
			bytes += size(e)
		}
		st.rev = max(st.rev, it.event.Mod)
		st.at++
	}
}
