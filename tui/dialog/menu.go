package dialog

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Menu asks to choose one of a few things by its key. Facts above them scroll where there is no room for all.
type Menu struct {
	title string
	facts []string // safe text above the items
	items []Item
	done  func(key string) tea.Cmd
	at    int
	top   int         // the first item that is shown
	lines []string    // the facts, broken at blanks
	list  widget.List // the lines that are shown
	rows  int         // of them
}

// NewMenu returns a menu; done receives the chosen item's key.
func NewMenu(title string, items []Item, done func(string) tea.Cmd) *Menu {
	return &Menu{title: title, items: items, done: done}
}

// NewOffer returns a menu with some facts above it.
func NewOffer(title string, facts []string, items []Item, done func(string) tea.Cmd) *Menu {
	return &Menu{title: title, facts: facts, items: items, done: done}
}

// scrolled are the columns for what is said of facts that are out of sight.
const scrolled = 40

// Title implements Dialog.
func (m *Menu) Title() string { return m.title }

// Size implements Dialog.
func (m *Menu) Size(screen, h int) (int, int) {
	w := ansi.StringWidth(m.title) + 4
	m.lines = wrapped(m.facts, screen)
	m.list.SetCount(len(m.lines))
	for _, f := range m.lines {
		w = max(w, ansi.StringWidth(f))
	}
	for _, it := range m.items {
		w = max(w, ansi.StringWidth(it.Label)+ansi.StringWidth(it.Key)+5)
	}
	if m.rows = 0; len(m.lines) > 0 {
		m.rows = max(min(len(m.lines), h-len(m.items)-1), 1)
		m.list.Resize(w, m.rows)
	}
	if m.rows < len(m.lines) {
		w = max(w, scrolled)
	}
	m.top = max(m.at+1-max(h-m.above(), 1), 0)
	return w, m.above() + len(m.items)
}

// above is the number of rows above the items: the facts, and what parts them from the items.
func (m *Menu) above() int {
	if m.rows == 0 {
		return 0
	}
	return m.rows + 1
}

// Row implements Dialog.
func (m *Menu) Row(b []byte, y, w int, th *theme.Theme) []byte {
	if y < m.above() {
		r := pane.Paint(b, th, w, "")
		switch i := m.list.Top() + y; {
		case y < m.rows && i < len(m.lines):
			r.Text(text.Plain, m.lines[i])
		case y == m.rows && m.rows < len(m.lines):
			r.Text(text.Muted, m.more())
		}
		return r.End()
	}
	y += m.top - m.above()
	base := ""
	if y == m.at {
		base = th.Cursor
	}
	r := pane.Paint(b, th, w, base)
	r.Gap(1)
	r.Text(text.Key, m.items[y].Key)
	r.Gap(2)
	r.Text(text.Plain, m.items[y].Label)
	return r.End()
}

// more says how many facts lie above and below those that are shown, and how to get there.
func (m *Menu) more() string {
	above, below := m.list.Top(), len(m.lines)-m.list.Top()-m.rows
	switch {
	case above == 0:
		return fmt.Sprintf("%d more lines: pgdn", below)
	case below == 0:
		return fmt.Sprintf("%d lines above: pgup", above)
	}
	return fmt.Sprintf("%d more lines: pgdn, %d above: pgup", below, above)
}

// Key implements Dialog.
func (m *Menu) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	s := k.String()
	for _, it := range m.items {
		if it.Key == s {
			return true, m.done(s)
		}
	}
	page := max(m.rows-1, 1)
	switch s {
	case "down", "j", "tab":
		m.at = (m.at + 1) % len(m.items)
	case "up", "k", "shift+tab":
		m.at = (m.at + len(m.items) - 1) % len(m.items)
	case "pgdown", "space", "ctrl+d", "ctrl+f":
		m.list.Scroll(page)
	case "pgup", "ctrl+u", "ctrl+b":
		m.list.Scroll(-page)
	case "enter":
		return true, m.done(m.items[m.at].Key)
	case "q", "ctrl+c":
		return true, nil
	}
	return false, nil
}

// Click chooses an item.
func (m *Menu) Click(_, y int) (bool, tea.Cmd) {
	i := y + m.top - m.above()
	if y < m.above() || i >= len(m.items) {
		return false, nil
	}
	return true, m.done(m.items[i].Key)
}

// Wheel scrolls the facts.
func (m *Menu) Wheel(rows int) { m.list.Scroll(rows) }
