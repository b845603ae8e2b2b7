package view

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Update takes a message about what the view reads; it reports whether it was one.
func (t *View) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case BatchMsg:
		if t.State.Info.Spare {
			t.Flow.arrivals.took(msg.Batch.Events, msg.At)
		}
		return t.Flow.onBatch(msg.Batch), true
	case feedEndedMsg:
		if t.Ctx.Err() == nil {
			t.State.End(clean.Text(words.Reason(msg.err)), t.Panes.Style.Now)
		}
	case FeedMsg:
		return t.Flow.onFeed(msg), true
	case attributedMsg:
		return t.Flow.onAttributed(msg), true
	case describedMsg:
		t.Flow.onDescribed(msg)
	case decidedMsg:
		t.Flow.onDecided(msg)
	case describedSourceMsg:
		t.Flow.takeInfo(msg.info, msg.err)
		return t.Flow.DescribeSource(), true
	case describedOnceMsg:
		t.Flow.takeInfo(msg.info, msg.err)
	case datedMsg:
		t.Times.onDated(msg)
	default:
		if cmd, ok := t.Reader.update(msg); ok {
			return cmd, true
		}
		return t.Tree.update(msg)
	}
	return nil, true
}

// update takes a message about the selected key.
func (rd *Reader) update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case objectMsg:
		return rd.onObject(msg), true
	case docMsg:
		rd.v.Panes.Object.SetDoc(msg.object, msg.format, msg.view, msg.doc, msg.lines)
		if msg.blame != nil && msg.object == rd.blamed.object {
			rd.blamed.blame = msg.blame
			rd.fitBlame()
		}
	case restMsg:
		return rd.onRest(msg), true
	case historyMsg:
		return rd.onHistory(msg), true
	case followMsg:
		return rd.onFollow(msg), true
	case slowMsg:
		rd.onLate(msg)
	default:
		return nil, false
	}
	return nil, true
}

// updateTree takes a message about folders.
func (tr *Tree) update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case childrenMsg:
		return tr.onChildren(msg), true
	case paintedMsg:
		return tr.listQueued(), true
	case countedMsg:
		return tr.onCounted(msg), true
	case tableMsg:
		tr.v.Work.Failed = tr.v.Work.Failed || msg.err != nil
		tr.v.Panes.Table.Add(msg.want, msg.page)
	case sumsMsg:
		tr.v.Folder.sums.on(msg)
	case tableRestMsg:
		return tr.v.Folder.onTableRest(msg), true
	case touchedMsg:
		if tr.v.Panes.Table.Folder() == msg.folder {
			tr.v.Panes.Table.Update(msg.rows, msg.gone)
		}
	default:
		return nil, false
	}
	return nil, true
}

// Settle asks for what the panes show and nobody has asked for yet.
func (t *View) Settle() tea.Cmd {
	t.Reader.fitBlame()
	return tea.Batch(t.Reader.filterOn(), t.Flow.describeFeed(), t.Flow.decide(), t.Folder.fillTable(), t.Reader.showConvergence(t.Panes.Style.Now))
}

// Beat is called once a second: ages and rates change.
func (t *View) Beat() tea.Cmd {
	now := t.Panes.Style.Now
	t.Panes.Keys.Touch(nil, now)
	t.Panes.Keys.Beat(now)
	t.Panes.Changes.Beat(now)
	return t.Reader.showConvergence(now)
}

// Act carries out what changes how the object is shown, wherever the focus is.
func (t *View) Act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Sort:
		return t.Folder.sortMenu(), true
	case keymap.Blame, keymap.Format, keymap.ManagedFields:
		return t.Host.Carry(t.Panes.Object.Do(a)), true
	case keymap.Reveal:
		cmd := t.Host.Carry(t.Panes.Object.Do(a))
		t.Host.Say(text.Warning, map[bool]string{true: "Secret values are shown until R is pressed again.", false: "Secret values are masked."}[t.Panes.Object.Revealed()])
		return tea.Batch(cmd, t.reread(), t.Host.Publish(Revealed{})), true
	}
	return nil, false
}

// Do carries out what concerns only the view.
func (t *View) Do(i pane.Intent) tea.Cmd {
	switch i := i.(type) {
	case pane.Select:
		if i.Path != t.Panes.Keys.Cursor() {
			return t.Tree.Reveal(i.Path)
		}
		t.Panes.Object.Pin(0)
		return t.Sync()
	case pane.Load:
		return t.Tree.list(i.Path)
	case pane.Pin:
		rev := i.Rev
		if rev == t.Panes.History.Newest() && t.State.At == 0 {
			rev = 0
		}
		t.Panes.Object.Pin(rev)
		return t.Sync()
	case pane.Older:
		return t.Reader.older()
	case pane.Render:
		return t.Reader.draw()
	case pane.BlameBefore:
		return t.Reader.blameBefore(i)
	}
	return nil
}

// Refusal says why a revision cannot be shown, "" where it can.
func (t *View) Refusal(rev int64) string {
	if rev > t.State.Head {
		return "Revision " + widget.Thousands(rev) + " has not been written yet; the newest is " + widget.Thousands(t.State.Head) + "."
	}
	if c := t.State.Info.Compacted; rev != 0 && rev < c {
		return "Revision " + widget.Thousands(rev) + " was compacted; the oldest that can be read is " + widget.Thousands(c) + "."
	}
	return ""
}

// Clear ends a filter or a search in the pane that has the focus; it reports whether there was one. The intent is that of a cursor
// that only the filter had moved.
func (t *View) Clear(focus layout.ID) (i pane.Intent, ok bool) {
	switch {
	case focus == layout.Changes && t.Panes.Changes.Filtered() != "":
		_ = t.Panes.Changes.Filter("") // nothing in it can be wrong
	case focus == layout.Timeline && t.Panes.History.Filtered() != "":
		i, _ = t.Panes.History.Filter("", t.Opened.Kinds)
	case focus == layout.Object && t.Panes.Object.Searched():
		t.Panes.Object.Search("")
	default:
		return nil, false
	}
	return i, true
}

// Scope is the keymap's name for a pane of the view.
func (t *View) Scope(focus layout.ID) keymap.Scope {
	switch focus {
	case layout.Object:
		if t.Nav.AtRoot() {
			return keymap.Overview
		}
		if t.State != nil && t.Panes.Table.Folder() != "" {
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

// Pane returns the pane of an ID.
func (t *View) Pane(id layout.ID) pane.Pane {
	switch id {
	case layout.Keys:
		return t.Panes.Keys
	case layout.Object:
		if t.Nav.AtRoot() {
			return t.Panes.Home
		}
		if t.Panes.Table.Folder() != "" {
			return t.Panes.Table
		}
		return t.Panes.Object
	case layout.Timeline:
		return t.Panes.History
	case layout.Changes:
		return t.Panes.Changes
	case layout.Sequence:
		return t.Panes.Sequence
	}
	return selected{t}
}

// Lost is for how long no change has arrived.
func (t *View) Lost(now time.Time) string { return widget.Age(max(now.Sub(t.State.Lost), 0)) }

// selected is the box under the tree: what the store says of the selected key.
type selected struct{ t *View }
