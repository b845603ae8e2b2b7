package compare

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/rescue"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/diffview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Feature compares two versions of a key, and two states of all keys.
type Feature struct {
	host   host.Host
	v      *view.View
	key    keyDiff
	states stateDiff
}

// keyDiff is the difference between two versions of a key, or of two keys.
type keyDiff struct {
	f        *Feature
	diff     *diffview.Pane
	compared comparison // what it shows
	reading  host.Newest
}

// stateDiff is the list of the keys in which two states differ.
type stateDiff struct {
	f        *Feature
	diffs    *differences.Pane
	listing  stateList // what it shows
	nowShown bool      // or it shows what differs between the screen's time and now
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	f := &Feature{host: h, v: v}
	f.key = keyDiff{f: f, diff: diffview.New(v.Panes.Style)}
	f.states = stateDiff{f: f, diffs: differences.New(v.Panes.Style, v.Opened.Root, v.Opened.Kinds, func(path string) bool { return v.Nav.Marks.Has(path, 0) })}
	f.states.diffs.Knows(func(key string, rev int64) (attribution.Verdict, bool) { return wroteRow(&f.states, key, rev) }, v.Panes.Changes.NewestTime)
	f.key.diff.SignedBy(f.key.wrote)
	return f
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: layout.Diff, Pane: f.key.diff, Scope: keymap.Hunks}, {ID: layout.Differences, Pane: f.states.diffs, Scope: keymap.Compare}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	switch f.host.Focus() {
	case layout.Diff:
		if cmd, ok := f.key.actDiff(a); ok {
			return cmd, true
		}
	case layout.Differences:
		if cmd, ok := f.states.actDifferences(a); ok {
			return cmd, true
		}
	}
	switch a {
	case keymap.ListThen:
		if f.host.Focus() == layout.Snapshots {
			return nil, false
		}
		return f.states.compareKey(), true
	case keymap.Diff:
		return f.key.diffHere(), true
	case keymap.DiffWith:
		f.key.diffWith()
	case keymap.Mark:
		f.key.mark()
	default:
		return nil, false
	}
	return nil, true
}

// actDifferences carries out what means something in the list of differences.
func (sd *stateDiff) actDifferences(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Format, keymap.Diff:
		return sd.f.host.Carry(sd.diffs.Do(a)), true
	case keymap.Search:
		filterBy := func(s string) tea.Cmd { sd.diffs.Filter(s); return sd.f.host.Settle() }
		words := sd.f.v.Panes.Changes.Words()
		words.Words = differences.Words
		p := view.FilterPrompt(sd.f.v, sd.diffs.FilterText(), words, "in differences", filterBy)
		wrong := p.Wrong
		p.Wrong = func(s string) string { return cmp.Or(wrong(s), lacksPast(sd, s)) }
		sd.f.host.Prompt(p)
		return nil, true
	case keymap.Copy, keymap.CopyValue:
		return sd.f.host.Ask(host.CopyMenu{Own: listCopier{sd}.copied()}), true
	case keymap.Rescue:
		return sd.rescueRows(), true
	}
	return nil, false
}

