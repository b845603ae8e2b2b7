package schedule

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// full makes a full snapshot, notes how that ended, and says so.
func (r *runner) full(ctx context.Context) error {
	began := r.now()
	r.index.began(began.UTC(), r.Every, r.Started)
	if err := r.index.write(ctx, r.Shelf); errors.Is(err, etcdsource.ErrLockLost) { // that it runs; other errors end it where it needs the place
		return err
	}
	var before *Entry
	if last := r.index.newest(Full); last != nil {
		copied := *last
		before = &copied // entries move
	}
	e, err := r.makeFull(ctx)
	switch {
	case errors.Is(err, etcdsource.ErrLockLost):
		return err
	case ctx.Err() != nil && err != nil:
		return ctx.Err() // it was asked to stop: that is no failure
	}
	event := etcdsource.ScheduleEvent{Kind: Full, Err: err, Took: r.now().Sub(began)}
	if err == nil {
		event.Removed, err = r.prune(ctx)
		event.Path, event.Revision, event.Bytes, event.SHA256 = r.path(e.Name), e.Revision, e.Bytes, e.Tail
		if err != nil {
			event.Warning, err = err.Error(), nil
		}
		event.Warning = joined(setBack(before, e), event.Warning)
	}
	r.ended(ctx, &event, e)
	r.Report(event)
	return err
}

// ended notes in the index how a run ended.
func (r *runner) ended(ctx context.Context, event *etcdsource.ScheduleEvent, e *Entry) {
	last := &r.index.Last
	last.Ended, last.Result, last.Error, last.Name = r.now().UTC(), resultOK, "", ""
	r.index.Next = time.Time{}
	if event.Err != nil {
		last.Result, last.Error = resultFailed, event.Err.Error()
		r.index.Failures++
		r.failed++
	} else {
		last.Name, r.index.Failures, r.failed = e.Name, 0, 0
	}
	event.Failures, r.index.Warning = r.index.Failures, event.Warning
	if r.Every > 0 && r.failed < mostFailures {
		r.next = r.now().Add(r.pause(event.Err))
		event.Next, r.index.Next = r.next, r.next.UTC().Round(time.Second)
	}
	if err := r.index.write(ctx, r.Shelf); err != nil && ctx.Err() == nil {
		event.Warning = joined(event.Warning, err.Error())
	}
}

// joined joins two warnings, each of which may be "".
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// setBack says so where a full snapshot is of a lower revision than the one before it.
func setBack(before, now *Entry) string {
	if before == nil || now == nil || before.UID != now.UID || before.Revision <= now.Revision {
		return ""
	}
	return fmt.Sprintf("the store was set back, its member is behind, or a copy of it with the same cluster ID keeps its backups here: %s is of revision %d, and this one of %d; what is of a higher revision than the newest is not removed",
		before.Name, before.Revision, now.Revision)
}

// path is where a file of the shelf lies, for people.
func (r *runner) path(name string) string {
	return strings.TrimSuffix(r.Shelf.String(), "/") + "/" + name
}

// makeFull saves a snapshot, verifies it, and puts it in its place. With deltas a watch begins before it.
func (r *runner) makeFull(ctx context.Context) (*Entry, error) {
	r.deltas.stop()
	r.deltas = nil
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			r.stop() // the next one has a connection of its own
		}
	}()
	var watch *chain
	if r.Delta > 0 {
		var err error
		if watch, err = watchFrom(ctx, r.src); err != nil {
			return nil, err
		}
		r.deltas = watch
	}
	file := filepath.Join(r.stage, stagePrefix+"full.db")
	defer os.Remove(file)
	began := r.now() // what the snapshot does not hold was written later
	res, err := r.save(ctx, r.src, file)
	if err != nil {
		return nil, err
	}
	e, err := r.entry(file, &res, began)
	if err != nil {
		return nil, err
	}
	if watch != nil {
		if err := watch.base(e.Revision); err != nil {
			return nil, err
		}
		if err := r.gardener(ctx, e); err != nil {
			return nil, err
		}
	}
	if err := r.put(ctx, file, e, r.fullName); err != nil {
		return nil, err
	}
	if r.Saved != nil {
		res.Path = r.path(e.Name)
		r.Saved(ctx, res)
	}
	if keep = watch != nil; keep {
		watch.serial, watch.last = e.Serial, e.Revision
	}
	return e, nil
}

// connect opens the cluster, unless that was done, and makes sure that it is still the same one.
func (r *runner) connect(ctx context.Context) error {
	if r.src == nil {
		src, err := r.Open(ctx)
		if err != nil {
			return err
		}
		r.src = src
	}
	was := r.cluster
	err := r.identify(r.src)
	if err == nil && r.cluster != was {
		err = &etcdsource.Problem{Tried: "make a backup of cluster " + was, Why: "another cluster answers, " + r.cluster, Do: "start the schedule again where that is meant"}
	}
	r.cluster = was
	return err
}

