package restore

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Screen is the pane's place on the screen.
var Screen = layout.NewScreen()

// Feature plans and rehearses.
type Feature struct {
	host host.Host
	v    *view.View
	pane *Pane
	seq  int                // of the last work; what an older one says is dropped
	stop context.CancelFunc // of the work that runs; nil for none
	from layout.ID          // where esc goes back to
	held held
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, pane: newPane(v.Panes.Style), from: layout.Snapshots}
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: Screen, Pane: f.pane, Scope: keymap.Restoring}}
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 86, Names: []string{"restore"}, Arg: "FILE", Help: "Plan the restore of a backup, and rehearse it", Run: f.plan}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if f.host.Focus() != Screen {
		return nil, false
	}
	switch a {
	case keymap.Rehearse:
		f.askRehearsal()
	case keymap.Open:
		if !f.pane.toggle() {
			return f.copyCommand(), true
		}
	case keymap.Expand:
		f.pane.fold(true)
	case keymap.Collapse:
		f.pane.fold(false)
	case keymap.Copy, keymap.CopyValue:
		return f.copyCommand(), true
	default:
		return nil, false
	}
	return f.host.Settle(), true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case host.PlanRestore:
		return f.plan(msg.Path), true
	case stepMsg:
		if msg.seq == f.seq && f.stop != nil {
			f.pane.step(msg.step)
		}
		return msg.next, true
	case plannedMsg:
		f.onPlanned(msg)
		return nil, true
	case readyMsg:
		return tea.Batch(msg.next, f.onReady(msg)), true
	case rehearsedMsg:
		f.onRehearsed(msg)
		return nil, true
	case host.ViewOpened:
		return f.onOpened(msg.ID), false
	case host.Tick, host.Settling:
		f.look()
	}
	return nil, false
}

// Back implements host.Feature: a plan or a rehearsal that runs is given up, then the screen is left.
func (f *Feature) Back() (tea.Cmd, bool) {
	switch {
	case f.host.Focus() != Screen:
		return nil, false
	case f.held.release != nil:
		f.release()
	case f.stop != nil:
		planning := f.pane.plan == nil
		f.cancel()
		if planning {
			f.host.FocusOn(f.from)
		}
	default:
		f.host.FocusOn(f.from)
	}
	return nil, true
}

// Close implements host.Feature.
func (f *Feature) Close() { f.cancel() }

// Working implements host.Working.
func (f *Feature) Working(_ time.Time) string {
	if f.stop == nil || f.host.Focus() == Screen {
		return ""
	}
	return f.pane.working()
}

func (f *Feature) cancel() {
	if f.stop != nil {
		f.stop()
	}
}

// work is what goes on outside of Update: it reports steps, and ends with one message.
type work struct {
	host.To
	seq  int
	ctx  context.Context
	msgs chan tea.Msg // stepMsg and readyMsg, each without the command that waits for the next one
}

// stepMsg says what is being done.
type stepMsg struct {
	host.To
	seq  int
	step string
	next tea.Cmd
}

// Drop implements host.Dropper.
func (m stepMsg) Drop() tea.Cmd { return m.next }

// begin starts a work, unless one runs.
func (f *Feature) begin(run func(w *work) tea.Msg) tea.Cmd {
	f.seq++
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.stop = cancel
	w := &work{To: host.To{Tab: f.v.ID}, seq: f.seq, ctx: ctx, msgs: make(chan tea.Msg, 16)}
	return tea.Batch(func() (msg tea.Msg) {
		defer cancel()
		defer close(w.msgs)
		defer host.Recovered(&msg)
		return run(w)
	}, host.HandOn(w.msgs, func(m tea.Msg, next tea.Cmd) tea.Msg {
		switch m := m.(type) {
		case stepMsg:
			m.next = next
			return m
		case readyMsg:
			m.next = next
			return m
		}
		return m
	}))
}

// report says what is being done; where what was said before was not taken yet, it is left out.
func (w *work) report(step string) {
	select {
	case w.msgs <- stepMsg{To: w.To, seq: w.seq, step: step}:
	default:
	}
}

// plannedMsg is a plan, or why there is none.
type plannedMsg struct {
	host.To
	seq  int
	plan *restore.Plan
	err  error
}

// plan plans the restore of a backup.
func (f *Feature) plan(path string) tea.Cmd {
	plan := f.host.Deps().Plan
	switch {
	case etcdsource.IsBucket(path):
		f.host.Say(text.Warning, "A restore needs the backup as a file on the node: copy it out of the bucket, and plan with that.")
		return nil
	case plan == nil:
		f.host.Say(text.Warning, "This build cannot plan a restore.")
		return nil
	case path == "":
		f.host.Say(text.Muted, "Name a backup: :restore FILE, or r on one of the snapshots.")
		return nil
	case f.stop != nil:
		f.host.FocusOn(Screen)
		f.host.Say(text.Muted, "Something is being planned or rehearsed already; esc ends it.")
		return nil
	}
	if at := f.host.Focus(); at != Screen {
		f.from = at
	}
	f.pane.begin(path)
	f.host.FocusOn(Screen)
	beside := f.beside(path)
	return f.begin(func(w *work) tea.Msg {
		p, err := plan(w.ctx, path, beside, w.report)
		return plannedMsg{w.To, w.seq, p, err}
	})
}

// beside are the stores that are open, but for the file itself and what is served by a rehearsal.
func (f *Feature) beside(path string) (out []restore.Beside) {
	for _, o := range f.host.Opened() {
		if o.Target.Path == path || o.Target.Rehearsed.Socket != "" || !o.Live && !o.Past {
			continue
		}
		b := restore.Beside{What: "the open file " + o.Name, OnlyOurs: true, Opened: o.Opened}
		if o.Live {
			b.What, b.Live, b.OnlyOurs = "the open cluster "+o.Name, true, o.Target.Demo
		}
		out = append(out, b)
	}
	return out
}

func (f *Feature) onPlanned(m plannedMsg) {
	if m.seq != f.seq {
		return
	}
	f.stop = nil
	switch {
	case errors.Is(m.err, context.Canceled):
		f.host.Say(text.Muted, "The plan was given up.")
		f.pane.fail("given up")
	case m.err != nil:
		f.pane.fail(clean.Error(m.err))
	default:
		f.pane.show(m.plan)
	}
}

// copyCommand copies the command under the cursor, all of its lines.
func (f *Feature) copyCommand() tea.Cmd {
	s := f.pane.command()
	if s == "" {
		f.host.Say(text.Muted, "Enter unfolds a line; on a command it copies the command.")
		return nil
	}
	f.host.Say(text.OK, "Copied: "+first(s))
	return f.host.Clipboard(s)
}

// first is the first line of a command, and a sign that there are more.
func first(s string) string {
	line, _, more := strings.Cut(s, "\n")
	if more {
		line = strings.TrimSuffix(line, " \\") + " …"
	}
	return clean.Text(line)
}
