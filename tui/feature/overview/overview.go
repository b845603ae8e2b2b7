package overview

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	pane "github.com/etcdscope/etcdscope/tui/overview"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// screen is the pane's place.
var screen = layout.NewScreen()

// Feature shows the overview.
type Feature struct {
	host    host.Host
	v       *view.View
	pane    *pane.Pane
	gen     int                // of the state for which it was gathered, 0: never
	found   *overview.Overview // nil while nothing has arrived
	account *overview.Account  // of the state gen, nil while it is not made
	reading string             // how far the account is
	known   etcdsource.Backup  // the verdict on the file
	newest  etcdsource.Backup  // verified backup of a running cluster
	backups []health.Size      // of a running cluster's database, as its backups show it
	sizes   []health.Size      // the same as it was seen here
	err     error
}

// A size of the database is kept twice a minute at most, for a day.
const (
	sizeEvery = 30 * time.Second
	maxSizes  = 24 * 120
)

// keepSize remembers how large the database is.
func (f *Feature) keepSize(now time.Time) {
	if f.v.State == nil || !f.v.State.Info.Spare || f.v.State.Info.DBSize <= 0 {
		return
	}
	if n := len(f.sizes); n == 0 || now.Sub(f.sizes[n-1].Time) >= sizeEvery {
		f.sizes = append(f.sizes[max(n-maxSizes+1, 0):], health.Size{Time: now, Bytes: f.v.State.Info.DBSize})
	}
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, pane: pane.New(v.Panes.Style)}
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: screen, Pane: f.pane, Scope: keymap.Overview}}
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 125, Names: []string{"overview"}, Help: "What this is, what fills it, who writes and what is wrong", Run: func(string) tea.Cmd { return f.show() }}}
}

func (f *Feature) show() tea.Cmd {
	f.host.FocusOn(screen)
	return f.host.Settle()
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch {
	case a == keymap.ShowOverview:
		return f.show(), true
	case f.host.Focus() != screen:
		return nil, false
	case a == keymap.Open, a == keymap.Expand:
		return f.follow(f.pane.Target()), true
	case a == keymap.Collapse:
		f.host.FocusOn(layout.Keys)
		return f.host.Settle(), true
	}
	return nil, false
}

// follow goes to what explains a line.
func (f *Feature) follow(to overview.Target) tea.Cmd {
	if to.Screen != "" {
		return f.host.Ask(host.ShowScreen{Name: to.Screen})
	}
	if to.Key == "" {
		return nil
	}
	f.host.FocusOn(layout.Keys)
	return f.host.Jump(to.Key)
}

// gatheredMsg is what was read of the source.
type gatheredMsg struct {
	host.Ask
	found         *overview.Overview
	known, newest etcdsource.Backup
	backups       []health.Size
	err           error
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case gatheredMsg:
		if f.found, f.known, f.newest, f.err = msg.found, msg.known, msg.newest, msg.err; msg.err != nil {
			f.gen = 0
		}
		f.backups = msg.backups
		f.draw()
		return nil, true
	case host.SummedUp:
		f.reading = msg.Progress
		if msg.Account != nil {
			f.account, f.reading = msg.Account, ""
		}
		f.draw()
	case host.Tick:
		f.keepSize(msg.Now)
	case host.Settling:
		return f.gather(), false
	case host.Refreshing:
		f.gen = 0
	}
	return nil, false
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// gather reads what the overview says, unless that was done for the state that is shown.
func (f *Feature) gather() tea.Cmd {
	if f.host.Focus() != screen || f.v.Opened == nil || f.gen == f.v.State.Gen {
		return nil
	}
	if f.gen != 0 {
		f.account = nil
	}
	f.gen = f.v.State.Gen
	a, o, opt := f.v.Ask(), f.v.Opened, overview.Options{Revision: f.v.State.At, Sizes: f.v.AtHand()}
	deps, folder := f.host.Deps(), f.host.Options().SnapshotDir
	if folder == "" {
		folder = o.Backups
	}
	job := host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		m := gatheredMsg{Ask: a}
		if m.found, m.err = overview.Gather(ctx, o, opt); m.err != nil {
			return m
		}
		if o.Info.Spare {
			m.found.Health = overview.Members(ctx, o)
		}
		if deps.Newest != nil && o.Info.Spare && m.found.Cluster.UID != "" {
			m.newest, _ = deps.Newest(m.found.Cluster.UID)
		}
		if deps.List != nil && o.Info.Spare && folder != "" {
			list, _ := deps.List(ctx, folder)
			m.backups = health.SizesOf(list, m.found.Cluster.UID)
		}
		if deps.Kept != nil && !o.Info.Running {
			m.known, _ = deps.Kept(o.Info.Target)
		}
		return m
	})
	f.draw()
	if f.v.State.Info.Spare && !f.v.AtHand() {
		return job
	}
	return tea.Batch(job, f.host.Ask(host.SumUp{}))
}

// draw puts on the screen what is known.
func (f *Feature) draw() {
	switch {
	case f.err != nil:
		f.pane.Show(nil, "", "It cannot be read: "+clean.Error(f.err)+". "+view.Again)
		return
	case f.found == nil:
		f.pane.Show(nil, "", "Reading …")
		return
	}
	f.found.Account = f.account
	w := overview.View{Opened: f.v.Opened, Known: f.known, Newest: f.newest, Now: f.v.Panes.Style.Now, Size: widget.Bytes, Reading: f.reading, Sizes: slices.Concat(f.backups, f.sizes)}
	if f.account == nil && f.reading == "" && f.v.State.Info.Spare && !f.v.AtHand() {
		w.Reading = "not read; 6 reads the objects and says what is not as it should be, A all of the past"
	}
	about := "now"
	if f.v.State.At != 0 {
		about = "at " + widget.Thousands(f.v.State.At)
	}
	f.pane.Show(f.found.Sections(w), about, "")
}
