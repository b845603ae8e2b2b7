package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// update takes a message about what the view reads; it reports whether it was one.
func (t *tab) update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case batchMsg:
		return t.onBatch(msg.batch), true
	case feedEndedMsg:
		if t.ctx.Err() == nil {
			t.state.End(clean.Text(words.Reason(msg.err)), t.style.Now)
		}
	case feedMsg:
		t.onFeed(msg)
	case witnessedMsg:
		return t.onWitnessed(msg), true
	case describedMsg:
		t.onDescribed(msg)
	case describedSourceMsg:
		t.takeInfo(msg.info, msg.err)
		return t.describeSource(), true
	case describedOnceMsg:
		t.takeInfo(msg.info, msg.err)
	case datedMsg:
		t.onDated(msg)
	default:
		if cmd, ok := t.reader.update(msg); ok {
			return cmd, true
		}
		return t.updateTree(msg)
	}
	return nil, true
}

// update takes a message about the selected key.
func (rd *reader) update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case objectMsg:
		return rd.onObject(msg), true
	case docMsg:
		rd.v.object.SetDoc(msg.object, msg.format, msg.view, msg.doc, msg.lines)
	case restMsg:
		return rd.onRest(msg), true
	case historyMsg:
		rd.onHistory(msg)
	case followMsg:
		return rd.onFollow(msg), true
	case lateMsg:
		rd.onLate(msg)
	default:
		return nil, false
	}
	return nil, true
}

// updateTree takes a message about folders.
func (t *tab) updateTree(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case childrenMsg:
		return t.onChildren(msg), true
	case countedMsg:
		return t.onCounted(msg), true
	case tableMsg:
		t.failed = t.failed || msg.err != nil
		t.table.Add(msg.want, msg.page)
	case tableRestMsg:
		return t.onTableRest(msg), true
	case touchedMsg:
		if t.table.Folder() == msg.folder {
			t.table.Update(msg.rows, msg.gone)
		}
	default:
		return nil, false
	}
	return nil, true
}

// settle asks for what the panes show and nobody has asked for yet.
func (t *tab) settle() tea.Cmd {
	return tea.Batch(t.describeFeed(), t.fillTable(), t.tellStanding(t.style.Now))
}

// beat is called once a second: ages and rates change.
func (t *tab) beat() tea.Cmd {
	now := t.style.Now
	t.keys.Touch(nil, now)
	t.keys.Beat(now)
	t.changes.Beat(now)
	return t.tellStanding(now)
}

// act carries out what changes how the object is shown, wherever the focus is.
func (t *tab) act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Sort:
		sortMenu(t.host, t.table)
		return nil, true
	case keymap.Blame, keymap.Format, keymap.ManagedFields:
		return t.host.Carry(t.object.Do(a)), true
	case keymap.Reveal:
		cmd := t.host.Carry(t.object.Do(a))
		t.host.Say(text.Warning, map[bool]string{true: "Secret values are shown until R is pressed again.", false: "Secret values are masked."}[t.object.Revealed()])
		return tea.Batch(cmd, t.reread(), t.host.Tell(Revealed{})), true
	}
	return nil, false
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
	case pane.BlameBefore:
		return t.blameBefore(i)
	}
	return nil
}

// refusal says why a revision cannot be shown, "" where it can.
func (t *tab) refusal(rev int64) string {
	if rev > t.state.Head {
		return "Revision " + widget.Thousands(rev) + " has not been written yet; the newest is " + widget.Thousands(t.state.Head) + "."
	}
	if c := t.state.Info.Compacted; rev != 0 && rev < c {
		return "Revision " + widget.Thousands(rev) + " was compacted; the oldest that can be read is " + widget.Thousands(c) + "."
	}
	return ""
}

// clear ends a filter or a search in the pane that has the focus; it reports whether there was one.
func (t *tab) clear(focus layout.ID) bool {
	switch {
	case focus == layout.Changes && t.changes.Filtered() != "":
		t.changes.Filter("")
	case focus == layout.Object && t.object.Searched():
		t.object.Search("")
	default:
		return false
	}
	return true
}

// scope is the keymap's name for a pane of the view.
func (t *tab) scope(focus layout.ID) keymap.Scope {
	switch focus {
	case layout.Object:
		if t.state != nil && t.table.Folder() != "" {
			return keymap.Folder
		}
		return keymap.Value
	case layout.Timeline:
		return keymap.Timeline
	case layout.Changes:
		return keymap.Changes
	case layout.Sequence:
		return keymap.Sequence
	case layout.Story:
		return keymap.Story
	}
	return keymap.Tree
}
