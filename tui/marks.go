package tui

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/layout"
)

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

// mark marks what is under the cursor of the focused list, and moves on to the next row.
func (m *Model) mark(t *tab) {
	k := mark{Key: t.keys.Cursor()}
	switch m.focus {
	case layout.Object:
		k.Key = t.table.Cursor()
	case layout.Differences:
		c := t.diffs.Current()
		if c == nil {
			return
		}
		k.Key = c.Key
	case layout.Timeline:
		c := t.history.Current()
		if c == nil {
			return
		}
		k.Rev = c.Mod
	}
	if k.Key == "" {
		return
	}
	t.marks.toggle(k)
	if n := len(t.marks.all()); n == 2 && m.focus != layout.Differences {
		m.say(text.Muted, "Two are marked: d compares them.")
	}
}
