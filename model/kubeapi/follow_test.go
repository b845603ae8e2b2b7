package kubeapi

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// broken is a store whose watches end with errors: each is what it delivers before that.
type broken struct {
	etcdsource.Source
	mu      sync.Mutex
	watches [][]etcdsource.Batch
	end     []error
	opened  []int64 // from which revisions watches were opened
	reads   int
	step    chan struct{} // the next batch or error may come
}

func (b *broken) Watch(_ context.Context, _ etcdsource.Span, from int64) (etcdsource.Stream, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.opened)
	b.opened = append(b.opened, from)
	return &brokenStream{b: b, batches: b.watches[n], end: b.end[n]}, nil
}

func (b *broken) Range(context.Context, etcdsource.Span, etcdsource.At) (etcdsource.Page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	return etcdsource.Page{Revision: 20, Entries: []etcdsource.Entry{{Key: []byte("/registry/pods/a"), Value: []byte("20"), Mod: 20}}}, nil
}

type brokenStream struct {
	b       *broken
	batches []etcdsource.Batch
	end     error
}

func (s *brokenStream) Next(ctx context.Context) (etcdsource.Batch, error) {
	select {
	case <-s.b.step:
	case <-ctx.Done():
		return etcdsource.Batch{}, ctx.Err()
	}
	if len(s.batches) == 0 {
		return etcdsource.Batch{}, s.end
	}
	b := s.batches[0]
	s.batches = s.batches[1:]
	return b, nil
}

func (s *brokenStream) Close() error { return nil }

func at(rev int64, changed ...int64) etcdsource.Batch {
	b := etcdsource.Batch{Revision: rev, Status: etcdsource.Status{State: etcdsource.Live}}
	for _, r := range changed {
		b.Events = append(b.Events, etcdsource.Event{Key: []byte("/registry/pods/a"), Value: []byte("v"), Mod: r, Type: etcdsource.Updated})
	}
	return b
}

// TestRunAgain: a watch that ends is opened again at the head. Where nothing was written meanwhile the clients' watches go
// on; else they end with what becomes 410 Gone, lists are read again, and a store that was replaced ends them.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	failed := errors.New("permission denied")
	src := &broken{step: make(chan struct{}), end: []error{failed, failed, etcdsource.ErrReplaced},
		watches: [][]etcdsource.Batch{{at(10), at(11, 11)}, {at(11), at(12, 12)}, {at(20), at(21, 21)}}}
	s := Share(src, etcdsource.Info{}, "/registry/")
	var reports int
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, func(error) { reports++ }) }()
	steps := func(n int) {
		for range n {
			select {
			case src.step <- struct{}{}:
			case <-ctx.Done():
				t.Fatal("nothing asks for the next batch")
			}
		}
	}
	next := func(w etcdsource.Stream, want int64) {
		t.Helper()
		if b, err := w.Next(ctx); err != nil || len(b.Events) != 1 || b.Events[0].Mod != want {
			t.Fatalf("%v, %v; want the change of revision %d", b.Events, err, want)
		}
	}
	steps(2)
	if _, err := s.Wait(ctx, 11); err != nil {
		t.Fatal(err)
	}
	w, _ := s.Watch(ctx, etcdsource.Prefix("/registry/pods/"), 11)
	next(w, 11)
	steps(3) // the end, the head again, the next change
	next(w, 12)
	steps(2) // the end, and a head that is further on
	var gone *etcdsource.CompactedError
	if _, err := w.Next(ctx); !errors.As(err, &gone) || statusOf(err).Code != 410 {
		t.Fatalf("a watch that lost changes: %v", err)
	}
	for range 3 {
		if st, err := s.State(ctx, "/registry/pods/"); err != nil || st == nil || st.rev != 20 {
			t.Fatalf("a list: %v, %v", st, err)
		}
	}
	w, _ = s.Watch(ctx, etcdsource.Prefix("/registry/pods/"), 21)
	steps(1)
	next(w, 21)
	if st, err := s.State(ctx, "/registry/pods/"); err != nil || st.rev != 21 || len(st.entries) != 1 || st.entries[0].Mod != 21 {
		t.Fatalf("a list that was brought up to date: %v, %v", st, err)
	}
	steps(1)
	if _, err := w.Next(ctx); !errors.Is(err, etcdsource.ErrReplaced) {
		t.Errorf("a watch of a store that was replaced: %v", err)
	}
	if err := <-done; !errors.Is(err, etcdsource.ErrReplaced) || reports != 2 {
		t.Errorf("it ended with %v after %d reports", err, reports)
	}
	for _, from := range src.opened {
		if from != 0 {
			t.Errorf("a watch was opened at %d", from)
		}
	}
	if len(src.opened) != 3 || src.reads != 1 {
		t.Errorf("%d watches and %d reads", len(src.opened), src.reads)
	}
}
