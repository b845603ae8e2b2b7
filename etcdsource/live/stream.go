package live

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// maxBehind is how many revisions a watch may start in the past. A server that goes further back holds up its writers.
const maxBehind = 5000

// batchEvents is how many events Next hands over at most, a last revision that is larger excepted.
const batchEvents = 4096

// Watch streams the changes of a span. from may lie up to 5,000 revisions back; what of that was compacted is said in
// the first batches. Connection troubles are no errors but states: the stream goes on until it is closed.
func (s *Source) Watch(ctx context.Context, sp etcdsource.Span, from int64) (etcdsource.Stream, error) {
	if parts := s.grants.cut(sp); len(parts) == 1 {
		sp = parts[0]
	} else {
		return s.watchParts(ctx, parts, from)
	}
	if from > 0 {
		head, err := s.now(ctx, sp.From, false)
		if err != nil {
			return nil, err
		}
		if behind := head - from + 1; behind > maxBehind {
			return nil, &etcdsource.UnsupportedError{What: fmt.Sprintf("watch from revision %d", from),
				Why: fmt.Sprintf("it is %d revisions back, and etcd would hold up its writers to read them; walk one key back, or stream a snapshot for everything", behind)}
		}
	}
	st := &stream{s: s, span: sp, queue: etcdsource.NewQueue(s.cfg.tune.queueBytes)}
	st.next.Store(from)
	st.near = from > 0
	st.sure, st.first = max(from-1, 0), from
	if len(sp.From) == 0 {
		st.span.From = firstKey
	}
	st.whole = st.span.Open() && bytes.Equal(st.span.From, firstKey)
	st.ctx, st.cancel = context.WithCancel(s.life)
	st.say(etcdsource.Connecting, "", time.Time{})
	failed := func(err error) { st.queue.Close(err) }
	if !s.safego(failed, st.run) {
		st.cancel()
		return nil, errClosed
	}
	return st, nil
}

// stream is one watch. run feeds the queue, Next empties it, and neither waits for the other.
type stream struct {
	s      *Source
	span   etcdsource.Span
	queue  *etcdsource.Queue
	ctx    context.Context
	cancel context.CancelFunc

	next  atomic.Int64 // the revision that comes next; 0 until the server has said where now is
	whole bool         // it watches all keys
	early atomic.Bool  // the watch begins at a revision that has not been written: the server reports no progress before

	// What follows is of run alone.
	near   bool   // the head was read just now, and next is not far behind it
	sure   int64  // up to here every change was handed over or said to be lost; what lies between it and next was said to be nothing
	first  int64  // the revision that was asked for at first
	doubt  int64  // the revision that was sent twice or late, 0 for none
	broken string // how the server broke the rules, until the gap that it leaves is said

	last     etcdsource.Event // the change that was delivered last, without its value; Mod is 0 while there is none
	switched time.Time        // when it was moved last
	moved    string           // why the session went to another member, until the next connection has said so

	mu     sync.Mutex // guards status and heard
	status etcdsource.Status
	heard  time.Time
}

// Next returns what has been heard since the last call.
func (st *stream) Next(ctx context.Context) (etcdsource.Batch, error) {
	return st.queue.Next(ctx, batchEvents)
}

// Close ends the watch; a Next that waits returns io.EOF.
func (st *stream) Close() error {
	st.cancel()
	st.queue.Close(nil)
	return nil
}

// say puts a new state into the queue. next is when it is tried again.
func (st *stream) say(state etcdsource.State, why string, next time.Time) {
	st.mu.Lock()
	since := time.Now()
	if state == etcdsource.Stale {
		since = st.heard
	}
	st.status = etcdsource.Status{State: state, Why: why, Next: next, Since: since, NoQuorum: st.s.leaderless.Load(), Unanswered: st.s.unanswered.Load()}
	b := etcdsource.Batch{Status: st.status, Revision: max(st.next.Load()-1, 0)}
	st.mu.Unlock()
	st.queue.Put(b)
}

// put hands over changes, or a gap, in the present state.
func (st *stream) put(b etcdsource.Batch) {
	st.mu.Lock()
	b.Status = st.status
	st.mu.Unlock()
	b.Revision = st.next.Load() - 1
	st.queue.Put(b)
}

// hear notes that the server has said something.
func (st *stream) hear() {
	st.mu.Lock()
	st.heard = time.Now()
	stale := st.status.State == etcdsource.Stale
	st.mu.Unlock()
	if stale {
		st.say(etcdsource.Live, "", time.Time{})
	}
}

// quiet reports how long nothing was heard, and whether that is said already.
func (st *stream) quiet() (time.Duration, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return time.Since(st.heard), st.status.State == etcdsource.Stale
}
