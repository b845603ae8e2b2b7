package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/snapshots"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// carry does what a pane asked for, as far as it concerns the whole screen; the rest is the tab's.
func (m *Model) carry(t *tab, i pane.Intent) tea.Cmd {
	switch i := i.(type) {
	case nil:
		return m.settle(t)
	case pane.Open:
		if t.story == nil || m.focus != layout.Story {
			m.setFocus(layout.Object)
		}
		return m.jump(t, i.Path)
	case pane.Leave:
		m.setFocus(layout.Keys)
		return nil
	case pane.Say:
		m.say(i.Role, i.Text)
		return nil
	case pane.ShowDifference:
		return m.showDifference(t, i.Key)
	case pane.BlameBefore:
		return m.blameBefore(t, i)
	case pane.FilterWriter:
		m.setFocus(layout.Changes)
		t.changes.Filter("by:" + i.Writer)
		return m.settle(t)
	case pane.StepDiff:
		return m.stepDiff(t, i.Dir)
	case pane.OpenFile:
		return m.openTab(host.Target{Path: i.Path})
	}
	return tea.Batch(t.do(i), m.settle(t))
}

// do carries out what concerns only the tab.
func (t *tab) do(i pane.Intent) tea.Cmd {
	switch i := i.(type) {
	case pane.Select:
		if i.Path != t.keys.Cursor() {
			return t.reveal(i.Path)
		}
		t.object.Pin(0)
		return t.sync()
	case pane.Load:
		return t.list(i.Path)
	case pane.Pin:
		rev := i.Rev
		if rev == t.history.Newest() && t.state.At == 0 {
			rev = 0
		}
		t.object.Pin(rev)
		return t.sync()
	case pane.Older:
		return t.older()
	case pane.Render:
		return t.draw()
	}
	return nil
}

// travel moves the whole screen in time.
func (m *Model) travel(t *tab, rev int64) tea.Cmd {
	if rev > t.state.Head {
		m.say(text.Warning, "Revision "+widget.Thousands(rev)+" has not been written yet; the newest is "+widget.Thousands(t.state.Head)+".")
		return nil
	}
	if c := t.state.Info.Compacted; rev != 0 && rev < c {
		m.say(text.Warning, "Revision "+widget.Thousands(rev)+" was compacted; the oldest that can be read is "+widget.Thousands(c)+".")
		return nil
	}
	t.object.Pin(0)
	cmd := t.travel(rev)
	m.rearrange()
	t.changes.Sync()
	return tea.Batch(cmd, t.date(), m.settle(t))
}

// stepMsg is a step of a story that was played.
type stepMsg struct {
	host.Ask
	step etcdsource.Step
	err  error
}

// stepNext goes one step forward: through time as far as the story was played, then by playing on.
func (m *Model) stepNext(t *tab) tea.Cmd {
	st, err := etcdsource.As[etcdsource.Stepper](t.opened.Source)
	if err != nil || t.story.Waiting() {
		return nil
	}
	s := st.Story()
	switch at := t.story.At() + 1; {
	case at > len(s.Steps):
		t.story.Auto(false)
		m.say(text.Muted, "That was the last step: b goes back, r starts the story again.")
		return nil
	case at < s.Done:
		t.tell(s, at)
		t.seq.At(t.story.Revision(at))
		return tea.Batch(m.travel(t, s.Steps[at-1].Revision), m.toStep(t))
	case at == s.Done:
		t.tell(s, at)
		t.seq.At(t.story.Revision(at))
		return tea.Batch(m.travel(t, 0), m.toStep(t))
	}
	t.story.Busy(true)
	a := t.ask()
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		step, err := st.Next(ctx)
		return stepMsg{a, step, err}
	})
}

func (m *Model) onStep(t *tab, msg stepMsg) tea.Cmd {
	t.story.Busy(false)
	if msg.err != nil {
		t.story.Auto(false)
		m.say(text.Error, "The next step could not be played: "+clean.Error(msg.err))
		return nil
	}
	st, err := etcdsource.As[etcdsource.Stepper](t.opened.Source)
	if err != nil {
		return nil
	}
	s := st.Story()
	t.state.Head = max(t.state.Head, msg.step.Revision)
	t.tell(s, s.Done)
	return m.toStep(t)
}

// toStep moves the cursor to the key of the step that is shown.
func (m *Model) toStep(t *tab) tea.Cmd {
	if s := t.story.Step(); s != nil && len(s.Key) > 0 {
		return t.reveal(string(s.Key))
	}
	return nil
}

