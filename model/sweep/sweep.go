// Package sweep passes over a history on all cores.
//
//	next ─► batches ─┬─► work ─┐
//	(one goroutine)  ├─► work ─┼─► results in the order of the batches ─► take (the caller's goroutine)
//	                 └─► work ─┘
//
// What always holds:
//   - Results come in the order of what they were made from, however long each took: a pass is deterministic.
//   - At most a few batches per core are held at once.
//   - When Run returns, none of its goroutines runs any more.
package sweep

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Workers is how many batches are worked on at once.
func Workers() int { return runtime.GOMAXPROCS(0) }

// job is a batch on its way.
type job[In, Out any] struct {
	in   In
	out  Out
	err  error
	done chan struct{} // closed once out or err is set
}

// Run calls next again and again until it returns io.EOF, work for each batch that it returned, several at once, and take
// for each result, in the order of the batches. next and take are never called by two goroutines at once. The first error in
// that order ends the pass and is returned, after the results before it were taken; so does the end of ctx, with its error.
func Run[In, Out any](ctx context.Context, next func(context.Context) (In, error), work func(In) (Out, error), take func(Out) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)

	n := Workers()
	todo, order := make(chan *job[In, Out], n), make(chan *job[In, Out], 2*n)
	whole := false // reading has ended without a panic
	safego.Wait(&wg, cancel, func() {
		defer close(order)
		defer close(todo)
		read(ctx, next, todo, order)
		whole = true
	})
	for range n {
		safego.Wait(&wg, cancel, func() {
			for j := range todo {
				j.do(work)
			}
		})
	}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case j, ok := <-order:
			if !ok {
				if !whole {
					<-ctx.Done() // with the panic, which closes the queue before it ends ctx
				}
				return context.Cause(ctx)
			}
			if err := j.await(ctx, take); err != nil {
				return err
			}
		}
	}
}

// read hands on what next returns, to the workers and to whoever takes the results; an error in its place too.
func read[In, Out any](ctx context.Context, next func(context.Context) (In, error), todo, order chan<- *job[In, Out]) {
	for {
		in, err := next(ctx)
		if errors.Is(err, io.EOF) {
			return
		}
		j := &job[In, Out]{in: in, err: err, done: make(chan struct{})}
		select {
		case <-ctx.Done():
			return
		case order <- j:
		}
		if err != nil {
			close(j.done)
			return
		}
		select {
		case <-ctx.Done():
			return
		case todo <- j:
		}
	}
}

// do works on the batch, which need not be held until the result is taken.
func (j *job[In, Out]) do(work func(In) (Out, error)) {
	j.out, j.err = work(j.in)
	var none In
	j.in = none
	close(j.done)
}

// await waits for the result and hands it to take.
func (j *job[In, Out]) await(ctx context.Context, take func(Out) error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-j.done:
	}
	if j.err != nil {
		return j.err
	}
	return take(j.out)
}
