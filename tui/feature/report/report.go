package report

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/report"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// What has not converged is summed up outside of Update, from all that is known up to the screen's time:
//
//	6 ─► sumUp ─► history of a file, a demo, a recalled store ─┐
//	          └─► of a live one: the writes that were seen,    ├─► Report ─► reportMsg (progress, then the content)
//	              then the objects as they are               ┘

// summing is a report that is being made, or was.
type summing struct {
	gen   int // of the state when it was begun; 0: never
	head  int64
	busy  bool
	quiet bool // only what came since is added
	stop  context.CancelFunc
	next  time.Time // not sooner is it kept up with a running store
	whole time.Time // when a store was read last
	hold  *hold     // what keeps it from reading the history, nil for nothing
	most  int64     // bytes of a store that are read, 0: all
	cut   bool      // there were more
}

// reportMsg is how far a report is, or the report.
type reportMsg struct {
	host.Ask
	done, total int64
	early       early
	content     *report.Content
	account     *overview.Account
	took        time.Duration
	err         error
	next        tea.Cmd
}

const (
	maxReported = 50_000           // objects of a live store that are looked at
	reportTime  = 10 * time.Minute // bounds one report
)

// Feature sums up what has not converged.
type Feature struct {
	host    host.Host
	v       *view.View
	report  *report.Pane
	summing summing
	running *runningReport    // of a running store: what the report knows, nil before it was asked for
	account *overview.Account // what the last one found
	shown   *report.Content   // what is known early of the one that is made
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, report: report.New(v.Panes.Style, v.NameOf)}
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: layout.Report, Pane: f.report, Scope: keymap.Report}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a == keymap.Pane6 {
		f.host.FocusOn(layout.Report)
		return tea.Batch(f.showReport(), f.host.Settle()), true
	}
	if f.host.Focus() != layout.Report {
		return nil, false
	}
	switch a {
	case keymap.Copy:
		return f.host.Ask(host.CopyMenu{Own: f.copied()}), true
	case keymap.Rescue:
		return f.rescue(), true
	case keymap.NextPane, keymap.PrevPane, keymap.Sort:
		return f.host.Carry(f.report.Do(a)), true
	case keymap.TravelHere:
		if _, rev := f.report.At(); rev != 0 {
			return f.host.Travel(rev), true
		}
	}
	return nil, false
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case reportMsg:
		return f.onReport(msg), true
	case host.Settling:
		if f.host.Focus() == layout.Report {
			return f.sumUp(), true
		}
	case host.Tick:
		return f.keepUp(f.host.Focus() == layout.Report, 0), true
	case host.SumUp:
		if msg.Again {
			return f.keepUp(true, f.summing.most), true
		}
		if f.summing.gen == f.v.State.Gen && !f.summing.busy && f.account != nil {
			return f.host.Publish(summedUp(f, f.account)), true
		}
		if msg.Early {
			return f.lookEarly(), true
		}
		if msg.Brief {
			return brief(f), true
		}
		return f.sumUp(), true
	case host.ShowScreen:
		return f.showScreen(msg)
	case host.Refreshing:
		f.running = nil
	case host.ViewOpened:
		if !f.summing.busy && host.EventsOf(f.host, f.v.Opened) != nil { // it may have come since
			f.summing.gen = 0
		}
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature: a report that is being made ends.
func (f *Feature) Back() (tea.Cmd, bool) {
	return nil, f.host.Focus() == layout.Report && f.stopReport()
}

// Close implements host.Feature.
func (f *Feature) Close() {}

// showReport goes to the shown object, where it has not converged.
func (f *Feature) showReport() tea.Cmd {
	if f.v.Panes.Object.Convergence().Why != "" {
		f.report.Seek(f.v.Reader.Course.Key)
	}
	return f.sumUpAgain(0)
}

// sumUpAgain sums up again if anything was written since, of a store so many bytes; 0: all.
func (f *Feature) sumUpAgain(most int64) tea.Cmd {
	s := &f.summing
	if !s.busy && s.head != f.v.State.Head && f.v.State.At == 0 {
		if s.gen = 0; most > 0 {
			return f.begin(nil, most)
		}
	}
	return f.sumUp()
}

// sumUp sums up what is known at the screen's time, unless that is done or under way.
func (f *Feature) sumUp() tea.Cmd {
	f.summing.hold.end()
	if f.summing.gen == f.v.State.Gen && !f.summing.cut {
		return nil
	}
	return f.begin(nil, 0)
}

