package report

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/report"
)

// The report of a running store is kept up with it while it is looked at: what was summed up once is kept, and only the
// changes that the watch brought since are added. The store is read again only where some of these were dropped.
//
//	tick ─► keepUp ─► the feed's changes since ─► runningReport ─► reportMsg
//
// It costs a part of one core at most: the next time is farther away the longer the last one took, and of more changes
// than maxKept only the last ones are looked at one by one, the others for the state of their objects.

const (
	reportEvery = 2 * time.Second  // between two times, at least
	reportShare = 4                // times as long as one took lie between two
	rereadAfter = 60 * time.Second // before a store is read again by itself
	maxKept     = 4000             // changes that are looked at one by one at a time
)

// runningReport is the report of a running store, kept between two times.
type runningReport struct {
	mu   sync.Mutex // held by the job that works on it
	made atomic.Pointer[reconcile.Report]

	events []events.Event // that another etcd keeps, about what had not converged
	read   time.Time      // when these were read
	of     int64          // the revision of that etcd, 0 for now
}

// upTo is the revision up to which changes are in it, 0 where there is none.
func (r *runningReport) upTo() int64 {
	if r == nil || r.made.Load() == nil {
		return 0
	}
	return r.made.Load().UpTo()
}

// since are the changes of the feed after a revision; ok is false where some are missing, or have lost their values.
func (f *Feature) since(rev int64) (events []etcdsource.Event, ok bool) {
	items := f.v.State.Feed.Items()
	from := len(items)
	for ; from > 0; from-- {
		it := &items[from-1]
		if it.Gap.Empty() && it.Event.Mod <= rev || !it.Gap.Empty() && it.Gap.To <= rev {
			break
		}
		if !it.Gap.Empty() || it.ValueGone {
			return nil, false
		}
	}
	for i := from; i < len(items); i++ {
		events = append(events, items[i].Event)
	}
	return events, true
}

// keepUp adds to a report that is looked at what was written since; where the store has to be read again, so many bytes of it, 0 for all.
func (f *Feature) keepUp(looked bool, most int64) tea.Cmd {
	s := &f.summing
	if !looked || f.v.State.At != 0 || !f.v.State.Info.Running || s.busy || s.gen != f.v.State.Gen ||
		s.head == f.v.State.Head || f.v.Panes.Style.Now.Before(s.next) {
		return nil
	}
	if f.running != nil {
		if _, ok := f.since(f.running.upTo()); !ok && f.v.Panes.Style.Now.Sub(s.whole) < rereadAfter {
			return nil
		}
	}
	return f.sumUpAgain(most)
}

// joined adds to a content the Events of an etcd of their own, about what has not converged. They are read again after
// rereadAfter only; a content without them says why.
func (s *summer) joined(ctx context.Context, kept *runningReport, c *report.Content) *report.Content {
	if s.events == nil || len(c.Waiting) == 0 {
		return c
	}
	c.Etcd = clean.Key([]byte(s.events.Target.Etcd))
	if kept.read.IsZero() || time.Since(kept.read) > rereadAfter || kept.of != s.events.At {
		list, _, err := events.Read(ctx, s.events.Opened, s.events.At, "", func(*events.Event) bool { return true })
		if err != nil {
			c.Note = "The Events in etcd " + c.Etcd + " cannot be read: " + clean.Error(err) + "."
			return c
		}
		kept.events, kept.read, kept.of = list, time.Now(), s.events.At
	}
	c.Events = kept.events
	return c
}
