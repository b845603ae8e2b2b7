package health

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Screen is the pane's place on the screen.
var Screen = layout.NewScreen()

const (
	askEvery   = 5 * time.Second // while the screen is shown
	askOutage  = 2 * time.Second // the same, without a quorum
	askChanged = time.Second     // the same, when the stream of changes has lost its server or the quorum, or has them back
	// askElsewhere is how often one that is alone is asked for what another screen says of it, unless the stream of changes says something
	// new or is lost.
	askElsewhere = 15 * time.Second
	// askBehind is how often they are asked while no screen shows what they say: that one is lost is in the header of each.
	askBehind  = 30 * time.Second
	maxHurries = 10
	placeEvery = 5 * time.Minute // that the store is asked for its API servers
)

// Feature asks the members, and shows what follows.
type Feature struct {
	host   host.Host
	v      *view.View
	pane   *Pane
	busy   bool
	next   time.Time // not before
	last   time.Time // when they were asked
	behind background
	asked  stream // what the stream of changes was then
	answered
	place *health.Place
	read  time.Time // when place was
	found
	sizes   []health.Size // of the database, as it was seen here
	hurries int           // times that they were asked without a pause since the member that is read was lost
	// comparing is the comparison of the members' hashes that is under way, nil for none.
	comparing *comparing
}

// found is what this machine holds of the cluster.
type found struct {
	// offline is what can be read in the place of the members, looked for in an outage and where members are missing; nil until then.
	offline *etcdsource.Offline
	looking bool
	looked  time.Time // when it was looked for
	lost    bool      // there was no quorum when the members answered last
}

// answered is what the members answered last.
type answered struct {
	report *health.Report      // nil until then
	judged stream              // what the stream of changes was when they were asked for it
	shown  bool                // whether it said that there is no quorum when the report was shown
	probe  *etcdsource.Probe   // the last one that knew the member list, nil until then
	gone   []etcdsource.Member // that were members before
}

// stream is what the stream of changes says of the cluster: where that changes, the members are asked at once.
type stream struct {
	state      etcdsource.State
	noQuorum   bool
	unanswered bool
	alarm      string
}

func (f *Feature) stream() stream {
	s := &f.v.State.Status
	return stream{s.State, s.NoQuorum, s.Unanswered, f.v.State.Info.Alarm}
}

// lost reports that the member that is read is not heard: then the others are asked whatever is shown.
func (s stream) lost() bool {
	return s.unanswered || s.state == etcdsource.Retrying || s.state == etcdsource.Stale
}

// A size of the database is kept twice a minute at most, for a day.
const (
	sizeEvery = 30 * time.Second
	maxSizes  = 24 * 120
)

// keepSize remembers how large the database is.
func (f *Feature) keepSize(r *health.Report) {
	size, _ := r.Size()
	if n := len(f.sizes); size.Bytes == 0 || n > 0 && r.Time.Sub(f.sizes[n-1].Time) < sizeEvery {
		return
	}
	f.sizes = append(f.sizes[max(len(f.sizes)-maxSizes+1, 0):], size)
}

// offlineMsg is what can be read in the place of the members.
type offlineMsg struct {
	host.To
	offline etcdsource.Offline
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, pane: newPane(v.Panes.Style)}
}

// probedMsg is what the members answered.
type probedMsg struct {
	host.To
	report *health.Report
	place  *health.Place
	probe  *etcdsource.Probe
	gone   []etcdsource.Member // that were members before
	hash   *hashcheck.Result   // that the report is judged by
	old    bool                // hash is of other members
	err    error
}

// Passing implements host.Passing: no user has asked for it.
func (probedMsg) Passing() {}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: Screen, Pane: f.pane, Scope: keymap.Health}}
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 55, Names: []string{"health", "members", "quorum"}, Help: "What the cluster can still lose, what is wrong, which command comes next", Run: func(string) tea.Cmd { return f.show() }},
		{Place: 56, Names: []string{"hashes"}, Help: "Compare what the members hold, by their hashes", Run: func(string) tea.Cmd { return tea.Batch(f.show(), f.checkHashes()) }},
	}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch {
	case a == keymap.Pane8:
		return f.show(), true
	case f.host.Focus() != Screen:
		return nil, false
	case a == keymap.Verify:
		return f.checkHashes(), true
	case a == keymap.Open || a == keymap.Expand:
		return f.open(), true
	case a == keymap.Copy || a == keymap.CopyValue:
		return f.copyCommand(), true
	}
	return nil, false
}

