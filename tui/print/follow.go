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

// auditWait is how long a change waits for its line in an audit log that is followed. API servers write it before they
// answer, as a rule, and that is some milliseconds after the change is seen.
const auditWait = time.Second

// follower prints changes as they are written, each once its request had time to be told.
type follower struct {
	*logger
	stream etcdsource.Stream
	tail   *audit.Tail // nil where no audit log is followed
	queue  []waiting
	state  etcdsource.State
}

// waiting is a change that has been attributed by what etcd tells.
type waiting struct {
	attribution.Attributed
	since time.Time
}

// received is what a stream answered.
type received struct {
	etcdsource.Batch
	err error
}

// goOn prints what a stream brings from now on. It ends with the context, or with the stream.
func (l *logger) goOn(ctx context.Context, stream etcdsource.Stream, state etcdsource.State) error {
	f := &follower{logger: l, stream: stream, tail: l.s.tail, state: state}
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
				err = f.show(len(f.queue))
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
	due := time.NewTimer(auditWait)
	defer due.Stop()
	for {
		select {
		case r := <-batches:
			err := r.err
			if err == nil {
				err = f.take(ctx, &r.Batch)
			}
			if err != nil {
				if err2 := f.show(len(f.queue)); errors.Is(err, io.EOF) {
					return err2
				}
				return err
			}
		case <-f.tail.Ready():
			f.engine.Heard(f.tail.Take())
		case <-due.C:
		}
		if err := f.settle(time.Now()); err != nil {
			return err
		}
		due.Reset(f.next(time.Now()))
	}
}

// take attributes a batch.
func (f *follower) take(ctx context.Context, b *etcdsource.Batch) error {
	f.state = f.warnLost(b.Status, f.state)
	if !b.Lost.Empty() {
		if err := f.show(len(f.queue)); err != nil {
			return err
		}
	}
	now := time.Now()
	f.late = func(a *attribution.Attributed) { f.queue = append(f.queue, waiting{*a, now}) }
	defer func() { f.late = nil }()
	if err := f.batch(ctx, b, true); err != nil {
		return err
	}
	if n := len(b.Events); n > 0 && f.tail != nil {
		f.engine.Arrived(b.Events[n-1].Mod, now)
	}
	return f.attributed(true)
}

// settle asks again about what has waited long enough, and prints it.
func (f *follower) settle(now time.Time) error {
	n, asks := 0, false
	for ; n < len(f.queue); n++ {
		w := &f.queue[n]
		if w.asks() && now.Sub(w.since) < auditWait {
			break
		}
		asks = asks || w.asks()
	}
	if asks {
		f.engine.Heard(f.tail.Take())
		better := map[[2]int64]attribution.Verdict{}
		for _, a := range f.engine.Again(now.Add(-auditWait).Add(1)) {
			better[[2]int64{a.Mod, a.Sub}] = a.Verdict
		}
		for i := range f.queue[:n] {
			if v, ok := better[[2]int64{f.queue[i].Mod, f.queue[i].Sub}]; ok {
				f.queue[i].Verdict = v
			}
		}
	}
	return f.show(n)
}

// asks reports whether an audit log may tell more of a change: the API server's own keys are no requests.
func (w *waiting) asks() bool { return w.Ref.Name != "" && w.OutOfBand == "" }

// next is how long it is until the next change has waited long enough.
func (f *follower) next(now time.Time) time.Duration {
	if len(f.queue) == 0 {
		return time.Hour
	}
	return max(auditWait-now.Sub(f.queue[0].since), time.Millisecond)
}

// show prints the first n changes that wait.
func (f *follower) show(n int) error {
	for i := range n {
		if err := f.one(&f.queue[i].Attributed); err != nil {
			return err
		}
	}
	f.queue = append(f.queue[:0], f.queue[n:]...)
	return f.out.flush()
}
