package live

import (
	"context"
	"sync"
	"time"
)

// bucket hands out the right to send a request: burst of them at once, then rate a second. While a request of the user's waits,
// background requests wait behind it. What asks how the members are waits for nothing that is read beside it, else a member would
// seem not to answer: it borrows from the requests that follow.
type bucket struct {
	mu      sync.Mutex
	rate    float64 // tokens a second; not positive: no bound
	burst   float64
	tokens  float64 // below 0 while some are borrowed
	last    time.Time
	waiting int // requests of the user's that wait
}

const (
	burst    = 400        // requests that may be sent at once
	borrowed = burst / 10 // and how many more of those that ask how the members are
)

func newBucket(rate float64) *bucket {
	return &bucket{rate: rate, burst: burst, tokens: burst, last: time.Now()}
}

// urgency is what a request is for.
type urgency int

const (
	usual      urgency = iota
	background         // it waits for those that the user waits for, and leaves a tenth of the burst to these
	checking           // it asks how the members are, and has little time for that
)

type urgencyKey struct{}

// of marks a context with what its requests are for.
func (u urgency) of(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgencyKey{}, u)
}

// take waits until a request may be sent, or until the context ends.
func (b *bucket) take(ctx context.Context) error {
	if b.rate <= 0 {
		return ctx.Err()
	}
	u, _ := ctx.Value(urgencyKey{}).(urgency)
	wait := b.try(u, true)
	if wait == 0 {
		return ctx.Err()
	}
	if u == usual {
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
		if wait = b.try(u, false); wait == 0 {
			return nil
		}
		timer.Reset(wait)
	}
}

// try takes a token and returns 0, or returns how long to wait before the next try. first registers one of the
// user's that has to wait.
func (b *bucket) try(u urgency, first bool) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	b.last = now
	need := 1.0
	switch u {
	case background:
		need += b.burst/10 + float64(b.waiting)
	case checking:
		need -= borrowed
	}
	if b.tokens >= need {
		b.tokens--
		return 0
	}
	if first && u == usual {
		b.waiting++
	}
	return max(time.Duration((need-b.tokens)/b.rate*float64(time.Second)), time.Millisecond)
}

func (b *bucket) leave() {
	b.mu.Lock()
	b.waiting--
	b.mu.Unlock()
}