// stepBack shows the store as it was before the step that is shown.
func (m *Model) stepBack(t *tab) tea.Cmd {
	at := t.story.At()
	if at == 0 {
		return nil
	}
	st, err := etcdsource.As[etcdsource.Stepper](t.opened.Source)
	if err != nil {
		return nil
	}
	t.story.Auto(false)
	t.tell(st.Story(), at-1)
	t.seq.At(t.story.Revision(at - 1))
	return tea.Batch(m.travel(t, t.story.Revision(at-1)), m.toStep(t))
}

// restart opens the story again, from its beginning.
func (m *Model) restart(t *tab) tea.Cmd {
	target := t.target
	closing := m.closeTab(t)
	return tea.Batch(closing, m.openTab(target))
}

// autoplayEvery is the pause between two steps of a story that plays by itself.
const autoplayEvery = 3 * time.Second

func (m *Model) autoplay(t *tab) tea.Cmd {
	if t.story == nil || t.state == nil || !t.story.Playing() || t.story.Waiting() {
		return nil
	}
	every := autoplayEvery
	if m.opts.Speed > 0 {
		every = time.Duration(float64(every) / m.opts.Speed)
	}
	if m.style.Now.Sub(t.begun) < every {
		return nil
	}
	t.begun = m.style.Now
	return m.stepNext(t)
}

// saving is a snapshot that is being saved.
type saveStepMsg struct {
	tab  int
	step snapshots.Step
	next tea.Cmd
}

type savedMsg struct {
	tab    int
	result snapshots.Result
	err    error
}

// save streams a snapshot into a file. Its steps arrive through a channel of one: a report that nobody has taken yet
// is replaced by the newer one.
func (m *Model) save(t *tab, path string) tea.Cmd {
	if t.snaps.Running() || t.recalling != nil {
		return nil
	}
	t.snaps.Begin(m.style.Now)
	ctx, cancel := context.WithCancel(t.ctx)
	t.stopSave = cancel
	steps := make(chan snapshots.Step, 64)
	save, src, id := m.deps.Save, t.opened.Source, t.id
	run := func() (msg tea.Msg) {
		defer cancel()
		defer close(steps)
		defer host.Recovered(&msg)
		r, err := save(ctx, src, path, func(s snapshots.Step) {
			select {
			case steps <- s:
			default:
				if s.Ended {
					steps <- s
				}
			}
		})
		return savedMsg{id, r, err}
	}
	var next tea.Cmd
	next = func() tea.Msg {
		s, ok := <-steps
		if !ok {
			return nil
		}
		return saveStepMsg{id, s, next}
	}
	return tea.Batch(run, next)
}

// filesMsg is what a folder of snapshots holds.
type filesMsg struct {
	tab   int
	files []snapshots.File
	err   error
}

func (m *Model) listFiles(t *tab) tea.Cmd {
	list, dir, id := m.deps.List, t.snaps.Dir(), t.id
	return func() (msg tea.Msg) {
		defer host.Recovered(&msg)
		files, err := list(dir)
		return filesMsg{id, files, err}
	}
}

// onOther folds in what is neither input nor an answer about keys.
func (m *Model) onOther(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case saveStepMsg:
		if t := m.find(msg.tab); t != nil {
			t.snaps.Report(msg.step)
		}
		return msg.next
	case savedMsg:
		t := m.find(msg.tab)
		if t == nil {
			return nil
		}
		t.snaps.End(msg.result, msg.err)
		if msg.err != nil {
			m.say(text.Error, "The snapshot was not saved: "+clean.Error(msg.err))
		} else {
			m.say(text.OK, "Snapshot saved and verified: "+clean.Key([]byte(msg.result.Path)))
		}
		return m.listFiles(t)
	case partsMsg:
		return m.onParts(msg)
	case partsRemovedMsg:
		return m.onPartsRemoved(msg)
	case filesMsg:
		if t := m.find(msg.tab); t != nil && t.snaps != nil {
			t.snaps.Files(msg.files, msg.err)
		}
	case writtenMsg:
		m.onWritten(msg)
	case rescuedMsg:
		m.onRescued(msg)
	case rowsMsg:
		return m.onRows(msg)
	case notesMsg:
		return m.onNotes(msg)
	case datedMsg:
		m.onDated(msg)
	case momentMsg:
		return m.onMoment(msg)
	case witnessedMsg:
		return m.onWitnessed(msg)
	case whichMsg:
		m.onWhich(msg)
	case outsideMsg:
		m.onOutside(msg)
	case tea.ResumeMsg:
		return tea.ClearScreen
	}
	return m.onRecall(msg)
}
