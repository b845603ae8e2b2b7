package tui

import (
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/words"
)

// act carries an action out: those of the whole program here, those of a story or of time next, the rest in the pane
// that has the focus.
func (m *Model) act(a keymap.Action) tea.Cmd {
	t := m.tab()
	if cmd, ok := m.actGlobal(t, a); ok {
		return cmd
	}
	if t.state == nil {
		if a == keymap.Open {
			return m.openAllTheSame(t)
		}
		return nil
	}
	if m.focus == layout.Differences && (a == keymap.Format || a == keymap.Diff) {
		return m.carry(t, t.diffs.Do(a))
	}
	if m.focus == layout.Report && (a == keymap.NextPane || a == keymap.PrevPane || a == keymap.Sort) {
		return m.carry(t, t.report.Do(a))
	}
	if m.focus == layout.Diff {
		if cmd, ok := m.actDiff(t, a); ok {
			return cmd
		}
	}
	if m.focus == layout.Spaces {
		if cmd, ok := m.actSpaces(t, a); ok {
			return cmd
		}
	}
	if cmd, ok := m.actStory(t, a); ok {
		return cmd
	}
	if cmd, ok := m.actTime(t, a); ok {
		return cmd
	}
	if cmd, ok := m.actGoto(t, a); ok {
		return cmd
	}
	if cmd, ok := m.actAnywhere(t, a); ok {
		return tea.Batch(cmd, m.settle(t))
	}
	id := m.focus
	if id == layout.Story || id == layout.None {
		id = layout.Keys
	}
	return m.carry(t, t.pane(id).Do(a))
}

func (m *Model) actGlobal(t *tab, a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Quit:
		return m.quit(), true
	case keymap.Suspend:
		return tea.Suspend, true
	case keymap.Redraw:
		return tea.ClearScreen, true
	case keymap.Help:
		m.showHelp()
	case keymap.Command:
		m.showPalette(t)
	case keymap.Back:
		return m.back(t), true
	case keymap.Refresh:
		return m.refresh(t), true
	case keymap.Mouse:
		m.mouse = !m.mouse
		m.say(text.Muted, map[bool]string{true: "The mouse moves etcdscope.", false: "The mouse selects text in the terminal; M takes it back."}[m.mouse])
	case keymap.NextTab:
		m.current = (m.current + 1) % len(m.tabs)
		m.rearrange()
	default:
		return nil, false
	}
	return nil, true
}

func (m *Model) actStory(t *tab, a keymap.Action) (tea.Cmd, bool) {
	if t.story == nil {
		return nil, false
	}
	switch a {
	case keymap.StoryNext:
		return m.stepNext(t), true
	case keymap.StoryBack:
		return m.stepBack(t), true
	case keymap.StoryAuto:
		t.story.Auto(!t.story.Playing())
		if t.story.Playing() {
			return m.stepNext(t), true
		}
		return nil, true
	case keymap.StoryReset:
		return m.restart(t), true
	}
	return nil, false
}

func (m *Model) actTime(t *tab, a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Older:
		return m.write(t, -1), true
	case keymap.Newer:
		return m.write(t, +1), true
	case keymap.TravelHere:
		return m.travelHere(t), true
	case keymap.TravelTo, keymap.GotoRevision:
		m.ask(promptRevision)
		return nil, true
	case keymap.TenOlder:
		return m.ten(t, -1), true
	case keymap.TenNewer:
		return m.ten(t, +1), true
	case keymap.FarOlder:
		return m.minute(t, -1), true
	case keymap.FarNewer:
		return m.minute(t, +1), true
	case keymap.ListThen:
		return m.compareKey(t), true
	case keymap.Now:
		return m.travel(t, 0), true
	case keymap.Recall:
		return m.askRecall(t), true
	case keymap.Follow:
		t.changes.Follow(t.changes.Paused())
		if !t.changes.Paused() && t.object.Pinned() != 0 {
			return m.carry(t, pane.Pin{Rev: 0}), true
		}
		return nil, true
	}
	return nil, false
}

