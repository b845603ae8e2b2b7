package kubeapi

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Replay is what the context replay shows: lists as of a revision, then every later change at the pace at which it was made.
// Its time begins with the first watch, and is the same for all.
//
//	From ──────────┬───────┬─────────────────► Head
//	first watch    │ Times(rev) − Times(From), divided by Speed
type Replay struct {
	From  int64   // lists show this revision
	Speed float64 // 1 is as it was; 0 is as fast as it can be read
	// Times dates a revision, for the pace and for ages; the zero time where it is not known. nil: none is.
	Times func(rev int64) time.Time

	mu      sync.Mutex
	began   time.Time
	reached int64
}

// Reached is the newest revision whose changes have been sent.
func (r *Replay) Reached() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.reached, r.From)
}

// wait waits until the changes of a revision are due.
func (r *Replay) wait(ctx context.Context, rev int64) error {
	var at, start time.Time
	if r.Times != nil {
		at, start = r.Times(rev), r.Times(r.From)
	}
	r.mu.Lock()
	if r.began.IsZero() {
		r.began = time.Now()
	}
	began := r.began
	r.mu.Unlock()
	if r.Speed > 0 && !at.IsZero() && !start.IsZero() {
		due := began.Add(time.Duration(float64(at.Sub(start)) / r.Speed))
		timer := time.NewTimer(time.Until(due))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reached = max(r.reached, rev)
	return nil
}

// stream returns the changes from a revision on, each when it is due.
func (r *Replay) stream(ctx context.Context, src etcdsource.Source, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	if s, ok := src.(*Shared); ok {
		src = s.Source
	}
	st, err := src.Watch(ctx, span, from)
	if err != nil {
		return nil, err
	}
	if err := r.wait(ctx, r.From); err != nil { // the time of the replay begins
		st.Close()
		return nil, err
	}
	return &paced{Stream: st, r: r}, nil
}

// paced is a stream that hands out one revision at a time, when it is due.
type paced struct {
	etcdsource.Stream
	r     *Replay
	batch etcdsource.Batch
	over  bool
}

// Next implements etcdsource.Stream.
func (p *paced) Next(ctx context.Context) (etcdsource.Batch, error) {
	for len(p.batch.Events) == 0 {
		if p.over {
			return frozen{}.Next(ctx)
		}
		b, err := p.Stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			p.over = true
			continue
		}
		if err != nil {
			return b, err
		}
		if p.batch = b; !b.Lost.Empty() {
			p.batch.Lost = etcdsource.Window{}
			return etcdsource.Batch{Lost: b.Lost}, nil
		}
	}
	rev := p.batch.Events[0].Mod
	if err := p.r.wait(ctx, rev); err != nil {
		return etcdsource.Batch{}, err
	}
	n := 0
	for n < len(p.batch.Events) && p.batch.Events[n].Mod == rev {
		n++
	}
	out := etcdsource.Batch{Events: p.batch.Events[:n], Revision: rev}
	p.batch.Events = p.batch.Events[n:]
	return out, nil
}
