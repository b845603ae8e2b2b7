package etcdsource

import (
	"context"
	"io"
)

// PageLender is the ability to hand out keys and values, as they are at one revision, as parts of a mapped file, without copying
// them.
type PageLender interface {
	// LendPages is Range for a pass that keeps nothing: it calls use with what has all pages of a span, whose Limit is ignored.
	// Keys and values are valid until use returns, which a Close of the source waits for. The source is asked for nothing else
	// meanwhile.
	LendPages(ctx context.Context, s Span, at At, use func(*LentPages) error) error
}

// LentPages is what a PageLender lends.
type LentPages struct {
	// Next returns the next page with its values, in the order of keys, io.EOF after the last.
	Next func(context.Context) (Page, error)
	// Guard runs what reads keys and values in a goroutine that use has started: there a fault, as of a file that was cut,
	// becomes an error. Within use itself that is so already.
	Guard func(work func() error) error
}

// BorrowPages calls use with the pages of a span and their values at a revision, 0: now, lent where the source can do that, else
// copies that are read one page at a time. All are of the revision of the first.
func BorrowPages(ctx context.Context, src Source, s Span, rev int64, use func(*LentPages) error) error {
	s.Values = true
	if l, err := As[PageLender](src); err == nil {
		return l.LendPages(ctx, s, At{Revision: rev}, use)
	}
	end := false
	next := func(ctx context.Context) (Page, error) {
		if end {
			return Page{}, io.EOF
		}
		p, err := src.Range(ctx, s, At{Revision: rev})
		if err != nil {
			return Page{}, err
		}
		if rev == 0 {
			rev = p.Revision
		}
		if end = !p.More || len(p.Entries) == 0; !end {
			s = s.After(p.Entries[len(p.Entries)-1].Key)
		}
		return p, nil
	}
	return use(&LentPages{Next: next, Guard: func(work func() error) error { return work() }})
}
