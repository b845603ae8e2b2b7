package schedule

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// only is what a folder says of its one schedule.
func only(t *testing.T, f *Folder) etcdsource.Schedule {
	t.Helper()
	list, _, err := Schedules(context.Background(), f)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	return list[0]
}

// TestInterrupted: a run whose process is killed is under way as long as its lock is held, and was interrupted from then on; the next
// process notes that, and does not wait for its time.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	first, dir := started(t, etcdtest.New(t), etcdsource.ScheduleOptions{Every: 6 * time.Hour})
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, kill := context.WithCancel(etcdtest.Within(t, time.Minute))
	if err := first.full(ctx); err != nil {
		t.Fatal(err)
	}
	good := first.save
	first.save = func(ctx context.Context, _ etcdsource.Source, _ string) (backup.Result, error) {
		if s := only(t, f); s.Result != "" || s.Last.IsZero() || s.Stopped {
			t.Errorf("while it runs: %+v", s)
		}
		kill()
		return backup.Result{}, ctx.Err()
	}
	if err := first.full(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if s := only(t, f); s.Result != "" || s.Stopped {
		t.Errorf("its process holds the lock: %+v", s)
	}
	own := first.Shelf.(*Folder)
	own.lock.file.Close() // as the end of a process does
	if s := only(t, f); s.Result != etcdsource.RunInterrupted || !s.Stopped {
		t.Errorf("no process holds the lock: %+v", s)
	}
	if _, release, err := f.Lock(t.Context(), first.cluster); err != nil {
		t.Fatal(err)
	} else {
		defer release()
	}
	next := &runner{Config: first.Config, cluster: first.cluster}
	next.Shelf, next.save = f, good
	if err := next.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if due := next.due(t.Context()); due.After(time.Now()) {
		t.Errorf("the next one is due at %v", due)
	}
	if next.index.Last.Result != etcdsource.RunInterrupted || next.index.Next.IsZero() {
		t.Errorf("%+v, next at %v", next.index.Last, next.index.Next)
	}
	if next.Every = 0; next.begin(t.Context()) != nil || !next.index.Next.IsZero() {
		t.Errorf("no process keeps the schedule, and the next one is due at %v", next.index.Next)
	}
}

// TestHeldDoesNotLock: whoever asks whether a lock is held keeps no process from taking it.
func TestHeldDoesNotLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *Folder {
		f, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	asks, locks := open(), open()
	if held, known := asks.Held(t.Context(), "c1"); held || !known {
		t.Errorf("nothing is there yet: %v, %v", held, known)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
				asks.Held(context.Background(), "c1")
			}
		}
	}()
	for range 300 {
		_, release, err := locks.Lock(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		if held, known := open().Held(t.Context(), "c1"); !held || !known {
			t.Fatal("it is held")
		}
		release()
	}
	close(stop)
	<-done
}

// TestUnreached: a schedule that does not reach its cluster is listed, with its reason and how often it failed in a row, and is not
// once it does; its record holds no credential.
func TestUnreached(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	good, _ := started(t, s, etcdsource.ScheduleOptions{})
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	down := true
	c := Config{Shelf: f, From: Origin([]string{"https://u:CANARY@etcd-1.example:2379"}), ScheduleOptions: etcdsource.ScheduleOptions{Every: time.Hour},
		Open: func(ctx context.Context) (etcdsource.Source, error) {
			if down {
				return nil, &etcdsource.Problem{Tried: "connect to etcd", Why: "no route to host", Err: errDown}
			}
			return good.Open(ctx)
		},
		wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	if err := Run(t.Context(), c); !errors.Is(err, etcdsource.ErrFailures) {
		t.Fatal(err)
	}
	got := only(t, f)
	if got.From != "https://etcd-1.example:2379" || got.Failures != 3 || got.Result != resultFailed || !strings.Contains(got.Error, "no route to host") || got.Every != "1h" || !got.Next.IsZero() {
		t.Errorf("%+v", got)
	}
	c.Every = 0
	if err := Run(t.Context(), c); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	if got = only(t, f); got.Failures != 4 || got.Every != "" {
		t.Errorf("%+v", got)
	}
	files, _ := filepath.Glob(filepath.Join(dir, ownFolder, "*"))
	for _, file := range files {
		if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), "CANARY") {
			t.Errorf("%s: %s, %v", file, text, err)
		}
	}
	down = false
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got = only(t, f); got.Cluster == "" || got.Result != resultOK {
		t.Errorf("%+v", got)
	}
}

