package overview

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	pane "github.com/etcdscope/etcdscope/tui/overview"
	"github.com/etcdscope/etcdscope/tui/view"
)

// screen is the pane's place.
var screen = layout.NewScreen()

// Feature shows the overview: on a screen of its own, and in the place of the value while the cursor is on the root.
type Feature struct {
	host host.Host
	v    *view.View
	pane *pane.Pane // the screen
	home *pane.Pane // beside the root of the tree
	gen  int        // of the state for which it was gathered, 0: never
	job  host.Newest
	progress
	found *overview.Overview // nil while nothing has arrived
	live
	account *overview.Account // of the state gen, nil while it is not made
	reading string            // how far the account is
	backups backups
	sizes   []health.Size // of a running cluster's database, as they were seen here
	err     error
	led     led
}

// led is where a line of the overview has led to, and from where.
type led struct {
	from, to layout.ID // None: no line has led anywhere, or that was left
	key      string    // under the cursor of the keys, where a line led to one
}

// progress is how far gathering is.
type progress struct {
	stage   stage
	dated   bool // it was read when the window begins that a running store holds
	dating  bool // the dates of a long history are read
	briefed int  // gen of the state whose brief account was asked for
	waited  int  // seconds for which the account has waited for the writers of the changes that are seen
	// counted are the keys that the tree had counted when it was drawn last.
	counted int64
	failed  int       // gen when it failed last
	again   time.Time // before that the same is not tried again
}

// live is what changes while a store runs.
type live struct {
	present bool           // found is of now
	health  *health.Report // nil while the members have not answered
	drawn   figures        // that found has
	renewal renewal
}

// figures are those of a running store that are drawn.
type figures struct {
	head, size, inUse, quota, compacted int64
	alarm                               string
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
		f.sizes = append(f.sizes[max(n-maxSizes+1, 0):], health.SizeOf(&f.v.State.Info, now))
	}
}

// backups are what is known of the file, of the newest verified one of a running cluster, and how large that one's database
// was in each.
type backups struct {
	known, newest etcdsource.Backup
	sizes         []health.Size
}

// stage is how far gathering is.
type stage uint8

const (
	identifying stage = iota
	identified        // what it is and how far it reaches is known
	filling
	filled  // what there is of each resource is known too
	summing // the account was asked for
)

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	f := &Feature{host: h, v: v, pane: pane.New(v.Panes.Style), home: pane.New(v.Panes.Style)}
	v.Panes.Home = f.home
	v.Nav.Led = func() (cmd tea.Cmd, jumped, ok bool) {
		jumped = f.led.to == layout.Keys
		cmd, ok = f.led.back(f)
		return cmd, jumped, ok
	}
	f.draw()
	return f
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: screen, Pane: f.pane, Scope: keymap.Overview}}
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 125, Names: []string{"overview"}, Help: "What this is, what fills it, who writes and what is wrong", Run: func(string) tea.Cmd { return f.show() }},
		{Place: 126, Names: []string{"resources"}, Help: "List the resources: keys, bytes, versions, last change; s sorts them", Run: func(string) tea.Cmd { return f.list() }},
	}
}

// list shows the list of resources in the place of the overview.
func (f *Feature) list() tea.Cmd {
	f.host.FocusOn(layout.Object)
	return tea.Batch(f.v.Folder.List(), f.host.Settle())
}

func (f *Feature) show() tea.Cmd {
	f.host.FocusOn(screen)
	return f.host.Settle()
}

// focused is the pane of the overview that has the focus, nil for none.
func (f *Feature) focused() *pane.Pane {
	switch at := f.host.Focus(); {
	case at == screen:
		return f.pane
	case at == layout.Object && f.v.Nav.AtRoot():
		return f.home
	}
	return nil
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	p := f.focused()
	switch {
	case a == keymap.ShowOverview:
		return f.show(), true
	case p == nil:
		return nil, false
	case a == keymap.Open, a == keymap.Expand:
		from := f.host.Focus()
		cmd := f.follow(p.Target())
		f.led = led{from, f.host.Focus(), p.Target().Key}
		return cmd, true
	case a == keymap.Collapse:
		f.host.FocusOn(layout.Keys)
		return f.host.Settle(), true
	}
	return nil, false
}

