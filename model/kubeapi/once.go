package kubeapi

import "context"

// once is a value that is read once for all who ask for it at the same time. Where the client that reads it goes away, the
// next one that waits reads it.
type once[T any] struct {
	turn  chan struct{} // has room for one: who reads
	done  bool
	value T
	err   error
}

func newOnce[T any]() once[T] { return once[T]{turn: make(chan struct{}, 1)} }

// get returns the value, read by the first caller whose ctx lasts until it is read. An error of read is the answer for all who
// wait, unless the ctx of that caller has ended.
func (o *once[T]) get(ctx context.Context, read func() (T, error)) (T, error) {
	var none T
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	defer func() { <-o.turn }()
	if o.done {
		return o.value, o.err
	}
	value, err := read()
	if err != nil && ctx.Err() != nil {
		return none, err
	}
	o.value, o.err, o.done = value, err, true
	return value, err
}
