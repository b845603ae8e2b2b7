package recall

import (
	"context"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.Measurer = (*Source)(nil)

// Measure measures the snapshot: the store as it was when it was recalled.
func (s *Source) Measure(ctx context.Context, o etcdsource.MeasureOptions) (etcdsource.Storage, error) {
	if s.life.Err() != nil {
		return etcdsource.Storage{}, errClosed
	}
	return s.snap.Measure(ctx, o)
}

// MeasureKeys measures keys of the snapshot.
func (s *Source) MeasureKeys(ctx context.Context, span etcdsource.Span, sizes bool, visit func(*etcdsource.KeySum) error) error {
	if s.life.Err() != nil {
		return errClosed
	}
	return s.snap.MeasureKeys(ctx, span, sizes, visit)
}
