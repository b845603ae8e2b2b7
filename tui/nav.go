package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/layout"
)

// jumps are the places that were left by a jump, as in a browser.
type jumps struct{ back, ahead []string }

// maxJumps bounds how many places are remembered.
const maxJumps = 100

// jump goes to a path that is not the next one, and remembers where it came from.
func (t *tab) jump(path string) tea.Cmd {
	if here := t.keys.Cursor(); here != "" && here != path {
		t.jumps.back = append(t.jumps.back, here)
		if len(t.jumps.back) > maxJumps {
			t.jumps.back = t.jumps.back[1:]
		}
		t.jumps.ahead = nil
	}
	return t.reveal(path)
}

// hop returns to the place before the last jump, or goes ahead to where it led; ok is false where there is none.
func (t *tab) hop(ahead bool) (cmd tea.Cmd, ok bool) {
	from, to := &t.jumps.back, &t.jumps.ahead
	if ahead {
		from, to = to, from
	}
	n := len(*from)
	if n == 0 {
		return nil, false
	}
	path := (*from)[n-1]
	*from, *to = (*from)[:n-1], append(*to, t.keys.Cursor())
	return t.reveal(path), true
}

// here is the key that an action is about: the row of a table, the change, the key in the tree.
func (t *tab) here(focus layout.ID) string {
	switch {
	case focus == layout.Object && t.table.Folder() != "" && t.table.Cursor() != "":
		return t.table.Cursor()
	case focus == layout.Changes && t.changes.Current() != nil:
		return string(t.changes.Current().Key)
	}
	return t.keys.Cursor()
}

// mark is a version that was marked: of a key at a revision, or (Rev 0) as the screen shows it.
type mark struct {
	Key string
	Rev int64
}

// marks are what was marked in a tab, in the order of marking.
type marks struct{ list []mark }

// has reports whether a version is marked.
func (m *marks) has(key string, rev int64) bool { return slices.Contains(m.list, mark{key, rev}) }

// all returns what is marked; it must not be changed.
func (m *marks) all() []mark { return m.list }

// toggle marks a version, or takes its mark away.
func (m *marks) toggle(k mark) {
	if i := slices.Index(m.list, k); i >= 0 {
		m.list = slices.Delete(m.list, i, i+1)
		return
	}
	m.list = append(m.list, k)
}

// clear takes all marks away.
func (m *marks) clear() { m.list = nil }
