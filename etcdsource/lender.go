package etcdsource

import (
	"context"
	"errors"
	"io"
)

// Lender is the ability to hand out changes whose keys and values are parts of a mapped file, without copying them.
type Lender interface {
	// Lend is Watch for a pass that keeps nothing: it calls use with what has the changes from a revision on. Their keys and
	// values are valid until use returns, which a Close of the source waits for. The source is asked for nothing else meanwhile.
	Lend(ctx context.Context, s Span, from int64, use func(*Loan) error) error
}

// Loan is what a Lender lends.
type Loan struct {
	// Next returns the next batch, as that of a Stream does.
	Next func(context.Context) (Batch, error)
	// Guard runs what reads keys and values in a goroutine that use has started: there a fault, as of a file that was cut,
	// becomes an error. Within use itself that is so already.
	Guard func(work func() error) error
}

// Borrow calls use with the changes of a source from a revision on, lent where the source can do that, else copies.
func Borrow(ctx context.Context, src Source, s Span, from int64, use func(*Loan) error) error {
	if l, err := As[Lender](src); err == nil {
		return l.Lend(ctx, s, from, use)
	}
	stream, err := src.Watch(ctx, s, from)
	if err != nil {
		return err
	}
	defer stream.Close()
	return use(&Loan{Next: stream.Next, Guard: func(work func() error) error { return work() }})
}

// EachLent is EachChange for what keeps nothing: an event, its key and its value are valid during the call only.
func EachLent(ctx context.Context, src Source, span Span, upTo int64, f func(*Event) error) error {
	return Borrow(ctx, src, span, 1, func(l *Loan) error {
		for {
			b, err := l.Next(ctx)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			for i := range b.Events {
				if err := f(&b.Events[i]); err != nil {
					return err
				}
			}
			if b.Revision >= upTo {
				return nil
			}
		}
	})
}

// Beginner is the ability to lend the versions of keys before which none is held, without a look at the others.
type Beginner interface {
	// LendFirst calls use for each creation that is held of each key of the span, and for the oldest version where that is none,
	// in order of time. The event is valid during the call only, in which the source must not be asked for anything.
	LendFirst(ctx context.Context, s Span, use func(*Event) error) error
}

// EachFirst calls f for the creations of keys of a span up to a revision, and for the versions from before the compaction, in
// order of time. The event is valid during the call only, in which the source must not be asked for anything.
func EachFirst(ctx context.Context, src Source, span Span, upTo int64, f func(*Event) error) error {
	first := func(e *Event) error {
		if e.Type != Created && !e.Kept || e.Mod > upTo {
			return nil
		}
		return f(e)
	}
	if b, err := As[Beginner](src); err == nil {
		return b.LendFirst(ctx, span, first)
	}
	return EachLent(ctx, src, span, upTo, first)
}