// askFor asks the members for another screen. Where there are several, one may be lost without that the stream of changes shows it.
func askFor(f *Feature, now time.Time) tea.Cmd {
	every := askElsewhere
	if f.stream().lost() || f.probe != nil && len(f.probe.Members) > 1 {
		every = askEvery
	}
	return f.ask(now, f.asked != f.stream() || !now.Before(f.last.Add(every)))
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case probedMsg:
		return f.probed(msg), true
	case offlineMsg:
		f.looking, f.offline, f.next, f.read = false, &msg.offline, time.Time{}, time.Time{}
		return f.ask(f.v.Panes.Style.Now, f.onScreen()), true
	case hashCostMsg:
		f.onHashCost(msg)
		return nil, true
	case hashStepMsg:
		if f.comparing != nil {
			f.comparing.step = msg.step
		}
		return msg.next, true
	case hashedMsg:
		f.onHashed(msg)
		return nil, true
	case host.Interrupt:
		return nil, f.cancelHash()
	case host.ShowScreen:
		if msg.Name != "health" {
			return nil, false
		}
		return f.show(), true
	case host.Tick:
		return f.ask(msg.Now, f.onScreen() || f.v.Work.Silent || f.stream().lost() || f.behind.due(msg.Now, f.last, f.probe)), false
	case host.AskMembers:
		return askFor(f, f.v.Panes.Style.Now), true
	case host.Settling:
		return f.settle(), false
	case host.Refreshing:
		f.next, f.last, f.read, f.looked = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		return f.ask(f.v.Panes.Style.Now, f.onScreen()), false
	}
	return nil, false
}

// settle follows what the stream of changes says now.
func (f *Feature) settle() tea.Cmd {
	switch now := f.stream(); {
	case f.report != nil && f.shown != now.noQuorum:
		return tea.Batch(f.present(), f.ask(f.v.Panes.Style.Now, f.onScreen()))
	case now.lost() && !f.asked.lost():
		return f.ask(f.v.Panes.Style.Now, true)
	}
	return nil
}

// Back implements host.Feature: a comparison is cancelled.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, f.cancelHash() }

// Working implements host.Working.
func (f *Feature) Working(time.Time) string {
	if f.comparing == nil || f.comparing.cancel == nil {
		return ""
	}
	return "comparing: " + f.comparing.step + "   esc cancels"
}

// Close implements host.Feature.
func (f *Feature) Close() {}

// show goes to the screen.
func (f *Feature) show() tea.Cmd {
	if _, err := etcdsource.As[etcdsource.Prober](f.v.Opened.Source); err != nil {
		if !f.v.State.Info.Running {
			f.host.Say(text.Muted, "Health is asked of the members of an etcd that runs; this is a file.")
		} else {
			f.host.Say(text.Muted, "No health: "+clean.Error(err)+".")
		}
		return nil
	}
	f.host.FocusOn(Screen)
	return tea.Batch(f.ask(f.v.Panes.Style.Now, true), f.host.Settle())
}

func (f *Feature) onScreen() bool { return f.host.Focus() == Screen }