// begin begins to sum up; of a long history no more is read than what is found early until hold ends, and of a store that is asked for
// its objects so many bytes, 0 for all.
func (f *Feature) begin(h *hold, most int64) tea.Cmd {
	s := &f.summing
	f.stopReport()
	if s.cut && most == 0 {
		f.running = nil
	}
	ctx, cancel := context.WithTimeout(f.v.Ctx, reportTime)
	*s = summing{gen: f.v.State.Gen, head: f.v.State.Head, busy: true, stop: cancel, whole: s.whole, hold: h, most: most}
	out := make(chan reportMsg, 1)
	job := summer{Ask: f.v.Ask(), out: out, src: f.v.Opened.Source, d: f.v.Describer(), upTo: f.v.State.Revision(), head: f.v.State.Head, now: f.v.Panes.Style.Now,
		objects: objects{from: from(f), present: !f.v.AtHand(), most: most}, events: host.EventsOf(f.host, f.v.Opened)}
	job.early = early{wanted: f.long(), hold: h}
	job.whole = f.v.State.Info.Past == etcdsource.PastWhole
	if f.v.State.Info.Running && f.v.State.At == 0 {
		s.quiet = f.open(&job)
	}
	if job.present && !s.quiet {
		job.seen = f.seen(job.upTo)
	}
	if !s.quiet {
		s.whole = f.v.Panes.Style.Now
	}
	run := func() (msg tea.Msg) {
		defer close(out)
		defer host.Recovered(&msg)
		begun := time.Now()
		c, a, err := job.run(ctx)
		job.put(reportMsg{Ask: job.Ask, content: c, account: a, err: err, took: time.Since(begun)})
		return nil
	}
	return tea.Batch(run, host.HandOn(out, func(m reportMsg, next tea.Cmd) tea.Msg {
		m.next = next
		return m
	}))
}

// open gives a job the report of a running store; it reports whether there is one already, that needs only what came since.
func (f *Feature) open(job *summer) (kept bool) {
	if upTo := f.running.upTo(); upTo != 0 {
		if job.seen, kept = f.since(upTo); kept {
			job.running = f.running
			return true
		}
	}
	f.running = &runningReport{}
	job.running = f.running
	return false
}

// seen are the changes of the feed up to a revision that still have their values.
func (f *Feature) seen(upTo int64) []etcdsource.Event {
	items := f.v.State.Feed.Items()
	out := make([]etcdsource.Event, 0, len(items))
	for i := range items {
		if it := &items[i]; it.Gap.Empty() && !it.ValueGone && it.Event.Mod <= upTo {
			out = append(out, it.Event)
		}
	}
	return out
}

// stopReport ends a report that is being made; it reports whether there was one that a user waits for.
func (f *Feature) stopReport() bool {
	if !f.summing.busy {
		return false
	}
	f.summing.stop()
	f.summing.busy, f.summing.gen = false, 0
	f.report.Progress(0, 0)
	return !f.summing.quiet
}

func (f *Feature) onReport(m reportMsg) tea.Cmd {
	if m.Gen != f.summing.gen {
		return nil
	}
	switch {
	case m.total > 0 || m.early.content != nil && m.content == nil:
		return tea.Batch(m.next, f.host.Publish(f.onProgress(&m)))
	case m.content != nil:
		f.account = m.account
		f.summing.busy, f.summing.next = false, f.v.Panes.Style.Now.Add(max(reportEvery, reportShare*m.took))
		f.summing.stop()
		f.report.Show(m.content)
		return tea.Batch(m.next, f.host.Publish(summedUp(f, m.account)), rest(f))
	case f.summing.quiet:
		f.summing.busy, f.running, f.summing.next = false, nil, f.v.Panes.Style.Now.Add(rereadAfter)
	case !errors.Is(m.err, context.Canceled):
		f.summing.busy = false
		f.report.Fail("It cannot be summed up: " + clean.Error(m.err))
		if f.summing.most > 0 {
			return tea.Batch(m.next, f.host.Publish(host.SummedUp{}))
		}
	}
	return m.next
}

// summer makes a report.
type summer struct {
	host.Ask
	out   chan reportMsg
	src   etcdsource.Source
	d     view.Describer
	upTo  int64
	head  int64
	now   time.Time
	whole bool // all that lives is in the history
	objects
	seen    []etcdsource.Event // where there is no history, or the report lacks them
	running *runningReport     // of a running store, nil for others
	told    time.Time          // when the progress was reported last
	events  *host.Opened       // what keeps Events alone, nil for the source itself
	early   early
}

