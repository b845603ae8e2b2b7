package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Changes reach Update like this:
//
//	Stream.Next ─► pump (a goroutine, always drains) ─► Queue (bounded) ─► feed.next (a command) ─► batchMsg
//
// At most one batch is under way, at most one is handed over a frame, and none has more than feedBatch events.

const (
	queueBytes = 64 << 20
	feedBatch  = 4096
	frameTime  = 33 * time.Millisecond
	maxBackoff = 10 * time.Second
)

// batchMsg is a batch for a tab.
type batchMsg struct {
	tab   int
	batch etcdsource.Batch
}

// feedEndedMsg says that no more batches will come.
type feedEndedMsg struct {
	tab int
	err error
}

// feed carries the changes of one source to one tab.
type feed struct {
	tab   int
	queue *etcdsource.Queue
	last  time.Time // of the last hand-over; used by the command only
}

// startFeed watches the source from the revision on until the context ends.
func startFeed(ctx context.Context, tab int, src etcdsource.Source, from int64) *feed {
	f := &feed{tab: tab, queue: etcdsource.NewQueue(queueBytes)}
	go f.pump(ctx, src, from)
	return f
}

// pump drains the stream into the queue. A stream that ends with an error is opened again: the source says in Lost
// what was missed.
func (f *feed) pump(ctx context.Context, src etcdsource.Source, from int64) {
	var err error
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error in the watch: %v", r)
		}
		f.queue.Close(err)
	}()
	backoff := 100 * time.Millisecond
	for {
		from, err = f.drain(ctx, src, from, &backoff)
		if ctx.Err() != nil || errors.Is(err, io.EOF) {
			return
		}
		f.queue.Put(etcdsource.Batch{Status: etcdsource.Status{
			State: etcdsource.Retrying, Why: err.Error(), Next: time.Now().Add(backoff), Since: time.Now(),
		}})
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// drain reads one stream to its end and returns where the next one should begin.
func (f *feed) drain(ctx context.Context, src etcdsource.Source, from int64, backoff *time.Duration) (int64, error) {
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

// next waits for a batch; not sooner than a frame after the one before.
func (f *feed) next(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		if wait := frameTime - time.Since(f.last); wait > 0 {
			select {
			case <-ctx.Done():
				return feedEndedMsg{f.tab, ctx.Err()}
			case <-time.After(wait):
			}
		}
		b, err := f.queue.Next(ctx, feedBatch)
		if err != nil {
			return feedEndedMsg{f.tab, err}
		}
		f.last = time.Now()
		return batchMsg{f.tab, b}
	}
}
