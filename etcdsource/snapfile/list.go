package snapfile

import (
	"context"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.Lister = (*Source)(nil)

// List streams the keys of a span out of the index, without touching the file.
func (s *Source) List(ctx context.Context, span etcdsource.Span, at etcdsource.At, f func([][]byte) error) error {
	rev, err := s.at(at)
	if err != nil {
		return err
	}
	one := make([][]byte, 1)
	n := 0
	for key := range s.idx.Live(span, rev) {
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		one[0] = key
		if err := f(one); err != nil {
			return err
		}
	}
	return ctx.Err()
}
