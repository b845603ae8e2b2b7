package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
)

// Config is what a schedule needs.
type Config struct {
	etcdsource.ScheduleOptions
	Shelf etcdsource.Shelf
	// From names where Open connects to, as Origin does: under that name the place lists a schedule that does not get there.
	// "" lists none.
	From string
	// Open connects to the cluster; each full snapshot has a connection of its own.
	Open func(context.Context) (etcdsource.Source, error)
	// UID returns the uid of the namespace that a stored value holds; it may be nil.
	UID func(value []byte) string
	// Saved is called with each full snapshot that has got its name; it may be nil.
	Saved func(context.Context, backup.Result)
	// Progress is called while a snapshot is saved; it may be nil.
	Progress func(backup.Step)

	now  func() time.Time // nil: the clock
	wait func(ctx context.Context, d time.Duration) error
	save saveFunc // nil: from the source
}

// saveFunc saves a verified snapshot into a file that is not there yet.
type saveFunc func(ctx context.Context, src etcdsource.Source, file string) (backup.Result, error)

// mostFailures in a row end a schedule.
const mostFailures = 3

// Run makes backups until the context ends, which is no error, or until three of its runs in a row have failed: etcdsource.ErrFailures. Without
// Every it makes one. Errors before the first run are *etcdsource.Problem.
func Run(ctx context.Context, c Config) error {
	r := &runner{Config: c}
	r.defaults()
	src, err := r.first(ctx)
	if err != nil || src == nil {
		return err
	}
	defer func() { r.close(src) }()
	if err := r.identify(src); err != nil {
		return err
	}
	lost, release, err := r.Shelf.Lock(ctx, r.cluster)
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(lost, func() { cancel(lostBy(context.Cause(lost))) })()
	if err := r.begin(ctx); err != nil {
		return err
	}
	if e, ok := r.Shelf.(etcdsource.Exposing); ok {
		if say := e.Exposed(ctx); say != "" {
			r.Report(etcdsource.ScheduleEvent{Warning: say})
		}
	}
	r.src = src
	src = nil
	defer r.stop()
	if r.Every == 0 {
		err = r.full(ctx)
	} else {
		err = r.loop(ctx)
	}
	if lost.Err() != nil {
		return lostBy(context.Cause(lost))
	}
	return err
}

// lostBy says that the lock was lost, and why where that is known.
func lostBy(why error) error {
	if errors.Is(why, etcdsource.ErrLockLost) {
		return why
	}
	return etcdsource.ErrLockLost
}

// first connects for the first time. On a schedule it tries again, as often as a run may fail; nil where it was asked to stop.
func (r *runner) first(ctx context.Context) (etcdsource.Source, error) {
	for n := 1; ; n++ {
		began := r.now()
		src, err := r.Open(ctx)
		var down *etcdsource.Problem
		switch {
		case err == nil:
			r.reached(ctx)
			return src, nil
		case r.Every == 0 || ctx.Err() == nil && !errors.As(err, &down):
			if ctx.Err() == nil {
				r.unreached(ctx, began, err, time.Time{})
			}
			return src, err
		case ctx.Err() != nil:
			return nil, nil
		}
		event := etcdsource.ScheduleEvent{Kind: Full, Err: err, Failures: n}
		pause := min(retries[min(n, len(retries))-1], r.Every)
		if n < mostFailures {
			event.Next = r.now().Add(pause)
		}
		r.unreached(ctx, began, err, event.Next)
		r.Report(event)
		if n >= mostFailures {
			return nil, failures(err)
		}
		if r.wait(ctx, pause) != nil {
			return nil, nil
		}
	}
}

func failures(err error) error { return fmt.Errorf("%w: %w", etcdsource.ErrFailures, err) }

// runner is a schedule that runs.
type runner struct {
	Config
	cluster string
	stage   string
	index   *index
	src     etcdsource.Source // nil: to be opened
	deltas  *chain            // nil: none is made now
	next    time.Time         // when the next full snapshot is due
	failed  int               // full snapshots in a row, in this process: the index counts those of earlier ones too
}

