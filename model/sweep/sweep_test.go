package sweep

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// count returns a next that yields 0, 1, … n-1.
func count(n int) func(context.Context) (int, error) {
	i := -1
	return func(context.Context) (int, error) {
		if i++; i >= n {
			return 0, io.EOF
		}
		return i, nil
	}
}

// TestOrder checks that results come in the order of what they were made from, though some take longer than others.
func TestOrder(t *testing.T) {
	t.Parallel()
	var got []int
	err := Run(t.Context(), count(2000), func(i int) (int, error) {
		for range rand.IntN(20) {
			runtime.Gosched()
		}
		return i * i, nil
	}, func(out int) error { got = append(got, out); return nil })
	if err != nil || len(got) != 2000 {
		t.Fatal(len(got), err)
	}
	for i, v := range got {
		if v != i*i {
			t.Fatalf("result %d is %d", i, v)
		}
	}
}

var errTest = errors.New("test")

// TestErrors lets each stage fail: what comes before the failure is taken, nothing behind it is.
func TestErrors(t *testing.T) {
	t.Parallel()
	const at = 37
	for _, stage := range []string{"next", "work", "take"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			fails := func(s string, i int) error {
				if s == stage && i == at {
					return errTest
				}
				return nil
			}
			next, taken := count(100), 0
			err := Run(t.Context(), func(ctx context.Context) (int, error) {
				i, err := next(ctx)
				return i, errors.Join(err, fails("next", i))
			}, func(i int) (int, error) { return i, fails("work", i) },
				func(i int) error {
					if err := fails("take", i); err != nil {
						return err
					}
					taken++
					return nil
				})
			if !errors.Is(err, errTest) || taken != at {
				t.Errorf("%d taken, %v", taken, err)
			}
		})
	}
}

// TestCanceled ends the context while next waits, and while take has not come back for more.
func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	next := count(5)
	err := Run(ctx, func(ctx context.Context) (int, error) {
		i, err := next(ctx)
		if err == nil {
			return i, nil
		}
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	}, func(i int) (int, error) { return i, nil }, func(int) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPanic lets each goroutine panic: the pass ends with that.
func TestPanic(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"next", "work"} {
		next := count(1000)
		err := Run(t.Context(), func(ctx context.Context) (int, error) {
			i, err := next(ctx)
			if stage == "next" && i == 20 {
				panic("planted")
			}
			return i, err
		}, func(i int) (int, error) {
			if stage == "work" && i == 20 {
				panic("planted")
			}
			return i, nil
		}, func(int) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", stage, err)
		}
	}
}

// TestBounded checks how far reading runs ahead of a take that is slow, and that all cores work.
func TestBounded(t *testing.T) {
	t.Parallel()
	var ahead, most atomic.Int64
	next := count(500)
	var workers []int64
	var now atomic.Int64
	err := Run(t.Context(), func(ctx context.Context) (int, error) {
		i, err := next(ctx)
		most.Store(max(most.Load(), ahead.Add(1)))
		return i, err
	}, func(i int) (int64, error) {
		n := now.Add(1)
		defer now.Add(-1)
		time.Sleep(10 * time.Microsecond)
		return n, nil
	}, func(n int64) error {
		ahead.Add(-1)
		workers = append(workers, n)
		return nil
	})
	if limit := int64(4*Workers() + 4); err != nil || most.Load() > limit {
		t.Errorf("%v: %d batches at once, want at most %d", err, most.Load(), limit)
	}
	if w := slices.Max(workers); w > int64(Workers()) {
		t.Errorf("%d worked at once", w)
	}
}