// write goes one write back or forward: of the selected key where its history or its value has the focus, of the
// whole store elsewhere; at the end of a story that is its next step.
func (m *Model) write(t *tab, dir int) tea.Cmd {
	if m.steps(t) {
		return m.stepChanges(t, dir)
	}
	if s := m.scope(); s == keymap.Value || s == keymap.Timeline {
		rev, ok := t.history.Step(dir)
		if !ok {
			m.say(text.Muted, map[int]string{-1: "No older version of this key has been read.", 1: "This is the newest version."}[dir])
			return nil
		}
		return m.carry(t, pane.Pin{Rev: rev})
	}
	if t.story != nil {
		if dir > 0 {
			return m.stepNext(t)
		}
		return m.stepBack(t)
	}
	rev := t.state.Revision() + int64(dir)
	if rev > t.state.Head {
		m.say(text.Muted, "This is the newest revision.")
		return nil
	}
	return m.travel(t, rev)
}

// farStep is how many revisions < and > go where no dates are known.
const farStep = 100

// far goes many revisions back or forward, as far as there are any.
func (m *Model) far(t *tab, by int64) tea.Cmd {
	rev := max(t.state.Revision()+by, t.state.Info.Compacted, 1)
	if rev >= t.state.Head {
		rev = 0
	}
	return m.travel(t, rev)
}

// travelHere moves the whole screen to the revision under the cursor.
func (m *Model) travelHere(t *tab) tea.Cmd {
	switch {
	case m.focus == layout.Changes && t.changes.Current() != nil:
		return m.travel(t, t.changes.Current().Mod)
	case m.focus == layout.Sequence && t.seq.Current() != nil && t.seq.Current().Rev != 0:
		return m.travel(t, t.seq.Current().Rev)
	case m.focus == layout.Report:
		if _, rev := t.report.At(); rev != 0 {
			return m.travel(t, rev)
		}
	case t.history.Current() != nil:
		return m.travel(t, t.history.Current().Mod)
	}
	m.say(text.Muted, "Select a revision in the timeline or among the changes first.")
	return nil
}

func (m *Model) actAnywhere(t *tab, a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.NextPane:
		m.cycle(+1)
	case keymap.PrevPane:
		m.cycle(-1)
	case keymap.Pane1, keymap.Pane2, keymap.Pane3, keymap.Pane4, keymap.Pane5, keymap.Pane6:
		m.setFocus(map[keymap.Action]layout.ID{keymap.Pane1: layout.Keys, keymap.Pane2: layout.Timeline,
			keymap.Pane3: layout.Changes, keymap.Pane4: layout.Snapshots, keymap.Pane5: layout.Sequence, keymap.Pane6: layout.Report}[a])
		switch a {
		case keymap.Pane4:
			return m.listFiles(t), true
		case keymap.Pane5:
			return t.showFamily(), true
		case keymap.Pane6:
			return t.showReport(), true
		}
	case keymap.Zoom:
		m.zoom = !m.zoom
		m.rearrange()
	case keymap.Search:
		m.ask(promptSearch)
	case keymap.Copy:
		m.showCopyMenu(t)
	case keymap.Sort:
		m.showSort(t)
	case keymap.ScopeNamespace:
		return m.askScope(t), true
	case keymap.Outside:
		return m.viewOutside(t), true
	case keymap.Requests:
		return m.showRequests(t), true
	case keymap.ShowSpaces:
		return m.showSpaces(t), true
	case keymap.Grep:
		m.ask(promptGrep)
	case keymap.Mark:
		m.mark(t)
	case keymap.CopyValue:
		return m.copyValue(t), true
	case keymap.Snapshot:
		return m.askSave(t), true
	case keymap.Diff:
		return m.diffHere(t), true
	case keymap.DiffWith:
		m.diffWith(t)
	case keymap.Rescue:
		return m.rescue(t), true
	case keymap.Blame, keymap.Format, keymap.ManagedFields, keymap.Reveal:
		cmd := m.carry(t, t.object.Do(a))
		if a == keymap.Reveal {
			m.say(text.Warning, map[bool]string{true: "Secret values are shown until R is pressed again.", false: "Secret values are masked."}[t.object.Revealed()])
			return tea.Batch(cmd, t.reread(), t.grepAgain()), true
		}
		return cmd, true
	default:
		return nil, false
	}
	return nil, true
}

func (m *Model) setFocus(id layout.ID) {
	if m.focus == layout.Spaces && id != layout.Spaces {
		m.tab().forgetSpaces()
	}
	m.focus = id
	m.rearrange()
	if _, ok := m.lay.Of(id); !ok && id != layout.Story {
		m.zoom = true
		m.rearrange()
	}
}

