package compare

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/diffview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Feature compares two versions of a key, and two states of all keys.
type Feature struct {
	host      host.Host
	v         *view.View
	diff      *diffview.Pane
	diffs     *differences.Pane
	compared  comparison // what the diff view shows
	contrast  contrast   // what the list of differences shows
	thenShown bool       // or it shows what differs between the screen's time and now
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	f := &Feature{host: h, v: v, diff: diffview.New(v.Panes.Style), diffs: differences.New(v.Panes.Style, func(path string) bool { return v.Nav.Marks.Has(path, 0) })}
	f.diff.SignedBy(f.wrote)
	return f
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: layout.Diff, Pane: f.diff, Scope: keymap.Hunks}, {ID: layout.Differences, Pane: f.diffs, Scope: keymap.Compare}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch f.host.Focus() {
	case layout.Diff:
		if cmd, ok := f.actDiff(a); ok {
			return cmd, true
		}
	case layout.Differences:
		if cmd, ok := f.actDifferences(a); ok {
			return cmd, true
		}
	}
	switch a {
	case keymap.ListThen:
		if f.host.Focus() == layout.Snapshots {
			return nil, false
		}
		return f.compareKey(), true
	case keymap.Diff:
		return f.diffHere(), true
	case keymap.DiffWith:
		f.diffWith()
	case keymap.Mark:
		f.mark()
	default:
		return nil, false
	}
	return nil, true
}

// actDifferences carries out what means something in the list of differences.
func (f *Feature) actDifferences(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Format, keymap.Diff:
		return f.host.Carry(f.diffs.Do(a)), true
	case keymap.Search:
		filter := func(s string) tea.Cmd { f.diffs.Filter(s); return f.host.Settle() }
		f.host.Prompt(host.Prompt{Sign: "/", Typed: filter, Cancel: func() tea.Cmd { f.diffs.Filter(""); return nil }})
		return nil, true
	case keymap.Rescue:
		return f.rescueRows(), true
	}
	return nil, false
}

// actDiff carries out what means something in the diff view.
func (f *Feature) actDiff(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Diff:
		f.host.FocusOn(f.compared.back)
	case keymap.DiffWith:
		f.diffWith()
	case keymap.Copy, keymap.CopyValue:
		return f.copyPatch(), true
	case keymap.Export:
		f.askExport()
	case keymap.Reveal:
		f.v.Panes.Object.Do(keymap.Reveal)
		return f.recompare(f.compared), true
	case keymap.TravelHere:
		if c := f.diff.Content(); c != nil {
			f.host.FocusOn(f.compared.back)
			return f.host.Travel(c.To.Rev), true
		}
	case keymap.Search:
		f.host.Prompt(host.Prompt{Sign: "/", Done: func(s string) tea.Cmd { f.diff.Search(s); return nil }})
	case keymap.Rescue:
		return f.rescueOlder(), true
	case keymap.NextPane, keymap.PrevPane, keymap.Older, keymap.Newer, keymap.Format:
		return f.host.Carry(f.diff.Do(a)), true
	default:
		return nil, false
	}
	return nil, true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case rowsMsg:
		return f.onRows(msg), true
	case notesMsg:
		return f.onNotes(msg), true
	case thenMsg:
		f.onThen(msg)
	case diffMsg:
		f.onDiff(msg)
	case pane.ShowDifference:
		return f.showDifference(msg.Key), true
	case pane.StepDiff:
		return f.stepDiff(msg.Dir), true
	case host.CompareFile:
		return f.compareFile(msg.Path), true
	case host.ViewOpened:
		return f.awaited(msg.ID), true
	case host.Settling:
		return f.noteRows(), true
	case view.Travelled:
		return f.compareThen(), true
	case view.FolderRead:
		return f.compareFolder(msg.Path), true
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature: a search in the diff ends, then the diff; a comparison, its filter, then its list.
func (f *Feature) Back() (tea.Cmd, bool) {
	switch focus := f.host.Focus(); {
	case focus == layout.Diff && f.diff.Searching():
		f.diff.Search("")
	case focus == layout.Diff:
		f.host.FocusOn(f.compared.back)
	case focus != layout.Differences:
		return nil, false
	case f.stopContrast():
		f.diffs.End("cancelled")
	case f.diffs.Filtered():
		f.diffs.Unfilter()
	default:
		f.host.FocusOn(layout.Keys)
	}
	return nil, true
}

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Names: []string{"compare", "diff"}, Arg: "[FILE|live|N [N]]", Help: "Compare all keys: with a file, the cluster, a revision or time; two of them", Run: f.compareWith}}
}

// rescueOlder brings back the older side of the diff.
func (f *Feature) rescueOlder() tea.Cmd {
	c := f.diff.Content()
	if c == nil || c.From.Object == nil || f.compared.foreign() {
		f.host.Say(text.Muted, "Only the older side can be brought back; there is none here of this source.")
		return nil
	}
	w := f.end(f.v.State.At).rescue()
	key := string(c.From.Key)
	w.Keys, w.Name = []view.Mark{{Key: key, Rev: c.From.Rev}}, strings.TrimPrefix(key, f.v.Opened.Root)
	return f.host.Ask(w)
}

// rescue is the request to bring something of this state back.
func (e end) rescue() view.Rescue { return view.Rescue{From: e.opened, Rev: e.rev, Of: e.name} }

// rescueRows brings back the older side of what differs.
func (f *Feature) rescueRows() tea.Cmd {
	from, _ := f.listed(f.thenShown)
	w := from.rescue()
	rows, folders := f.diffs.Under(), 0
	marked := false
	for i := range f.diffs.Rows() {
		if r := &f.diffs.Rows()[i]; f.v.Nav.Marks.Has(r.Key, 0) {
			if !marked {
				rows, marked = nil, true
			}
			rows = append(rows, r)
		}
	}
	for _, r := range rows {
		switch {
		case r.Op == differences.Added:
		case strings.HasSuffix(r.Key, "/"):
			w.Prefixes = append(w.Prefixes, r.Key)
			folders++
		default:
			w.Keys = append(w.Keys, view.Mark{Key: r.Key})
		}
	}
	if len(w.Keys)+folders == 0 || w.From == nil {
		f.host.Say(text.Muted, "Only what was removed or changed can be brought back: this is not on the older side.")
		return nil
	}
	w.Name, w.All = "rescue", true
	if r := rows[0]; len(w.Keys)+folders == 1 {
		w.Name = strings.TrimPrefix(r.Key, f.v.Opened.Root)
	}
	return f.host.Ask(w)
}
