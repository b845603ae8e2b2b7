package etcdsource

import (
	"context"
	"time"
)

// Lister is the ability to stream the keys of a span, however many there are, without a burden on the server.
type Lister interface {
	// List calls f with the keys of the span, in order, in pieces of any size, all as of one revision. The keys are
	// valid during the call only. An error of f ends the list and is returned.
	List(ctx context.Context, s Span, at At, f func(keys [][]byte) error) error
}

// List streams the keys of a span, page by page where the source has no better way.
func List(ctx context.Context, src Source, s Span, rev int64, f func(keys [][]byte) error) error {
	if l, err := As[Lister](src); err == nil {
		return l.List(ctx, s, At{Revision: rev}, f)
	}
	return Each(ctx, src, s, rev, func(e Entry) error { return f([][]byte{e.Key}) })
}

// Leaser is the ability to tell about a lease.
type Leaser interface {
	// Lease returns what the server knows of a lease now. A lease that has ended has TTL -1.
	Lease(ctx context.Context, id int64) (Lease, error)
}

// Lease is a lease as it is.
type Lease struct {
	ID      int64
	TTL     time.Duration // left; negative when it has ended
	Granted time.Duration
	Keys    [][]byte // that are attached to it
}
