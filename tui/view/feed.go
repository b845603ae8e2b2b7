package view

import (
	"context"
	"errors"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Changes reach Update like this:
//
//	Stream.Next ─► pump (a goroutine, always drains) ─► Queue (bounded) ─► feed.next (a command) ─► batchMsg
//
// At most one batch is under way, and none has more than feedBatch events, so that a key press between two is answered
// at once; where more waits, the next one follows soon and nothing is drawn in between. Where more is written than
// a user reads, frames are further apart, so that a slow line is not filled with rows that fly by.

const (
	queueBytes = 64 << 20
	feedBatch  = 2048
	catchUp    = 2 * time.Millisecond   // between batches while more waits
	busyTime   = 200 * time.Millisecond // between batches when busy: at 200×60, and with what follows of each, 9 KB/s
	FloodTime  = 90 * time.Millisecond  // and when so much is written that the totals are what is looked at
	someRate   = 20                     // changes a second from which FloodTime is soon enough: each frame takes processor time from the server beside it
	busyRate   = 100                    // and from which it is busy
	floodRate  = 2000
	maxBackoff = 10 * time.Second
)

// BatchMsg is a batch for a view.
type BatchMsg struct {
	host.To
	Batch etcdsource.Batch
	More  bool      // behind it waits more, which comes before the next frame
	At    time.Time // when it came
}

// feedEndedMsg says that no more batches will come.
type feedEndedMsg struct {
	host.To
	err error
}

// Feed carries the changes of one source to one view.
type Feed struct {
	tab   int
	queue *etcdsource.Queue
	flood time.Duration // between hand-overs when very much is written
	last  time.Time     // of the last hand-over; what follows is used by the command only too
	pace  time.Duration // until the next one
	shown time.Time     // when the last batch was handed over that is drawn
	burst int           // events since then
}

// floodPace is the time between frames when very much is written; a line from afar is spared then too.
func floodPace(environ []string) time.Duration {
	if theme.Look(environ, true).SSH {
		return busyTime
	}
	return FloodTime
}

// StartFeed watches the source from the revision on, after a time, until the context ends.
func StartFeed(ctx context.Context, tab int, src etcdsource.Source, from int64, after, flood time.Duration) *Feed {
	f := &Feed{tab: tab, queue: etcdsource.NewQueue(queueBytes), flood: flood}
	safego.Go(func(err error) { f.queue.Close(err) }, func() {
		select {
		case <-ctx.Done():
		case <-time.After(after):
		}
		f.queue.Close(f.pump(ctx, src, from))
	})
	return f
}

// pump drains the stream into the queue. A stream that ends with an error is opened again: the source says in Lost
// what was missed. There is no again where another store answers.
func (f *Feed) pump(ctx context.Context, src etcdsource.Source, from int64) error {
	var err error
	backoff := 100 * time.Millisecond
	for {
		from, err = f.drain(ctx, src, from, &backoff)
		if ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, etcdsource.ErrReplaced) {
			return err
		}
		f.queue.Put(etcdsource.Batch{Status: etcdsource.Status{
			State: etcdsource.Retrying, Why: words.Reason(err), Next: time.Now().Add(backoff), Since: time.Now(),
		}})
		select {
		case <-ctx.Done():
			return err
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// drain reads one stream to its end and returns where the next one should begin.
func (f *Feed) drain(ctx context.Context, src etcdsource.Source, from int64, backoff *time.Duration) (int64, error) {
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), from)
	if err != nil {
		return from, err
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if err != nil {
			return from, err
		}
		if b.Revision >= from {
			from = b.Revision + 1
		}
		*backoff = 100 * time.Millisecond
		f.queue.Put(b)
	}
}

// Next waits for a batch; not sooner than a frame after the one before.
func (f *Feed) Next(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		if wait := f.pace - time.Since(f.last); wait > 0 {
			select {
			case <-ctx.Done():
				return feedEndedMsg{host.To{Tab: f.tab}, ctx.Err()}
			case <-time.After(wait):
			}
		}
		b, err := f.queue.Next(ctx, feedBatch)
		if err != nil {
			return feedEndedMsg{host.To{Tab: f.tab}, err}
		}
		now := time.Now()
		return BatchMsg{host.To{Tab: f.tab}, b, f.paced(len(b.Events), now), now}
	}
}

// paced notes a batch of n events, sets the time until the next one, and reports whether drawing can wait for that.
func (f *Feed) paced(n int, now time.Time) (more bool) {
	f.last, f.burst = now, f.burst+n
	since := now.Sub(f.shown)
	if n >= feedBatch {
		f.pace = catchUp
		if more = since < f.flood; more {
			return true
		}
	} else {
		f.pace = host.FrameTime
		switch rate := float64(f.burst) / since.Seconds(); {
		case rate < someRate:
		case f.burst <= 1 || rate < busyRate:
			f.pace = FloodTime
		case rate < floodRate:
			f.pace = busyTime
		default:
			f.pace = f.flood
		}
	}
	f.shown, f.burst = now, 0
	return false
}
