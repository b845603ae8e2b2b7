package kubeapi

import (
	"context"
	"errors"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// The waits before a watch that ended is opened again double between these.
const (
	leastPause = 250 * time.Millisecond
	mostPause  = 30 * time.Second
)

// Run follows the store until the context ends, or the store turns out to be another one. A watch that ends is opened again
// at the head, never in the past: clients do not see what was written meanwhile: they get 410 Gone and list again. report is
// called with the reason each time.
func (s *Shared) Run(ctx context.Context, report func(error)) error {
	pause := leastPause
	for {
		began := time.Now()
		err := s.follow(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.interrupted(err)
		if errors.Is(err, etcdsource.ErrReplaced) {
			return err
		}
		report(err)
		if time.Since(began) > mostPause {
			pause = leastPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, mostPause)
	}
}

// follow reads one watch until that ends.
func (s *Shared) follow(ctx context.Context) error {
	stream, err := s.Source.Watch(ctx, etcdsource.Prefix(""), 0)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if err != nil {
			return err
		}
		s.take(&b)
	}
}

// interrupted notes that the watch has ended: reads go to the source until it is connected again.
func (s *Shared) interrupted(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live, s.again = false, true
	if errors.Is(err, etcdsource.ErrReplaced) {
		s.ended = err
		s.wake()
	}
}

// take keeps the changes of a batch.
func (s *Shared) take(b *etcdsource.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = b.Status.State == etcdsource.Live || b.Status.State == etcdsource.Connecting && len(b.Events) > 0
	if !b.Lost.Empty() {
		s.lose(b.Lost.To)
	}
	if (s.from == 0 || s.again) && b.Revision > 0 {
		begin := b.Revision + 1
		if len(b.Events) > 0 {
			begin = b.Events[0].Mod
		}
		if s.again && s.from > 0 && begin > s.rev+1 {
			s.lose(begin - 1)
		} else if s.from == 0 {
			s.from = begin
		}
		s.again = false
	}
	s.live = s.live && !s.again
	for i := range b.Events {
		if b.Events[i].Mod > s.rev { // a member that is behind sends once more what has come
			s.keep(&b.Events[i])
		}
	}
	s.trim()
	if b.Revision > s.rev || !b.Lost.Empty() {
		s.rev = max(s.rev, b.Revision)
		s.wake()
	}
}

// wake lets go on who waits for more.
func (s *Shared) wake() {
	close(s.moved)
	s.moved = make(chan struct{})
}
