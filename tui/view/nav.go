package view

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/layout"
)

// jumps are the places that were left by a jump, as in a browser.
type jumps struct{ back, ahead []string }

// maxJumps bounds how many places are remembered.
const maxJumps = 100

// Jump goes to a path that is not the next one, and remembers where it came from.
func (n *Nav) Jump(path string) tea.Cmd {
	n.moved = true
	if here := n.v.Panes.Keys.Cursor(); here != "" && here != path {
		n.jumps.back = append(n.jumps.back, here)
		if len(n.jumps.back) > maxJumps {
			n.jumps.back = n.jumps.back[1:]
		}
		n.jumps.ahead = nil
	}
	return n.v.Tree.Reveal(path)
}

// Hop returns to the place before the last jump, or goes ahead to where it led; ok is false where there is none. From where a line of
// the overview has led to it returns to the overview.
func (n *Nav) Hop(ahead bool) (cmd tea.Cmd, ok bool) {
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
		return led, true
	case k == 0:
		return nil, false
	}
	path := (*from)[k-1]
	*from, *to = (*from)[:k-1], append(*to, n.v.Panes.Keys.Cursor())
	if ok {
		return led, true
	}
	return n.v.Tree.Reveal(path), true
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
