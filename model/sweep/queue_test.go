package sweep

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// TestQueueOrder: results come in the order in which the batches were put, all of them once Flush or Close returns, and few
// wait.
func TestQueueOrder(t *testing.T) {
	t.Parallel()
	var got []int
	put := 0
	q := NewQueue(t.Context(), func(i int) (int, error) {
		for range rand.IntN(20) {
			runtime.Gosched()
		}
		return i, nil
	}, func(i int) error {
		if got = append(got, i); put-len(got) > 2*Workers() {
			t.Errorf("%d wait", put-len(got))
		}
		return nil
	})
	for i := range 2000 {
		put++
		if err := q.Put(i); err != nil {
			t.Fatal(err)
		}
		if i == 999 {
			if err := q.Flush(); err != nil || len(got) != 1000 {
				t.Fatal(len(got), err)
			}
		}
	}
	if err := q.Close(); err != nil || len(got) != 2000 {
		t.Fatal(len(got), err)
	}
	for i, v := range got {
		if v != i {
			t.Fatalf("result %d is %d", i, v)
		}
	}
}

// TestQueueErrors: what comes before a failure is taken and nothing behind it, whether it is work that fails or take, and
// Close returns the error; so it does where work panics and where the context ends.
func TestQueueErrors(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"work", "take"} {
		taken := 0
		q := NewQueue(t.Context(), func(i int) (int, error) {
			if stage == "work" && i == 37 {
				return 0, errTest
			}
			return i, nil
		}, func(i int) error {
			if stage == "take" && i == 37 {
				return errTest
			}
			taken++
			return nil
		})
		var err error
		for i := 0; i < 100 && err == nil; i++ {
			err = q.Put(i)
		}
		if closed := q.Close(); !errors.Is(err, errTest) || !errors.Is(closed, errTest) || taken != 37 {
			t.Errorf("%s: %d taken, %v, %v", stage, taken, err, closed)
		}
	}
	q := NewQueue(t.Context(), func(int) (int, error) { panic("planted") }, func(int) error { return nil })
	_ = q.Put(1)
	if err := q.Close(); err == nil || !strings.Contains(err.Error(), "planted") {
		t.Errorf("a panic: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	q = NewQueue(ctx, func(i int) (int, error) { <-ctx.Done(); return i, ctx.Err() }, func(int) error { return nil })
	_ = q.Put(1)
	cancel()
	if err := q.Close(); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
}
