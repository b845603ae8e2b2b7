package search

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Feature looks for keys, texts in values and related objects, in one view.
type Feature struct {
	host     host.Host
	v        *view.View
	find     finder
	rows     rows
	grepped  grepping
	narrowed string // the folder that shows one namespace because that was typed behind its type
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	f := &Feature{host: h, v: v}
	f.find.f, f.find.facts.f, f.find.facts.by = f, f, &f.find
	f.rows.f, f.rows.facts.f, f.rows.facts.by = f, f, &f.rows
	v.Panes.Table.Chooses(f.rows.passes)
	v.Panes.Table.Leaves(f.rows.left)
	v.Panes.Table.HasNone(f.rows.none)
	v.Panes.Table.CannotRead(func() int { return f.rows.facts.unread(v.Panes.Table.Read()) })
	v.Flow.Deleted.Listed = func(key string, rev int64) bool {
		return f.find.find.whole && rev <= f.find.find.rev && f.find.find.keys.Has(key)
	}
	return f
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Search:
		f.prompt()
	case keymap.Pane2:
		return f.rows.open()
	case keymap.Grep:
		f.host.Prompt(host.Prompt{Sign: "in values" + below(f.v.Opened.Root, f.grepFolder()) + ": ", Done: f.grep})
	case keymap.ShowDeleted:
		return f.deleted(""), true
	case keymap.ScopeNamespace:
		return tea.Batch(f.askScope(), f.host.Settle()), true
	default:
		return f.actGoto(a)
	}
	return f.host.Settle(), true
}

// prompt asks for a filter in lists, for a text to find in the value: the focus decides.
func (f *Feature) prompt() {
	switch f.host.Scope() {
	case keymap.Value:
		f.host.Prompt(host.Prompt{Sign: "/", Done: func(s string) tea.Cmd { f.v.Panes.Object.Search(s); return nil }})
	case keymap.Changes:
		f.promptChanges()
	case keymap.Timeline:
		f.promptTimeline()
	case keymap.Folder:
		f.rows.prompt()
	default:
		promptRows(f)
	}
}

// promptRows asks for the filter of a screen's rows, where it has such; beside the panes for that of the keys.
func promptRows(f *Feature) {
	rows, ok := f.host.Pane(f.host.Focus()).(pane.Sifter)
	switch {
	case ok:
		sift := func(s string) tea.Cmd {
			x, _ := filter.Parse(s, f.v.Opened.Kinds) // the prompt says what is wrong in it
			rows.Sift(x)
			return f.host.Settle()
		}
		p := view.FilterPrompt(f.v, rows.Sifted(), &filter.Known{Words: []string{}}, "on this screen", sift)
		p.Move = func(a keymap.Action) tea.Cmd { return f.host.Carry(f.host.Pane(f.host.Focus()).Do(a)) }
		f.host.Prompt(p)
	case f.host.Focus().Whole():
		f.host.Say(text.Muted, "This screen has no rows to filter: 1, then /, filters the keys; 3, then /, the changes.")
	default:
		f.promptKeys()
	}
}

// unsift takes the filter of a screen's rows back; it reports whether there was one.
func unsift(h host.Host) bool {
	rows, ok := h.Pane(h.Focus()).(pane.Sifter)
	if !ok || rows.Sifted() == "" {
		return false
	}
	rows.Sift(nil)
	return true
}

// promptChanges asks for the filter of the changes.
func (f *Feature) promptChanges() {
	p := f.v.Panes.Changes
	filterBy := func(s string) tea.Cmd { _ = p.Filter(s); return f.host.Settle() } // the prompt says what is wrong in it
	f.host.Prompt(view.FilterPrompt(f.v, p.Filtered(), p.Words(), "", filterBy))
}

// promptTimeline asks for the filter of the selected key's history.
func (f *Feature) promptTimeline() {
	p := f.v.Panes.History
	filterBy := func(s string) tea.Cmd {
		i, _ := p.Filter(s, f.v.Opened.Kinds)
		return f.host.Carry(i)
	}
	f.host.Prompt(view.FilterPrompt(f.v, p.Filtered(), p.Words(), "in the timeline of a key", filterBy))
}

// deleted lists what was deleted among the changes, as far as another filter lets it through.
func (f *Feature) deleted(more string) tea.Cmd {
	f.host.FocusOn(layout.Changes)
	_ = f.v.Panes.Changes.Filter(strings.TrimSpace(timeline.Gone + " " + more)) // the title shows it
	return f.host.Settle()
}