// actDiff carries out what means something in the diff view.
func (d *keyDiff) actDiff(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Diff:
		d.f.host.FocusOn(d.compared.back)
	case keymap.DiffWith:
		d.diffWith()
	case keymap.Copy:
		return d.f.host.Ask(host.CopyMenu{Own: d.copied()}), true
	case keymap.CopyValue:
		return d.copyPatch(), true
	case keymap.Export:
		d.askExport()
	case keymap.Reveal:
		d.f.v.Panes.Object.Do(keymap.Reveal)
		return d.recompare(d.compared), true
	case keymap.TravelHere:
		if c := d.diff.Content(); c != nil {
			d.f.host.FocusOn(d.compared.back)
			return d.f.host.Travel(c.To.Rev), true
		}
	case keymap.Search:
		d.f.host.Prompt(host.Prompt{Sign: "/", Done: func(s string) tea.Cmd { d.diff.Search(s); return nil }})
	case keymap.Rescue:
		return d.rescueOlder(), true
	case keymap.NextPane, keymap.PrevPane, keymap.Older, keymap.Newer, keymap.Format:
		return d.f.host.Carry(d.diff.Do(a)), true
	default:
		return nil, false
	}
	return nil, true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case rowsMsg:
		return f.states.onRows(msg), true
	case notesMsg:
		return f.states.onNotes(msg), true
	case thenMsg:
		f.states.onThen(msg)
	case diffMsg:
		f.key.onDiff(msg)
	case pane.ShowDifference:
		return f.states.showDifference(msg.Key), true
	case pane.StepDiff:
		return f.key.stepDiff(msg.Dir), true
	case host.CompareFile:
		return f.states.compareFile(msg.Path), true
	case host.CompareView:
		return f.compareView(msg.ID), true
	case host.ViewOpened:
		return f.states.awaited(msg.ID), true
	case host.Settling:
		return f.states.noteRows(), true
	case view.Attributed:
		f.states.diffs.Attributed()
		return nil, false
	case view.Travelled:
		return f.states.compareThen(), true
	case view.FolderRead:
		return f.states.compareFolder(msg.Path), true
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature: a search in the diff ends, then the diff; a comparison, its filter, then its list.
func (f *Feature) Back() (tea.Cmd, bool) {
	switch focus := f.host.Focus(); {
	case focus == layout.Diff && f.key.diff.Searching():
		f.key.diff.Search("")
	case focus == layout.Diff:
		f.host.FocusOn(f.key.compared.back)
	case focus != layout.Differences:
		return nil, false
	case f.states.stopContrast():
		f.states.diffs.End("cancelled")
	case f.states.diffs.Filtered():
		f.states.diffs.Unfilter()
	default:
		f.host.FocusOn(layout.Keys)
	}
	return nil, true
}

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 70, Names: []string{"compare", "diff"}, Arg: "[FILE|live|N [N]]", Help: "Compare all keys: with a file, the cluster, a revision or time; two of them", Run: f.states.compareWith}}
}

// rescueOlder brings back the older side of the diff.
func (d *keyDiff) rescueOlder() tea.Cmd {
	c := d.diff.Content()
	if c == nil || c.From.Object == nil || d.compared.foreign() {
		d.f.host.Say(text.Muted, "Only the older side can be brought back; there is none here of this source.")
		return nil
	}
	w := d.f.states.end(d.f.v.State.At).rescue()
	key := string(c.From.Key)
	w.Keys, w.Name = []view.Mark{{Key: key, Rev: c.From.Rev}}, strings.TrimPrefix(key, d.f.v.Opened.Root)
	return d.f.host.Ask(w)
}

// rescue is the request to bring something of this state back.
func (e end) rescue() view.Rescue { return view.Rescue{From: e.opened, Rev: e.rev, Of: e.name} }

// rescueRows brings back the older side of what differs.
func (sd *stateDiff) rescueRows() tea.Cmd {
	from, _ := sd.listed(sd.nowShown)
	w := from.rescue()
	rows, folders := sd.diffs.Under(), 0
	marked := false
	for i := range sd.diffs.Rows() {
		if r := &sd.diffs.Rows()[i]; sd.f.v.Nav.Marks.Has(r.Key, 0) {
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
		sd.f.host.Say(text.Muted, "Only what was deleted or updated can be brought back: this is not on the older side.")
		return nil
	}
	w.Name, w.Rules = "rescue", rescue.Rules{Owned: true, Jobs: true} // all that was chosen
	if r := rows[0]; len(w.Keys)+folders == 1 {
		w.Name = strings.TrimPrefix(r.Key, sd.f.v.Opened.Root)
	}
	return sd.f.host.Ask(w)
}