// put hands a message over; one that was not taken yet is replaced.
func (s *summer) put(m reportMsg) {
	select {
	case <-s.out:
	default:
	}
	s.out <- m // there is room: nobody else puts
}

func (s *summer) progress(done, total int64) {
	if now := time.Now(); now.Sub(s.told) > host.PublishEvery {
		s.told = now
		s.put(reportMsg{Ask: s.Ask, done: max(done, 0), total: max(total, 1), early: s.early})
	}
}

// reportBounds bound what a report remembers of the versions it has met.
var reportBounds = change.MemoryBounds{Bytes: 16 << 20, Objects: 512}

func (s *summer) run(ctx context.Context) (*report.Content, *overview.Account, error) {
	kept, window := s.running, reconcile.Window{}
	if kept == nil {
		kept, window.To = &runningReport{}, s.upTo
	}
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if kept.upTo() != 0 {
		r := kept.made.Load()
		if err := r.Continue(ctx, s.seen, maxKept); err != nil {
			return nil, nil, err
		}
		return s.joined(ctx, kept, s.content(r)), overview.AccountOf(r, !s.present), nil
	}
	store := reconcile.Store{Source: s.src, Decoder: s.d.Decoder, Kinds: s.d.Kinds, Root: s.d.Root}
	r := reconcile.NewReport(store, attribution.Options{Whole: s.whole, Audit: s.d.Audit.Log(ctx)}, window, reportBounds)
	var err error
	if s.present {
		for i := range s.seen {
			r.Take(&s.seen[i])
			s.progress(s.seen[i].Mod, s.upTo)
		}
		err = r.Present(ctx, s.upTo, reconcile.PresentOptions{Limit: maxReported, Bytes: s.most, Now: s.now, Progress: s.progress})
	} else {
		if s.early.wanted {
			s.look(ctx, store)
		}
		err = r.History(ctx, s.upTo, func(done, total int64) {
			s.soFar(r)
			s.progress(done, total)
		})
	}
	if err != nil {
		return nil, nil, err
	}
	kept.made.Store(r)
	return s.joined(ctx, kept, s.content(r)), overview.AccountOf(r, !s.present), nil
}

// most bounds the hottest objects and fields that are listed.
const most = 500

func (s *summer) content(x *reconcile.Report) *report.Content {
	c := &report.Content{Waiting: append(x.Unread(), x.Waiting()...), Fights: x.Fights(), Converged: x.Episodes(), Deleted: x.Gone(), Writers: x.Writers(), Objects: x.HotObjects(most), Fields: x.HotFields(most), Clocks: x.Clocks(),
		Waits: x.NotConverged(), Unread: x.Undecodable(), Now: x.Newest(), Minute: x.Newest()}
	first, last := x.Span()
	c.Of = "nothing was written"
	if first > 0 {
		c.Of = "revisions " + widget.Thousands(first) + " to " + widget.Thousands(max(last, first))
	}
	if s.upTo == s.head && (s.present || s.live()) {
		c.Now = s.now
	}
	if s.present {
		c.Of = "now"
		if s.upTo != s.head {
			c.Of = "at " + widget.Thousands(s.upTo)
		}
		c.Of += "; writes since revision " + widget.Thousands(s.from) + "; A recalls all"
		c.Note = "Convergence as of now, without ReplicaSets; the rest from " + widget.Plural(x.Writes, "write") + " seen since."
	}
	if n := len(x.Gaps); n > 0 {
		g := x.Gaps[n-1]
		c.Note = "Revisions " + widget.Thousands(x.Gaps[0].From) + " to " + widget.Thousands(g.To) + " are not all held (" + clean.Key([]byte(g.Reason)) + "). " +
			widget.Plural(x.Kept(), "version") + " kept from before are not counted."
	}
	switch {
	case x.Cut:
		c.Note = "Only the first " + widget.Thousands(int64(x.Looked)) + " objects were looked at. A recalls the whole store."
	case x.Skipped > 0:
		c.Note = widget.Plural(x.Skipped, "write") + " came too fast to be counted: only the state of their objects was read."
	}
	return c
}

// live reports whether the source is written while it is looked at.
func (s *summer) live() bool { return view.IsRecalled(s.src) }
