package etcdsource

import (
	"context"
	"io"
	"sync"
)

// Queue is a bounded buffer of changes between a stream, which must always be drained, and a reader that takes its
// time. Put never blocks. When more than the capacity waits, the oldest whole revisions are dropped, and the Batch
// that is handed over next says so in Lost and asks for a Relist.
type Queue struct {
	mu     sync.Mutex
	ready  chan struct{} // holds one token while there may be something to take
	cap    int           // bytes of events that may wait
	bytes  int           // bytes of events that wait
	wait   []Batch       // a gap begins a new one, so that what waits before it is not lost with it
	closed error
}

// eventOverhead is the memory of an Event beside its key and value, in bytes.
const eventOverhead = 160

// NewQueue returns a queue that holds at most maxBytes of events.
func NewQueue(maxBytes int) *Queue {
	return &Queue{cap: maxBytes, ready: make(chan struct{}, 1)}
}

func size(e *Event) int { return len(e.Key) + len(e.Value) + eventOverhead }

// Put adds a batch.
func (q *Queue) Put(b Batch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed != nil {
		return
	}
	if n := len(q.wait); n > 0 && b.Lost.Empty() && !b.Relist {
		last := &q.wait[n-1]
		last.Events = append(last.Events, b.Events...)
		last.Revision = max(last.Revision, b.Revision)
		last.Status = b.Status
	} else {
		b.Events = append([]Event(nil), b.Events...)
		q.wait = append(q.wait, b)
	}
	for i := range b.Events {
		q.bytes += size(&b.Events[i])
	}
	for q.bytes > q.cap && q.shed() {
	}
	q.signal()
}

func (q *Queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// shed drops whole revisions from the oldest batch until half of the capacity is free, so that a flood does not pay
// for it with every event. It reports whether it dropped any; the newest revision stays, whatever its size.
func (q *Queue) shed() bool {
	b := &q.wait[0]
	n, newest := 0, int64(-1)
	if len(q.wait) == 1 && len(b.Events) > 0 {
		newest = b.Events[len(b.Events)-1].Mod
	}
	for n < len(b.Events) && b.Events[n].Mod != newest &&
		(q.bytes > q.cap/2 || (n > 0 && b.Events[n].Mod == b.Events[n-1].Mod)) {
		q.bytes -= size(&b.Events[n])
		n++
	}
	if n > 0 {
		b.Lost = b.Lost.Join(Window{From: b.Events[0].Mod, To: b.Events[n-1].Mod, Reason: "more changes than could be shown"})
		b.Relist = true
		b.Events = append([]Event(nil), b.Events[n:]...)
	}
	if len(b.Events) == 0 && len(q.wait) > 1 {
		next := &q.wait[1]
		next.Lost = b.Lost.Join(next.Lost)
		next.Relist = next.Relist || b.Relist
		q.wait = q.wait[1:]
		return true
	}
	return n > 0
}

// Close ends the queue: what waits is still handed over, then Next returns err (io.EOF where nil).
func (q *Queue) Close(err error) {
	if err == nil {
		err = io.EOF
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed == nil {
		q.closed = err
	}
	q.signal()
}

// Next waits for a batch and returns it with at most maxEvents of its events (0: all), cut at a revision.
func (q *Queue) Next(ctx context.Context, maxEvents int) (Batch, error) {
	for {
		q.mu.Lock()
		if len(q.wait) > 0 {
			b := q.take(maxEvents)
			if len(q.wait) > 0 {
				q.signal()
			}
			q.mu.Unlock()
			return b, nil
		}
		err := q.closed
		if err != nil {
			q.signal()
		}
		q.mu.Unlock()
		if err != nil {
			return Batch{}, err
		}
		select {
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-q.ready:
		}
	}
}

func (q *Queue) take(maxEvents int) Batch {
	b := q.wait[0]
	n := len(b.Events)
	if maxEvents > 0 && n > maxEvents {
		n = maxEvents
		for n < len(b.Events) && b.Events[n].Mod == b.Events[n-1].Mod {
			n++
		}
	}
	rest := b.Events[n:]
	for i := range b.Events[:n] {
		q.bytes -= size(&b.Events[i])
	}
	if len(rest) == 0 {
		q.wait = q.wait[1:]
		return b
	}
	q.wait[0] = Batch{Events: rest, Revision: b.Revision, Status: b.Status}
	b.Events = b.Events[:n:n]
	b.Revision = b.Events[n-1].Mod
	return b
}
