package kubeapi

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Watch implements etcdsource.Source: the changes come from the one watch that all share.
func (s *Shared) Watch(_ context.Context, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from == 0 {
		from = s.rev + 1
	}
	return &sharedStream{s: s, span: span, next: from}, nil
}

// sharedStream reads the kept changes of a span.
type sharedStream struct {
	s    *Shared
	span etcdsource.Span
	next int64 // the revision that is read next
}

// keeps reports whether all changes from a revision on are kept.
func (s *Shared) keeps(from int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from > 0 && s.from <= from
}

// notKept is the error for changes that are not kept any more, or were made before all clients began to share a watch. The store
// may still have them, but is not asked for changes of the past.
func notKept(rev, from int64) error {
	return errors.Join(apierrors.NewResourceExpired(fmt.Sprintf("too old resource version: %d (the changes from revision %d on are followed; list again)", rev, from)),
		&etcdsource.CompactedError{Revision: rev, Compacted: from})
}

// batchSize is how many changes are handed out at once, about.
const batchSize = 200

// Next implements etcdsource.Stream. Where ctx ends, the batch says how far the span was read all the same.
func (t *sharedStream) Next(ctx context.Context) (etcdsource.Batch, error) {
	for {
		b, moved, err := t.read()
		if err != nil || len(b.Events) > 0 {
			return b, err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return b, ctx.Err()
		}
	}
}

// read takes what there is, and returns what is closed when there is more.
func (t *sharedStream) read() (b etcdsource.Batch, moved <-chan struct{}, err error) {
	s := t.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.from > t.next {
		return b, nil, notKept(t.next-1, s.from)
	}
	if s.ended != nil && t.next > s.rev {
		return b, nil, s.ended
	}
	i := s.behind(t.next - 1)
	for ; i < len(s.kept); i++ {
		c := s.kept[i]
		if len(b.Events) >= batchSize && c.Mod != s.kept[i-1].Mod {
			break
		}
		if t.span.Contains(c.Key) {
			b.Events = append(b.Events, c.Event)
		}
		t.next = c.Mod + 1
	}
	if i == len(s.kept) {
		t.next = max(t.next, s.rev+1)
	}
	b.Revision = t.next - 1
	return b, s.moved, nil
}

// Close implements etcdsource.Stream.
func (t *sharedStream) Close() error { return nil }
