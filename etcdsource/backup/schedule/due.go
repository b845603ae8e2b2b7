package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// due is when the first full snapshot is to be made: with deltas at once, for nothing was watched until now; else so long
// after the last one as was asked for, where that is still what was put there, and never later than that from now, whatever the
// clock was then.
func (r *runner) due(ctx context.Context) time.Time {
	now, last := r.now(), r.index.newest(Full)
	if last == nil || r.Delta > 0 || r.index.Last.Result == resultFailed || r.index.Last.Result == etcdsource.RunInterrupted {
		return now
	}
	due := last.Made.Add(r.Every)
	if due.Before(now) || due.After(now.Add(r.Every)) {
		return now
	}
	if why := r.missing(ctx, last); why != "" {
		r.Report(etcdsource.ScheduleEvent{Warning: fmt.Sprintf("the last backup, %s, %s: the next one is made now", last.Name, why)})
		return now
	}
	r.note(ctx, due)
	r.Report(etcdsource.ScheduleEvent{Warning: fmt.Sprintf("the last backup, %s, is %s old; the next one is due at %s", last.Name, now.Sub(last.Made).Round(time.Second), due.UTC().Format(time.RFC3339)), Next: due})
	return due
}

// missing says why a backup of the index is no reason to wait; "" where the file is there.
func (r *runner) missing(ctx context.Context, e *Entry) string {
	switch p, err := r.Shelf.Look(ctx, e.kept()); {
	case err != nil:
		return "cannot be looked at (" + err.Error() + ")"
	case p == etcdsource.Absent:
		return "is not there any more"
	case p == etcdsource.Other:
		return "is not what was put there: its size or its last bytes differ"
	}
	return ""
}

// jitterShare is the part of the time between two runs by which one may be late, so that many clusters do not begin at once.
const jitterShare = 20

// The times after which a run that has failed is tried again, where the next one is not due before.
var retries = []time.Duration{time.Minute, 5 * time.Minute}

// pause is how long the next full snapshot is away.
func (r *runner) pause(err error) time.Duration {
	if n := r.failed; err != nil && n > 0 {
		return min(retries[min(n, len(retries))-1], r.Every)
	}
	return r.Every + rand.N(max(min(r.Every/jitterShare, 5*time.Minute), 1))
}

// note writes down when the next run is due.
func (r *runner) note(ctx context.Context, due time.Time) {
	r.index.Next = due.UTC().Round(time.Second)
	if err := r.index.write(ctx, r.Shelf); err != nil && ctx.Err() == nil {
		r.Report(etcdsource.ScheduleEvent{Warning: err.Error()})
	}
}

// rest waits until a full snapshot is due, and makes delta snapshots meanwhile. Where changes were missed the full one is due
// at once.
func (r *runner) rest(ctx context.Context, due time.Time) error {
	for {
		left := due.Sub(r.now())
		if left <= 0 {
			return ctx.Err()
		}
		if r.deltas == nil {
			if err := r.wait(ctx, min(left, longest)); err != nil {
				return err
			}
			continue
		}
		gap, err := r.deltas.until(ctx, min(left, r.Delta))
		if err != nil {
			return err
		}
		if gap == nil {
			gap = r.delta(ctx)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if gap != nil {
			r.Report(etcdsource.ScheduleEvent{Warning: fmt.Sprintf("the delta snapshots end here, a full snapshot follows: %v", gap)})
			r.deltas.stop()
			r.deltas = nil
			due = r.soon(due)
		}
	}
}

// longest is how long the clock is not looked at, so that one that was set is noticed.
const longest = time.Minute

// soon is when a full snapshot follows on deltas that have ended: not at once where one was just made.
func (r *runner) soon(due time.Time) time.Time {
	at := r.now()
	if last := r.index.newest(Full); last != nil && last.Made.Add(r.Delta).After(at) {
		at = last.Made.Add(r.Delta)
	}
	if at.Before(due) {
		return at
	}
	return due
}
