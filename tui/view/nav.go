package view

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// jumps are the places that were left by a jump, as in a browser.
type jumps struct{ back, ahead []place }

// place is where the user was: the key under the cursor of the tree, and the pane that had the focus. Of the changes their filter and
// cursor are kept.
type place struct {
	path   string
	focus  layout.ID
	filter string
	change timeline.ID
}

// list reports whether the place is a list that a jump leaves: a pane that takes the whole screen, or the changes.
func (p *place) list() bool { return p.focus.Whole() || p.focus == layout.Changes }

// maxJumps bounds how many places are remembered.
const maxJumps = 100

// Jump goes to a path that is not the next one, and remembers where it came from.
func (n *Nav) Jump(path string) tea.Cmd {
	n.moved = true
	if here := n.here(); here.list() || here.path != "" && here.path != path {
		n.Leave()
	}
	return n.v.Tree.Reveal(path)
}

// Leave remembers where the last action began.
func (n *Nav) Leave() {
	n.jumps.back = append(n.jumps.back, n.here())
	if len(n.jumps.back) > maxJumps {
		n.jumps.back = n.jumps.back[1:]
	}
	n.jumps.ahead = nil
}

func (n *Nav) here() place {
	changes := n.v.Panes.Changes
	return place{n.v.Panes.Keys.Cursor(), n.From, changes.Filtered(), changes.Held()}
}

// Hop returns to the place before the last jump, or goes ahead to where it led; ok is false where there is none. From where a line of
// the overview has led to it returns to the overview. What then has the focus is focus, None for what has it now.
func (n *Nav) Hop(ahead bool) (cmd tea.Cmd, focus layout.ID, ok bool) {
	from, to := &n.jumps.back, &n.jumps.ahead
	if ahead {
		from, to = to, from
	}
	var led tea.Cmd
	jumped := true
	if !ahead && n.Led != nil {
		led, jumped, ok = n.Led()
	}
	k := len(*from)
	switch {
	case ok && (!jumped || k == 0):
		return led, layout.None, true
	case k == 0:
		return nil, layout.None, false
	}
	p, here := (*from)[k-1], n.here()
	*from, *to = (*from)[:k-1], append(*to, here)
	if ok {
		return led, layout.None, true
	}
	return n.enter(&p, here.list())
}

// enter shows a place again; left says that a list is left for it.
func (n *Nav) enter(p *place, left bool) (cmd tea.Cmd, focus layout.ID, ok bool) {
	switch {
	case p.focus == layout.Changes:
		if e := n.v.Panes.Changes.Restore(p.filter, p.change); e != nil {
			return n.v.Do(pane.Select{Path: string(e.Key)}), p.focus, true
		}
		fallthrough
	case p.list():
		return n.v.Tree.Reveal(p.path), p.focus, true
	case !left:
		return n.v.Tree.Reveal(p.path), layout.None, true
	case p.focus == layout.None:
		return n.v.Tree.Reveal(p.path), layout.Keys, true
	}
	return n.v.Tree.Reveal(p.path), p.focus, true
}

// Here is the key that an action is about: the row of a table, the change, the key in the tree.
func (n *Nav) Here(focus layout.ID) string {
	switch {
	case focus == layout.Object && n.v.Panes.Table.Folder() != "" && n.v.Panes.Table.Cursor() != "":
		return n.v.Panes.Table.Cursor()
	case focus == layout.Changes && n.v.Panes.Changes.Current() != nil:
		return string(n.v.Panes.Changes.Current().Key)
	}
	return n.v.Panes.Keys.Cursor()
}

// Mark is a version that was marked: of a key at a revision, or (Rev 0) as the screen shows it.
type Mark struct {
	Key string
	Rev int64
}

// Marks are what was marked in a view, in the order of marking.
type Marks struct{ list []Mark }

// Has reports whether a version is marked.
func (m *Marks) Has(key string, rev int64) bool { return slices.Contains(m.list, Mark{key, rev}) }

// All returns what is marked; it must not be changed.
func (m *Marks) All() []Mark { return m.list }

// Toggle marks a version, or takes its mark away.
func (m *Marks) Toggle(k Mark) {
	if i := slices.Index(m.list, k); i >= 0 {
		m.list = slices.Delete(m.list, i, i+1)
		return
	}
	m.list = append(m.list, k)
}

// Clear takes all marks away.
func (m *Marks) Clear() { m.list = nil }
