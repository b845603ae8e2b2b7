package report

import (
	"context"
	"errors"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/report"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// manyWrites is how many revisions a history may have that is simply waited for.
const manyWrites = 20_000

const (
	earlyEvery = time.Second      // how often what was found among the objects is shown
	earlyMost  = 10 * time.Second // for how long the history waits for that
)

// early is what is known of a large history before it is read.
type early struct {
	wanted  bool // the history is long
	account *overview.Account
	content *report.Content
	say     string // how far it is, safe text
}

// look finds what has not converged among the objects as they are, which takes a small part of the time that their history takes.
// What cannot be read leaves it to the history to say so.
func (s *summer) look(ctx context.Context, store reconcile.Store) {
	r := reconcile.NewReport(store, attribution.Options{Root: store.Root}, reconcile.Window{}, change.MemoryBounds{})
	n, shown := int64(0), time.Now()
	ctx, stop := context.WithTimeout(ctx, earlyMost)
	defer stop()
	show := func(say string) {
		c := s.content(r)
		c.Early = true
		c.Of = "the objects at " + widget.Thousands(s.upTo)
		c.Note = "Convergence without ReplicaSets; " + say + "."
		s.early.account, s.early.content, s.early.say = overview.AccountOf(r, false), c, say
		s.put(reportMsg{Ask: s.Ask, early: s.early})
	}
	err := r.Present(ctx, s.upTo, reconcile.PresentOptions{Progress: func(int64, int64) {
		if n++; n%256 == 0 && time.Since(shown) > earlyEvery {
			shown = time.Now()
			show(widget.Thousands(n) + " objects were looked at")
		}
	}})
	switch {
	case err == nil:
		show("the history is read next")
	case errors.Is(err, context.DeadlineExceeded):
		show("only the first " + widget.Thousands(n) + " objects were looked at; the history is read next")
	}
}

// onProgress shows how far a report is, and what is known early.
func (f *Feature) onProgress(m *reportMsg) host.SummedUp {
	if m.early.content != nil && f.shown != m.early.content {
		f.shown = m.early.content
		f.report.Show(f.shown)
	}
	say := m.early.say
	if m.total > 0 {
		f.report.Progress(m.done, m.total)
		say = "reading revision " + widget.Thousands(m.done) + " of " + widget.Thousands(m.total)
	}
	return host.SummedUp{Account: m.early.account, Progress: say}
}