// TestKeptFailureListed: that nothing could be removed is listed, until a run removes what it is to.
func TestKeptFailureListed(t *testing.T) {
	t.Parallel()
	r, dir := started(t, etcdtest.New(t), etcdsource.ScheduleOptions{Keep: etcdsource.KeepRule{Last: 1}})
	own := r.Shelf.(*Folder)
	at := time.Now()
	r.now = func() time.Time { at = at.Add(time.Second); return at }
	r.Shelf = &refusing{own}
	for n := range 4 {
		if n == 3 {
			r.Shelf = own
		}
		if err := r.full(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, files := only(t, own), 0
		list, _ := filepath.Glob(filepath.Join(dir, "*.db"))
		files = len(list)
		want := []string{"", "remove: retention until tomorrow", "remove: retention until tomorrow; and 1 more were not removed", ""}[n]
		if got.Warning != want || got.Result != resultOK {
			t.Errorf("run %d, %d files: %+v", n, files, got)
		}
	}
}

// refusing removes nothing.
type refusing struct{ *Folder }

func (r *refusing) Remove(context.Context, etcdsource.Kept) error {
	return &etcdsource.Problem{Tried: "remove", Why: "retention until tomorrow"}
}

// TestUsual: of single runs that a timer starts it is known when the next one is expected; not of too few, nor of irregular ones.
func TestUsual(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		minutes []int
		want    time.Duration
	}{
		"a timer":                    {[]int{0, 360, 725, 1080, 1443}, 6 * time.Hour},
		"too few":                    {[]int{0, 360, 720}, 0},
		"none":                       {nil, 0},
		"by hand":                    {[]int{0, 10, 400, 420, 3000}, 0},
		"a timer that was out once":  {[]int{0, 360, 720, 1440, 1800, 2160, 2520, 2880}, 6 * time.Hour},
		"a timer and one by hand":    {[]int{0, 360, 720, 900, 1080, 1440, 1800, 2160, 2520}, 6 * time.Hour},
		"more often than a minute":   {[]int{0, 0, 0, 0, 0, 0}, 0},
		"a clock that was set back":  {[]int{0, 360, 720, -90000, -89640, -89280}, 6 * time.Hour},
		"daily, on a schedule again": {[]int{0, 1440, 2880, 4320, 5760}, 24 * time.Hour},
	} {
		x := &index{}
		for _, m := range c.minutes {
			x.began(at.Add(time.Duration(m)*time.Minute), 0, 0)
		}
		got := x.usual()
		if (got - c.want).Abs() > c.want/50 {
			t.Errorf("%s: %v", name, got)
		}
		s := x.schedule()
		if (c.want > 0) == s.Next.IsZero() || c.want > 0 && !s.Next.Equal(x.Last.Began.Add(got)) {
			t.Errorf("%s: next at %v", name, s.Next)
		}
		if x.began(at, time.Hour, 0); x.usual() != 0 {
			t.Errorf("%s: a process keeps it now", name)
		}
	}
}

// TestStarted: where what starts single runs says how often it does, the next run is expected from the first one on, also after one by
// hand, and while the cluster is not reached.
func TestStarted(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	s.Put("a")
	r, dir := started(t, s, etcdsource.ScheduleOptions{Started: 6 * time.Hour})
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx := etcdtest.Within(t, time.Minute)
	expects := func(when string, began time.Time) {
		t.Helper()
		if got := only(t, f); got.Started != "6h" || got.Usual != 6*time.Hour || got.Next.Sub(began.Add(6*time.Hour)).Abs() > 5*time.Second || got.Stopped {
			t.Errorf("%s: %+v", when, got)
		}
	}
	first := time.Now()
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	expects("after the first run", first)
	r.Started, r.now = 0, func() time.Time { return first.Add(time.Hour) }
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	expects("after one by hand", first)
	r.Every = time.Hour
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	if got := only(t, f); got.Started != "" || got.Usual != 0 {
		t.Errorf("a process keeps it now: %+v", got)
	}

	down := &runner{Config: Config{ScheduleOptions: etcdsource.ScheduleOptions{Started: 6 * time.Hour}, Shelf: f, From: "https://h:2379"}}
	down.defaults()
	down.unreached(ctx, first, &etcdsource.Problem{Tried: "connect", Why: "no route"}, time.Time{})
	got, ok := unreachedIn(ctx, f, down.downName(), first.Add(time.Minute))
	if !ok || got.Started != "6h" || got.Next.Sub(first.Add(6*time.Hour)).Abs() > time.Second {
		t.Errorf("not reached: %+v", got)
	}
}

// TestRemovedByOthers: a backup that somebody else removed is not said to have been removed by this program.
func TestRemovedByOthers(t *testing.T) {
	t.Parallel()
	var events []etcdsource.ScheduleEvent
	r, dir := started(t, etcdtest.New(t), etcdsource.ScheduleOptions{Keep: etcdsource.KeepRule{Last: 1}, Report: func(e etcdsource.ScheduleEvent) { events = append(events, e) }})
	at := time.Now()
	r.now = func() time.Time { at = at.Add(time.Second); return at }
	for n := range 3 {
		events = nil
		if err := r.full(t.Context()); err != nil {
			t.Fatal(err)
		}
		last := events[len(events)-1]
		if got := strings.Contains(last.Warning, "was not there any more"); got != (n == 1) || (len(last.Removed) == 1) != (n == 2) {
			t.Errorf("run %d: %+v", n, last)
		}
		if n == 0 {
			list, _ := filepath.Glob(filepath.Join(dir, "*.db"))
			if len(list) != 1 || os.Remove(list[0]) != nil {
				t.Fatal(list)
			}
		}
	}
}
