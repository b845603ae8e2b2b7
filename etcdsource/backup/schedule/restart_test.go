package schedule

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// TestLastBackupGone: a schedule that is started again waits only where the last backup is what was put there; else it makes one at
// once, and says why.
func TestLastBackupGone(t *testing.T) {
	t.Parallel()
	for how, c := range map[string]struct {
		change func(file string) error
		say    string // "": it waits
	}{
		"as it was": {func(string) error { return nil }, ""},
		"removed":   {os.Remove, "is not there any more"},
		"shorter":   {func(file string) error { return os.Truncate(file, 20) }, "is not what was put there"},
		"other end": {func(file string) error {
			st, err := os.Stat(file)
			if err != nil {
				return err
			}
			return errors.Join(os.Truncate(file, st.Size()-1), os.Truncate(file, st.Size()))
		}, "is not what was put there"},
	} {
		w := &world{t: t, rand: rand.New(rand.NewPCG(1, 1)), dir: t.TempDir(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		f, err := OpenFolder(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		said := ""
		start := func() *runner {
			r := &runner{Config: Config{ScheduleOptions: etcdsource.ScheduleOptions{Every: 6 * time.Hour, Keep: etcdsource.KeepRule{Last: 1},
				Report: func(e etcdsource.ScheduleEvent) { said += e.Warning }}, Shelf: f, now: func() time.Time { return w.now }, save: w.save}}
			r.defaults()
			r.cluster = "c1"
			if err := r.begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := start()
		if err := w.full(r); err != nil {
			t.Fatal(err)
		}
		if err := c.change(filepath.Join(w.dir, r.index.newest(Full).Name)); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(31 * time.Second)
		due := start().due(t.Context())
		if want := c.say == ""; due.After(w.now) != want || !want && !strings.Contains(said, c.say) {
			t.Errorf("%s: at %v the next one is due at %v, and it said %q", how, w.now, due, said)
		}
	}
}
