package report

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

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
	earlyFirst = 250 * time.Millisecond // when what was found among the objects is shown first
	earlyEvery = time.Second            // how often after that
	earlyMost  = 10 * time.Second       // for how long the history waits for that
)

// early is what is known of a large history before it is read.
type early struct {
	wanted  bool  // the history is long
	hold    *hold // what ends it after the first look, nil for nothing
	account *overview.Account
	content *report.Content
	say     string    // how far it is, safe text
	counted time.Time // when the writers were counted last
}

// hold makes a report wait after what it finds first: what else is read of the source then comes sooner.
type hold struct {
	ended chan struct{}
	once  sync.Once
}

// end lets the report go on. It is called by any goroutine, also for no hold.
func (h *hold) end() {
	if h != nil {
		h.once.Do(func() { close(h.ended) })
	}
}

// wait returns when the hold ends, or the context.
func (h *hold) wait(ctx context.Context) {
	if h == nil {
		return
	}
	select {
	case <-h.ended:
	case <-ctx.Done():
	}
}

// long reports whether the history can be read at once and takes long to read.
func (f *Feature) long() bool {
	return f.v.AtHand() && f.v.State.Revision()-max(f.v.State.Info.Compacted, 1) > manyWrites
}

// lookEarly begins the report of a long history, up to what is found first.
func (f *Feature) lookEarly() tea.Cmd {
	if f.summing.gen == f.v.State.Gen || !f.long() {
		return nil
	}
	return f.begin(&hold{ended: make(chan struct{})}, 0)
}

// look finds what has not converged among the objects as they are, which takes a small part of the time that their history takes.
// What cannot be read leaves it to the history to say so.
func (s *summer) look(ctx context.Context, store reconcile.Store) {
	r := reconcile.NewReport(store, attribution.Options{Root: store.Root}, reconcile.Window{}, change.MemoryBounds{})
	n, next := int64(0), time.Now().Add(earlyFirst)
	looking, stop := context.WithCancel(ctx)
	defer stop()
	end := time.AfterFunc(earlyMost, stop)
	defer end.Stop()
	show := func(say string, part bool) {
		c := s.content(r)
		c.Early = true
		c.Of = "the objects at " + widget.Thousands(s.upTo)
		c.Note = "Convergence without ReplicaSets; " + say + "."
		s.early.account, s.early.content, s.early.say = overview.AccountOf(r, false), c, say
		s.early.account.Partial = part
		s.put(reportMsg{Ask: s.Ask, early: s.early})
	}
	err := r.Present(looking, s.upTo, reconcile.PresentOptions{Progress: func(int64, int64) {
		if n++; n%64 == 0 && time.Now().After(next) {
			show(widget.Thousands(n)+" objects were looked at", true)
			end.Stop()
			s.early.hold.wait(ctx)
			end.Reset(earlyMost)
			next = time.Now().Add(earlyEvery)
		}
	}})
	switch {
	case err == nil:
		show("the history is read next", false)
	case looking.Err() != nil && ctx.Err() == nil:
		show("only the first "+widget.Thousands(n)+" objects were looked at; the history is read next", true)
	}
	s.early.hold.wait(ctx)
}

// soFar adds to what is known early who wrote what was read of the history until now.
func (s *summer) soFar(r *reconcile.Report) {
	if now := time.Now(); s.early.account != nil && now.Sub(s.early.counted) > earlyEvery {
		s.early.account, s.early.counted = s.early.account.SoFar(r), now
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
		if say = "reading revision " + widget.Thousands(m.done) + " of " + widget.Thousands(m.total); f.summing.most > 0 {
			say = "the objects are looked at"
		}
	}
	return host.SummedUp{Account: m.early.account, Progress: say}
}
