package sweep

import (
	"context"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Queue is Run for whoever has the batches one after the other, and cannot be asked for them:
//
//	Put ─┬─► work ─┬─► take, within Put and Close
//	     └─► work ─┘
//
// Put and Close are called by one goroutine. Close must be called: when it returns, no goroutine of the queue runs any more.
type Queue[In, Out any] struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	take   func(Out) error
	todo   chan *job[In, Out]
	order  []*job[In, Out] // on their way, the oldest first
	wg     sync.WaitGroup
	err    error
}

// NewQueue returns a queue whose batches are worked on by several goroutines at once.
func NewQueue[In, Out any](ctx context.Context, work func(In) (Out, error), take func(Out) error) *Queue[In, Out] {
	n := Workers()
	q := &Queue[In, Out]{take: take, todo: make(chan *job[In, Out], 2*n)}
	q.ctx, q.cancel = context.WithCancelCause(ctx)
	for range n {
		safego.Wait(&q.wg, q.cancel, func() {
			for j := range q.todo {
				j.do(work)
			}
		})
	}
	return q
}

// Put hands on a batch. Where several wait already, it takes the result of the oldest first. Once there was an error it does
// nothing but return that.
func (q *Queue[In, Out]) Put(in In) error {
	for len(q.order) == cap(q.todo) {
		q.first()
	}
	if q.err != nil {
		return q.err
	}
	j := &job[In, Out]{in: in, done: make(chan struct{})}
	q.order = append(q.order, j)
	q.todo <- j // there is room: no more are on their way
	return nil
}

// first takes the oldest result, unless there was an error.
func (q *Queue[In, Out]) first() {
	j := q.order[0]
	q.order = q.order[:copy(q.order, q.order[1:])]
	if q.err == nil {
		q.err = j.await(q.ctx, q.take)
	}
}

// Flush takes all results that are on their way, and returns the first error that there was.
func (q *Queue[In, Out]) Flush() error {
	for len(q.order) > 0 {
		q.first()
	}
	return q.err
}

// Close takes what is on its way, unless there was an error, and returns the first one.
func (q *Queue[In, Out]) Close() error {
	err := q.Flush()
	q.cancel(nil)
	close(q.todo)
	q.wg.Wait()
	return err
}