// promptKeys asks for the filter of the keys.
func (f *Feature) promptKeys() {
	words := f.v.Panes.Changes.Words()
	f.host.FocusOn(layout.Keys)
	p := view.FilterPrompt(f.v, f.find.find.text, words, "among keys", f.find.filter)
	p.Hint = ofLastWrite(p.Hint)
	p.Move = func(a keymap.Action) tea.Cmd { return f.host.Carry(f.v.Panes.Keys.Do(a)) }
	if f.find.find.text == "" {
		p.Cancel = f.find.giveUp
	}
	said := p.Done
	p.Done = func(s string) tea.Cmd {
		if f.find.facts.filter() != nil {
			f.host.Say(text.Muted, "These are chosen by the last write of each key; 3, then /, filters all changes.")
		}
		said(s)
		if f.find.find.whole {
			f.v.Panes.Keys.Pick()
		}
		return f.v.Sync()
	}
	f.host.Prompt(p)
}

// ofLastWrite says in the hint of a word that it asks for the last write of each key.
func ofLastWrite(usual func(string) string) func(string) string {
	return func(s string) string {
		hint := filter.Hint(s)
		if hint == "" || filter.Hint("kind:") == hint || filter.Hint("ns:") == hint {
			return usual(s)
		}
		return "of the last write of each key: " + hint
	}
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case listedMsg:
		return f.find.onListed(msg), true
	case foundMsg:
		return f.find.onFound(msg), true
	case grepMsg:
		return f.onGrep(msg), true
	case thereMsg:
		return onThere(f, msg), true
	case gotoMsg:
		return f.onGoto(msg), true
	case leaseMsg:
		return f.onLease(msg), true
	case factsMsg:
		if msg.by == asking(&f.rows) {
			return f.rows.facts.on(msg), true
		}
		return f.find.facts.on(msg), true
	case host.Settling:
		return tea.Batch(f.find.facts.settle(), f.rows.facts.settle()), false
	case view.Attributed:
		if f.rows.facts.filter() != nil {
			f.v.Panes.Table.Again()
		}
		if f.find.facts.filter() != nil {
			return f.find.showFound(), false
		}
	case spacesMsg:
		return f.onSpaces(msg), true
	case host.ShowType, host.ScopeTo, pane.FilterWriter:
		return requested(f, msg)
	case view.Travelled:
		f.rows.facts = facts{f: f, by: &f.rows}
		return f.find.relist(), true
	case view.Changed:
		if f.v.State.At == 0 {
			f.rows.facts.forget(msg.Batch)
		}
		return f.find.touchKeys(msg.Batch), true
	case view.LeaveSearch:
		f.find.endFilter()
		return nil, true
	case view.Revealed:
		return f.grepAgain(), true
	}
	return nil, false
}

// requested carries out what others ask for.
func requested(f *Feature, msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case host.ShowType:
		return showType(f, msg.Line)
	case host.ScopeTo:
		return f.scopeTo(msg.Namespace), true
	case pane.FilterWriter:
		f.v.Nav.Leave()
		f.host.FocusOn(layout.Changes)
		_ = f.v.Panes.Changes.Filter("by:" + filter.Writer(msg.Writer))
		return f.host.Settle(), true
	}
	return nil, false
}

// Back implements host.Feature: a search ends, then the scope.
func (f *Feature) Back() (tea.Cmd, bool) {
	switch {
	case f.rows.clear(), unsift(f.host):
		return f.host.Settle(), true
	case f.host.Focus() != layout.Keys:
	case f.v.Panes.Keys.Searching() && (f.find.find.text != "" || f.grepped.text != ""):
		return f.find.filter(""), true
	case f.v.Nav.Namespace != "":
		return f.scopeTo(""), true
	}
	return nil, false
}

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 30, Names: []string{"key", "k"}, Arg: "/KEY", Help: "Go to a key or a folder", Run: func(key string) tea.Cmd { return toKey(f, key) }},
		{Place: 40, Names: []string{"ns", "namespace"}, Arg: "[NAME]", Help: "Only one namespace in keys, changes and search; without a name all, or their list", Run: f.space},
		{Place: 52, Names: []string{"deleted"}, Arg: "[FILTER]", Help: "List what was deleted, when and by whom; enter shows the last value, a brings it back", Run: f.deleted},
		{Place: 60, Names: []string{"grep"}, Arg: "TEXT", Help: "Look for a text in the values below the selected folder", Run: f.grep},
	}
}

// hop goes to the place before the last jump, or ahead to where it led.
func (f *Feature) hop(ahead bool) tea.Cmd {
	at := f.host.Focus()
	cmd, focus, ok := f.v.Nav.Hop(ahead)
	if !ok {
		f.host.Say(text.Muted, "There is no place further that way.")
		return nil
	}
	if focus != layout.None && f.host.Focus() == at {
		f.host.FocusOn(focus)
	}
	return tea.Batch(cmd, f.host.Settle())
}