// follow goes to what explains a line.
func (f *Feature) follow(to overview.Target) tea.Cmd {
	switch to.Screen {
	case "":
	case overview.ResourceList:
		return f.list()
	case overview.Changes:
		f.host.FocusOn(layout.Changes)
		return f.host.Settle()
	default:
		return f.host.Ask(host.ShowScreen{Name: to.Screen, Writer: to.Writer})
	}
	if to.Key == "" {
		return nil
	}
	f.host.FocusOn(layout.Keys)
	return f.host.Jump(to.Key)
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case identifiedMsg:
		return f.onIdentified(msg), true
	case filledMsg:
		return f.onFilled(msg), true
	case encryptedMsg:
		if f.found != nil {
			f.found.Encryption = msg.report
			f.draw()
		}
		return nil, true
	case renewedMsg:
		return onRenewed(f, msg), true
	case datedMsg:
		return onDated(f, msg), true
	case host.Judged:
		f.health = msg.Report
		f.draw()
	case host.SummedUp:
		f.reading = msg.Progress
		if msg.Account != nil {
			f.account = dated(f, msg.Account)
		}
		f.draw()
	case host.Settling:
		if n := f.treeKeys(); n != f.counted && f.stage < filled && f.v.Nav.AtRoot() {
			f.counted = n
			f.draw()
		}
		if f.led.to == layout.Keys && f.led.key != f.v.Tree.Goal && f.led.key != f.v.Panes.Keys.Cursor() {
			f.led = led{} // the cursor went elsewhere
		}
		return tea.Batch(f.gather(), f.sumUp(), f.askMembers()), false
	case host.Tick:
		f.keepSize(msg.Now)
		f.waited++
		f.keepUp()
		seen(f)
		return tea.Batch(retry(f), f.askMembers(), date(f), f.sumUp(), brief(f), renew(f, msg.Now)), false
	case host.Refreshing:
		f.gen, f.failed = 0, 0
	}
	return nil, false
}

// onDated takes the times of the window over, which what reads much of a long history waits for.
func onDated(f *Feature, m datedMsg) tea.Cmd {
	waited := f.dating
	f.dating = false
	if w := m.window; f.found != nil && w.From >= f.found.Window.From {
		adopt(&f.found.Window, w)
		f.draw()
	}
	if waited {
		return tea.Batch(f.encryption(), f.sumUp())
	}
	return f.sumUp()
}

// againAfter is how long after a failure the same is not tried again, unless the user wants it.
const againAfter = 10 * time.Second

// fail shows why nothing can be read; a look that comes later tries again.
func (f *Feature) fail(err error) {
	f.failed, f.again = f.gen, f.v.Panes.Style.Now.Add(againAfter)
	f.gen, f.err = 0, err
	f.draw()
}

// early reports whether it is too early to try again what failed.
func (p *progress) early(gen int, now time.Time) bool { return p.failed == gen && now.Before(p.again) }

// retry gathers again after a failure.
func retry(f *Feature) tea.Cmd {
	if f.err == nil {
		return nil
	}
	return f.gather()
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) {
	if cmd, ok := f.led.back(f); ok {
		return cmd, true
	}
	if !f.v.Folder.Listed() || f.host.Focus().Whole() {
		return nil, false
	}
	return tea.Batch(f.v.Folder.Unlist(), f.host.Settle()), true
}

// back returns to the overview from where a line of it has led to, where nothing there is to be undone before.
func (l *led) back(f *Feature) (tea.Cmd, bool) {
	panes := &f.v.Panes
	switch {
	case l.to == layout.None || l.to == l.from || l.to != f.host.Focus():
		return nil, false
	case l.to == layout.Keys && panes.Keys.Searching(), l.to == layout.Changes && panes.Changes.Filtered() != "", panes.Object.Pinned() != 0:
		return nil, false
	}
	from := l.from
	*l = led{}
	if from == screen || f.v.Opened.Rootless() {
		return f.show(), true
	}
	f.host.FocusOn(layout.Object)
	return tea.Batch(f.v.Tree.Reveal(f.v.Opened.Root), f.host.Settle()), true
}

// Close implements host.Feature.
func (f *Feature) Close() {}
