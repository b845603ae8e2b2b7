package print

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// follower prints changes as they are written, each once its request had time to be logged.
type follower struct {
	*logger
	stream  etcdsource.Stream
	tail    *audit.Tail // nil where no audit log is followed
	pending attribution.Pending
	state   etcdsource.State
}

// received is what a stream answered.
type received struct {
	etcdsource.Batch
	err error
}

// goOn prints what a stream brings from now on. It ends with the context, or with the stream.
func (l *logger) goOn(ctx context.Context, stream etcdsource.Stream, state etcdsource.State) error {
	f := &follower{logger: l, stream: stream, tail: l.s.tail, state: state, pending: attribution.Pending{Engine: l.engine, Tail: l.s.tail}}
	if f.tail == nil {
		for {
			b, err := stream.Next(ctx)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = f.take(ctx, &b)
			}
			if err == nil {
				err = f.show(f.pending.All())
			}
			if err != nil {
				return err
			}
		}
	}
	l.engine.Follow()
	return f.run(ctx)
}

func (f *follower) run(ctx context.Context) error {
	batches := make(chan received)
	hand := func(b etcdsource.Batch, err error) (more bool) {
		select {
		case batches <- received{b, err}:
			return err == nil
		case <-ctx.Done():
			return false
		}
	}
	safego.Go(func(err error) { hand(etcdsource.Batch{}, err) }, func() {
		for hand(f.stream.Next(ctx)) {
		}
	})
	due := time.NewTimer(attribution.AuditWait)
	defer due.Stop()
	for {
		select {
		case r := <-batches:
			err := r.err
			if err == nil {
				err = f.take(ctx, &r.Batch)
			}
			if err != nil {
				if err2 := f.show(f.pending.All()); errors.Is(err, io.EOF) {
					return err2
				}
				return err
			}
		case <-f.tail.Ready():
			f.engine.Heard(f.tail.Take())
		case <-due.C:
		}
		if err := f.show(f.pending.Due(time.Now())); err != nil {
			return err
		}
		due.Reset(f.pending.Wait(time.Now()))
	}
}

// take attributes a batch.
func (f *follower) take(ctx context.Context, b *etcdsource.Batch) error {
	f.state = f.warnLost(b.Status, f.state)
	if !b.Lost.Empty() {
		if err := f.show(f.pending.All()); err != nil {
			return err
		}
	}
	now := time.Now()
	f.late = func(a *attribution.Attributed) { f.pending.Add(a, now) }
	defer func() { f.late = nil }()
	if err := f.batch(ctx, b, true); err != nil {
		return err
	}
	if n := len(b.Events); n > 0 && f.tail != nil {
		f.engine.Arrived(b.Events[n-1].Mod, now)
	}
	return f.attributed(true)
}

// show prints changes.
func (f *follower) show(list []attribution.Attributed) error {
	for i := range list {
		if err := f.one(&list[i]); err != nil {
			return err
		}
	}
	return f.out.flush()
}