// cycle moves the focus to the next pane that is on the screen.
func (m *Model) cycle(dir int) {
	order := m.lay.Order()
	if m.zoom || m.lay.W < layout.SingleW || m.lay.H < layout.SingleH || m.focus.Whole() {
		order = []layout.ID{layout.Keys, layout.Object, layout.Timeline, layout.Changes}
	}
	if m.lay.StoryH > 0 {
		order = append(order, layout.Story)
	}
	at := 0
	for i, id := range order {
		if id == m.focus {
			at = i + dir
		}
	}
	m.focus = order[(at+len(order))%len(order)]
	m.rearrange()
}

// back undoes one layer: a filter, a search, a zoom, a version held fast, another time, a second tab.
func (m *Model) back(t *tab) tea.Cmd {
	if t.state == nil {
		if len(m.tabs) > 1 {
			return m.closeTab(t)
		}
		return nil
	}
	switch {
	case t.cancelRecall():
	case t.table.Hurrying():
		t.table.Stop()
	case m.focus == layout.Snapshots && t.snaps.Running():
		t.stopSave()
	case m.focus == layout.Diff && t.diff.Searching():
		t.diff.Search("")
	case m.focus == layout.Diff:
		m.setFocus(t.compared.back)
	case m.focus == layout.Differences && t.stopContrast():
		t.diffs.End("cancelled")
	case m.focus == layout.Differences && t.diffs.Filtered():
		t.diffs.Unfilter()
	case m.focus == layout.Differences:
		m.setFocus(layout.Keys)
	case m.focus == layout.Report && t.stopReport():
	case m.focus == layout.Snapshots || m.focus == layout.Sequence || m.focus == layout.Spaces || m.focus == layout.Report:
		m.setFocus(layout.Keys)
	case m.focus == layout.Changes && t.changes.Filtered() != "":
		t.changes.Filter("")
	case m.focus == layout.Keys && t.keys.Searching() && (t.find.text != "" || t.grepped.text != ""):
		return t.filter("")
	case m.focus == layout.Keys && t.scope != "":
		return m.scopeTo(t, "")
	case m.focus == layout.Object && t.object.Searched():
		t.object.Search("")
	case m.zoom:
		m.zoom = false
		m.rearrange()
	case t.object.Pinned() != 0:
		return m.carry(t, pane.Pin{Rev: 0})
	case m.focus == layout.Object || m.focus == layout.Timeline || m.focus == layout.Changes:
		m.setFocus(layout.Keys)
	case t.state.At != 0 && t.story == nil:
		return m.travel(t, 0)
	case len(t.marks.all()) > 0:
		t.marks.clear()
	case len(m.tabs) > 1:
		return m.closeTab(t)
	}
	return nil
}

// refresh reads again what is shown, and connects again where the source could not be opened.
func (m *Model) refresh(t *tab) tea.Cmd {
	switch {
	case t.state == nil && t.err != nil:
		t.err, t.begun = nil, m.style.Now
		return m.connect(t)
	case t.state == nil:
		return nil
	case t.state.Status.State == etcdsource.Retrying && !t.failed:
		m.say(text.Muted, "Not connected: what is on the screen stays, and follows again when etcd answers.")
		return nil
	case t.state.Status.State == etcdsource.Ended && t.state.Info.Spare:
		return m.restart(t)
	}
	t.running = nil
	return m.travel(t, t.state.At)
}

// quit ends the program, unless a snapshot is being saved: then it asks.
func (m *Model) quit() tea.Cmd {
	for _, t := range m.tabs {
		if t.snaps != nil && t.snaps.Running() {
			m.confirmQuit()
			return nil
		}
	}
	return tea.Quit
}

// askSave asks where a snapshot should go.
func (m *Model) askSave(t *tab) tea.Cmd {
	if t.recalling != nil {
		m.say(text.Warning, "The past is being recalled; save a snapshot when that is done.")
		return nil
	}
	if _, err := etcdsource.As[etcdsource.Saver](t.opened.Source); err != nil {
		m.say(text.Warning, words.Upper(clean.Error(err))+".")
		return nil
	}
	m.setFocus(layout.Snapshots)
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, t.state.Info.Name)
	m.askPath(filepath.Join(t.snaps.Dir(), name+"-"+m.style.Now.UTC().Format("2006-01-02T15-04-05Z")+".db"))
	return m.listFiles(t)
}
