package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// steps reports whether [ and ] go through the changes of a feed that stands still: where it has the focus, and for a
// store that is being written wherever they would go through the whole store.
func (m *Model) steps(t *tab) bool {
	switch s := m.scope(); {
	case !t.changes.Paused():
		return false
	case s == keymap.Changes:
		return true
	case s == keymap.Value || s == keymap.Timeline:
		return false
	}
	return t.story == nil && t.state.At == 0 && t.state.Info.Running
}

// stepChanges takes the next change, or goes back to the one before: it is selected, and said in a sentence.
func (m *Model) stepChanges(t *tab, dir int) tea.Cmd {
	e, ok := t.changes.Step(dir)
	if !ok {
		m.say(text.Muted, map[int]string{-1: "This is the oldest change in the list.", 1: "Nothing has been written since: the next write is taken when it comes; F follows again."}[dir])
		return m.settle(t)
	}
	if e == nil {
		return m.settle(t)
	}
	t.changes.Say(t.words(e.Mod))
	if _, shown := m.lay.Of(layout.Changes); !shown {
		m.say(text.Travel, t.changes.TakenShort())
	}
	cmd := m.carry(t, pane.Select{Path: string(e.Key)})
	if t.goal != "" {
		t.goalRev = e.Mod
		return cmd
	}
	t.object.Pin(e.Mod)
	t.history.MoveTo(e.Mod)
	return tea.Batch(cmd, t.sync())
}

// words are what the story says of a revision, "" where it says nothing.
func (t *tab) words(rev int64) string {
	st, err := etcdsource.As[etcdsource.Stepper](t.opened.Source)
	if err != nil {
		return ""
	}
	s := st.Story()
	for i := range s.Steps[:min(s.Done, len(s.Steps))] {
		if s.Steps[i].Revision == rev && s.Steps[i].Stored { // a step without words is told like any other change
			return clean.Text(s.Steps[i].Say)
		}
	}
	return ""
}
