package snapfile

import (
	"context"
	"io"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.PageLender = (*Source)(nil)

// LendPages implements etcdsource.PageLender.
func (s *Source) LendPages(_ context.Context, span etcdsource.Span, at etcdsource.At, use func(*etcdsource.LentPages) error) error {
	rev, err := s.at(at)
	if err != nil {
		return err
	}
	end := false
	next := func(ctx context.Context) (p etcdsource.Page, err error) {
		if end {
			return p, io.EOF
		}
		p = etcdsource.Page{Revision: rev, Entries: make([]etcdsource.Entry, 0, pageLimit)}
		err = s.mapping.guard(func() error {
			bytes := 0
			for _, rec := range s.idx.Live(span, rev) {
				if p.More = len(p.Entries) == pageLimit || bytes >= batchBytes; p.More {
					break
				}
				e := s.lentEntry(rec)
				p.Entries, bytes = append(p.Entries, e), bytes+len(e.Value)
			}
			return nil
		})
		if end = !p.More; !end && err == nil {
			span = span.After(p.Entries[len(p.Entries)-1].Key)
		}
		if err == nil {
			err = ctx.Err()
		}
		return p, err
	}
	return s.mapping.read(func([]byte) error { return use(&etcdsource.LentPages{Next: next, Guard: s.mapping.guard}) })
}
