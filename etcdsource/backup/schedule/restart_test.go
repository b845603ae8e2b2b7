package schedule

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestFailuresAfterRestart: a process that is started again has three attempts of its own, and the index counts on.
func TestFailuresAfterRestart(t *testing.T) {
	t.Parallel()
	first, _ := started(t, etcdtest.New(t), etcdsource.ScheduleOptions{Every: time.Hour})
	ctx := etcdtest.Within(t, 2*time.Minute)
	good := first.save
	process := func(bad int) (counted []int, failures int, err error) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		r := &runner{Config: first.Config, cluster: first.cluster}
		defer r.stop()
		r.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		at := time.Now()
		r.now = func() time.Time { at = at.Add(time.Minute); return at }
		r.save = func(ctx context.Context, src etcdsource.Source, file string) (backup.Result, error) {
			if bad--; bad >= 0 {
				return backup.Result{}, errDown
			}
			return good(ctx, src, file)
		}
		r.Report = func(e etcdsource.ScheduleEvent) {
			if e.Kind != Full {
				return
			}
			counted = append(counted, e.Failures)
			if (e.Err != nil && len(counted)%mostFailures == 0) != e.Next.IsZero() {
				t.Errorf("after attempt %d the next is due at %v", len(counted), e.Next)
			}
			if e.Err == nil {
				stop()
			}
		}
		if err := r.begin(ctx); err != nil {
			t.Fatal(err)
		}
		err = r.loop(ctx)
		x, rerr := readIndex(context.Background(), r.Shelf, r.cluster)
		if rerr != nil {
			t.Fatal(rerr)
		}
		return counted, x.Failures, err
	}
	for _, c := range []struct {
		bad   int
		want  []int
		total int
		ends  error
	}{
		{9, []int{1, 2, 3}, 3, etcdsource.ErrFailures},
		{9, []int{4, 5, 6}, 6, etcdsource.ErrFailures},
		{2, []int{7, 8, 0}, 0, nil},
		{9, []int{1, 2, 3}, 3, etcdsource.ErrFailures},
	} {
		counted, total, err := process(c.bad)
		if !slices.Equal(counted, c.want) || total != c.total || !errors.Is(err, c.ends) {
			t.Errorf("of %d failures: counted %v, in the index %d, %v; want %v, %d, %v", c.bad, counted, total, err, c.want, c.total, c.ends)
		}
	}
}