func (r *runner) defaults() {
	if r.now == nil {
		r.now = time.Now
	}
	if r.wait == nil {
		r.wait = wait
	}
	if r.Report == nil {
		r.Report = func(etcdsource.ScheduleEvent) {}
	}
	if r.save == nil {
		r.save = r.guarded
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *runner) close(src etcdsource.Source) {
	if src != nil {
		src.Close()
	}
}

// stop ends the watch and the connection.
func (r *runner) stop() {
	r.deltas.stop()
	r.deltas = nil
	r.close(r.src)
	r.src = nil
}

// identify finds out which cluster it is.
func (r *runner) identify(src etcdsource.Source) error {
	if _, err := etcdsource.As[etcdsource.Saver](src); err != nil {
		return err
	}
	id, err := etcdsource.As[etcdsource.Identified](src)
	if err != nil || id.ClusterID() == 0 {
		return &etcdsource.UnsupportedError{What: "keep backups on a schedule", Why: "the source does not say which etcd cluster it is; only a running cluster does"}
	}
	r.cluster = fmt.Sprintf("%016x", id.ClusterID())
	return nil
}

// begin reads the index, and settles what a process that was killed has left.
func (r *runner) begin(ctx context.Context) (err error) {
	if r.stage, err = r.Shelf.Stage(r.cluster); err != nil {
		return err
	}
	r.index, err = readIndex(ctx, r.Shelf, r.cluster)
	if errors.Is(err, errIndex) {
		err = r.setAside(ctx, err)
	}
	if err != nil {
		return err
	}
	if left := r.index.leftAlone(); left != "" {
		r.Report(etcdsource.ScheduleEvent{Warning: "the index of backups, " + indexName(r.cluster) + ": " + left})
	}
	r.index.Every, r.index.Delta = short(r.Every), short(r.Delta)
	if r.Every == 0 {
		r.index.Next = time.Time{} // of a process that kept a schedule before
	}
	if last := &r.index.Last; !last.Began.IsZero() && last.Result == "" {
		last.Result = etcdsource.RunInterrupted
	}
	return r.settle(ctx)
}

// short is a duration without its zeros at the end: 6h, 5m, 90s; "" for none.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

// setAside keeps an index that cannot be read under another name, and begins a new one: what the old one listed is never
// removed.
func (r *runner) setAside(ctx context.Context, why error) error {
	text, err := r.Shelf.Index(ctx, indexName(r.cluster))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s.damaged-%d", r.cluster, r.now().Unix())
	if err := r.Shelf.SetIndex(ctx, name, text); err != nil {
		return err
	}
	r.Report(etcdsource.ScheduleEvent{Warning: fmt.Sprintf("%v: it is kept as %s, and a new one begins; backups from before are never removed by this program", why, name)})
	r.index = &index{Version: indexVersion, Cluster: r.cluster}
	return r.index.write(ctx, r.Shelf)
}

// settle looks at entries that were being written when a process was killed: what has got its name was verified before, and of
// what was uploaded all is compared.
func (r *runner) settle(ctx context.Context) error {
	changed := false
	for i := len(r.index.Entries) - 1; i >= 0; i-- {
		e := &r.index.Entries[i]
		if e.Verdict != pending {
			continue
		}
		look := r.Shelf.Look
		if c, ok := r.Shelf.(etcdsource.Confirming); ok {
			look = c.Confirm
		}
		p, err := look(ctx, e.kept())
		if err != nil {
			return err
		}
		changed = true
		if p == etcdsource.Present {
			e.Verdict = verified
		} else {
			r.index.forget(e.Serial)
		}
	}
	if !changed {
		return nil
	}
	return r.index.write(ctx, r.Shelf)
}

// loop makes full snapshots when they are due, and delta snapshots between them.
func (r *runner) loop(ctx context.Context) error {
	due := r.due(ctx)
	for {
		if err := r.rest(ctx, due); err != nil {
			return nil // it was asked to stop
		}
		err := r.full(ctx)
		switch {
		case errors.Is(err, etcdsource.ErrLockLost):
			return err
		case ctx.Err() != nil:
			return nil
		case err != nil && r.failed >= mostFailures:
			return failures(err)
		}
		due = r.next
	}
}