// entry describes a snapshot that was saved and verified.
func (r *runner) entry(file string, res *backup.Result, began time.Time) (*Entry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: "read " + file, Why: disk.Why(err), Err: err}
	}
	defer f.Close()
	tail, err := tailOf(f)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: "read " + file, Why: disk.Why(err), Err: err}
	}
	e := &Entry{Kind: Full, Cluster: r.cluster, Revision: res.Revision, Keys: res.Keys, Bytes: res.Bytes, Tail: tail, Made: began.UTC()}
	if r.UID != nil && len(res.System) > 0 {
		e.UID = r.UID(res.System)
	}
	r.index.UID = e.UID
	return e, nil
}

// fullName is the n-th name for a full snapshot, from 1 on: deltas need that of Gardener.
func (r *runner) fullName(e *Entry, n int) string {
	if r.Delta > 0 {
		return fmt.Sprintf("v2/Full-%08d-%08d-%d", 0, e.Revision, e.Made.Unix()+int64(n-1))
	}
	stamp := e.Made.Format("20060102-150405")
	if n > 1 {
		stamp += fmt.Sprintf("-%d", n)
	}
	return "etcd-" + stamp + ".db"
}

// mostNames is how many names are tried: clocks are set back.
const mostNames = 100

// put notes a file as pending, gives it its name, and notes it as verified.
func (r *runner) put(ctx context.Context, file string, e *Entry, name func(e *Entry, n int) string) error {
	e.Verdict = pending
	for n := 1; ; n++ {
		e.Name = name(e, n)
		if r.index.lists(e.Name) {
			if n < mostNames {
				continue
			}
			return fmt.Errorf("%s: %w", e.Name, fs.ErrExist)
		}
		r.index.Serial++
		e.Serial = r.index.Serial
		r.index.Entries = append(r.index.Entries, *e)
		err := r.index.write(ctx, r.Shelf)
		if err == nil {
			k := e.kept()
			if err = r.Shelf.Put(ctx, file, &k); err == nil {
				e.SHA256 = k.SHA256
				break
			}
		}
		r.unput(ctx, e)
		if !errors.Is(err, fs.ErrExist) || n >= mostNames {
			return err
		}
	}
	e.Verdict = verified
	r.index.Entries[len(r.index.Entries)-1] = *e
	return r.index.write(ctx, r.Shelf)
}

// unput forgets a file that did not get its name. Where that is not certain, the next process looks.
func (r *runner) unput(ctx context.Context, e *Entry) {
	if p, err := r.Shelf.Look(ctx, e.kept()); err == nil && p != etcdsource.Present {
		r.index.forget(e.Serial)
	}
}

// prune removes what the rule does not keep. A file that is not what was put there is forgotten, and stays.
func (r *runner) prune(ctx context.Context) (removed []string, err error) {
	newest := r.index.newest(Full)
	if newest == nil {
		return nil, nil
	}
	if p, err := r.Shelf.Look(ctx, newest.kept()); err != nil || p != etcdsource.Present {
		return nil, errors.Join(errors.New("nothing was removed: the newest backup is not where it was put"), err)
	}
	var errs []error
	for _, e := range Drop(r.index.Entries, r.cluster, newest.UID, r.Keep) {
		p, err := r.Shelf.Look(ctx, e.kept())
		if err == nil && p == etcdsource.Absent {
			errs = append(errs, fmt.Errorf("%s was not there any more: this program did not remove it", e.Name))
			r.index.forget(e.Serial)
			continue
		}
		switch err := r.Shelf.Remove(ctx, e.kept()); {
		case errors.Is(err, etcdsource.ErrForeign):
			errs = append(errs, err)
		case err != nil:
			errs = append(errs, err)
			continue
		default:
			removed = append(removed, e.Name)
		}
		r.index.forget(e.Serial)
	}
	if len(errs) > 1 { // as a rule for one reason, in one line
		return removed, fmt.Errorf("%w; and %d more were not removed", errs[0], len(errs)-1)
	}
	return removed, errors.Join(errs...)
}

// gardener refuses a folder in which the layout of Gardener is not ours: readers take the snapshot with the highest revision
// for the newest.
func (r *runner) gardener(ctx context.Context, e *Entry) error {
	names, err := r.Shelf.Names(ctx, "v2")
	if err != nil {
		return err
	}
	tried := "write a full snapshot with deltas into " + r.path("v2")
	for _, n := range names {
		if (strings.HasPrefix(n, "Full-") || strings.HasPrefix(n, "Incr-")) && !r.index.lists("v2/"+n) {
			return &etcdsource.Problem{Tried: tried, Why: "it holds a snapshot that this schedule has not made, " + n, Do: "choose another folder"}
		}
	}
	newer := func(name string, revision int64) error {
		if !strings.HasPrefix(name, "v2/") || revision <= e.Revision {
			return nil
		}
		return &etcdsource.Problem{Tried: tried, Why: fmt.Sprintf("the store was set back: it is at revision %d, and %s is newer", e.Revision, name),
			Do: "choose another folder: readers take the highest revision for the newest"}
	}
	for i := range r.index.Entries {
		if err := newer(r.index.Entries[i].Name, r.index.Entries[i].Revision); err != nil {
			return err
		}
	}
	for _, o := range r.index.strange {
		if about, ok := archive.Named(o.name); ok {
			if err := newer(o.name, about.Revision); err != nil {
				return err
			}
		}
	}
	return nil
}
