package travel

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// steps reports whether [ and ] go through the changes of a paused feed: where it has the focus, and for a
// store that is being written wherever they would go through the whole store.
func (f *Feature) steps() bool {
	switch s := f.host.Scope(); {
	case !f.v.Panes.Changes.Paused():
		return false
	case s == keymap.Changes:
		return true
	case s == keymap.Value || s == keymap.Timeline:
		return false
	}
	return f.v.Panes.Story == nil && f.v.State.At == 0 && f.v.State.Info.Running
}

// stepChanges takes the next change, or goes back to the one before: it is selected, and said in a sentence.
func (f *Feature) stepChanges(dir int) tea.Cmd {
	e, ok := f.v.Panes.Changes.Step(dir)
	if !ok {
		f.host.Say(text.Muted, map[int]string{-1: "This is the oldest change in the list.", 1: "Nothing has been written since: the next write is taken when it comes; F follows again."}[dir])
		return f.host.Settle()
	}
	if e == nil {
		return f.host.Settle()
	}
	f.v.Panes.Changes.Say(f.words(e.Mod))
	if !f.host.Shows(layout.Changes) {
		f.host.Say(text.Travel, f.v.Panes.Changes.TakenShort())
	}
	cmd := f.host.Carry(pane.Select{Path: string(e.Key)})
	if f.v.Tree.Goal != "" {
		f.v.Tree.GoalRev = e.Mod
		return cmd
	}
	f.v.Panes.Object.Pin(e.Mod)
	f.v.Panes.History.MoveTo(e.Mod)
	return tea.Batch(cmd, f.v.Sync())
}

// words are what the story says of a revision, "" where it says nothing.
func (f *Feature) words(rev int64) string {
	st, err := etcdsource.As[etcdsource.Stepper](f.v.Opened.Source)
	if err != nil {
		return ""
	}
	s := st.Story()
	for i := range s.Steps[:min(s.Done, len(s.Steps))] {
		if s.Steps[i].Revision == rev && s.Steps[i].Stored { // a step without words is described like any other change
			return clean.Text(s.Steps[i].Say)
		}
	}
	return ""
}