// ask asks the members, when it is time and what they answer is shown.
func (f *Feature) ask(now time.Time, shown bool) tea.Cmd {
	if f.busy || !shown || now.Before(f.next) && (f.asked == f.stream() || now.Before(f.last.Add(askChanged))) {
		return nil
	}
	prober, err := etcdsource.As[etcdsource.Prober](f.v.Opened.Source)
	if err != nil {
		return nil
	}
	f.busy, f.asked, f.last = true, f.stream(), now
	o, place, offline, sizes, hash := f.v.Opened, f.place, f.offline, slices.Clone(f.sizes), f.pane.hash
	last, gone, known := f.probe, f.gone, o.Node
	if known == nil && offline != nil {
		known = offline.Node
	}
	if place == nil || now.Sub(f.read) > placeEvery {
		f.read, place = now, nil
	}
	to := host.To{Tab: f.v.ID}
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		in := health.Input{Place: place, Site: health.Site{Distribution: o.Distribution, DataDir: o.DataDir, Node: o.Node}, Local: o.Local, Offline: offline, Sizes: sizes, Hash: hash}
		var err error
		if in.Probe, err = prober.Probe(ctx); err != nil {
			return probedMsg{To: to, err: err}
		}
		old := outdated(hash, &in.Probe)
		if old {
			in.Hash = nil
		}
		in.Gone = health.Gone(gone, last, &in.Probe)
		if in.Place == nil && o.Root != "" {
			in.Place, _ = health.ReadPlace(ctx, o.Source, o.Decoder, o.Root, in.Probe.Members, known) // where it cannot be read, the topology is not known
		}
		return probedMsg{To: to, report: health.Judge(in), place: in.Place, probe: &in.Probe, gone: in.Gone, hash: hash, old: old}
	})
}

// probed shows what the members answered. Without a quorum it looks for what can be read in their place.
func (f *Feature) probed(m probedMsg) (look tea.Cmd) {
	f.busy = false
	every := askEvery
	if m.err != nil {
		f.pane.fail("The members cannot be asked: " + clean.Error(m.err))
	} else {
		if m.place != nil {
			f.place = m.place
		}
		if f.gone = m.gone; !m.probe.Guessed {
			f.probe = m.probe
		}
		switch {
		case m.report.Verdict == health.NoQuorum:
			every = askOutage
			look = f.lookOffline(f.v.Panes.Style.Now.Sub(f.looked) > lookEvery)
		case f.v.Opened.Node == nil && m.report.Lacks():
			look = f.lookOffline(f.lost)
		default:
			f.offline = nil
		}
		f.lost = m.report.Verdict == health.NoQuorum
		every = f.hurried(every, m.report)
		if m.old && f.pane.hash == m.hash {
			f.pane.outdated = true
		}
		look = tea.Batch(look, f.follow(m.report, &m.probe.Access))
		f.keepSize(m.report)
		f.pane.Show(m.report)
		f.report, f.judged = m.report, f.asked
		look = tea.Batch(look, f.present())
	}
	f.next = f.v.Panes.Style.Now.Add(every)
	return look
}

// present shows the last report, here and where else it is shown, as the stream of changes lets it be read now.
func (f *Feature) present() tea.Cmd {
	r := f.report
	if f.shown = f.stream().noQuorum; f.shown != f.judged.noQuorum {
		r = r.Meanwhile(f.shown)
	}
	f.pane.report = r
	f.pane.build()
	return f.host.Publish(host.Judged{Report: r})
}

// lookEvery is how often it is looked for what this machine holds while there is no quorum: it may be restored meanwhile.
const lookEvery = 30 * time.Second

// lookOffline looks for what this machine holds of the cluster: once, or again.
func (f *Feature) lookOffline(again bool) tea.Cmd {
	look, target := f.host.Deps().Offline, f.v.Opening.Target
	if look == nil || f.looking || f.offline != nil && !again || !f.v.State.Info.Spare {
		return nil
	}
	f.looking, f.looked = true, f.v.Panes.Style.Now
	to := host.To{Tab: f.v.ID}
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg { return offlineMsg{to, look(ctx, target)} })
}

// open unfolds the advice under the cursor, folds it, opens the file that the command opens, or copies the command.
func (f *Feature) open() tea.Cmd {
	if path := f.pane.at().path; path != "" {
		_, cmd := f.host.Open(host.Target{Path: path}, false)
		return cmd
	}
	if key := f.pane.at().key; key != "" {
		return f.host.Jump(key)
	}
	if f.pane.toggle() {
		return f.host.Settle()
	}
	return f.copyCommand()
}

// copyCommand copies the command under the cursor.
func (f *Feature) copyCommand() tea.Cmd {
	s := f.pane.command()
	if s == "" {
		f.host.Say(text.Muted, "Enter unfolds what is advised; on a command it copies the command.")
		return nil
	}
	f.host.Say(text.OK, "Copied: "+s)
	return f.host.Clipboard(s)
}
