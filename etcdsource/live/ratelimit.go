package live

import (
	"context"
	"sync"
	"time"
)

// bucket hands out the right to send a request: burst of them at once, then rate a second. While somebody waits for a
// request of the user's, background requests stand back.
type bucket struct {
	mu      sync.Mutex
	rate    float64 // tokens a second; not positive: no bound
	burst   float64
	tokens  float64
	last    time.Time
	waiting int // requests of the user's that wait
}

const burst = 400 // requests that may be sent at once

func newBucket(rate float64) *bucket {
	return &bucket{rate: rate, burst: burst, tokens: burst, last: time.Now()}
}

type backgroundKey struct{}

// Background marks a context whose requests stand back behind those that the user waits for.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

func isBackground(ctx context.Context) bool { return ctx.Value(backgroundKey{}) != nil }

// take waits until a request may be sent, or until the context ends.
func (b *bucket) take(ctx context.Context) error {
	if b.rate <= 0 {
		return ctx.Err()
	}
	back := isBackground(ctx)
	wait := b.try(back, true)
	if wait == 0 {
		return ctx.Err()
	}
	if !back {
		defer b.leave()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		if wait = b.try(back, false); wait == 0 {
			return nil
		}
		timer.Reset(wait)
	}
}

// try takes a token and returns 0, or returns how long to wait before the next try. first registers one of the
// user's that has to wait.
func (b *bucket) try(back, first bool) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	b.last = now
	need := 1.0
	if back {
		// A tenth of the burst is kept for the user.
		need += b.burst/10 + float64(b.waiting)
	}
	if b.tokens >= need {
		b.tokens--
		return 0
	}
	if first && !back {
		b.waiting++
	}
	return max(time.Duration((need-b.tokens)/b.rate*float64(time.Second)), time.Millisecond)
}

func (b *bucket) leave() {
	b.mu.Lock()
	b.waiting--
	b.mu.Unlock()
}
