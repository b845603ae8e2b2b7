package dialog

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// List shows lines that may grow while they are shown.
type List struct {
	title func() string
	lines func() []string // safe, asked for once a frame
	now   []string
	list  widget.List
	moved bool // the reader has scrolled; until then the end is shown
}

// NewList returns a list that shows its end until it is scrolled.
func NewList(title func() string, lines func() []string) *List {
	return &List{title: title, lines: lines}
}

// FromTop makes it show its beginning.
func (l *List) FromTop() *List {
	l.moved = true
	return l
}

// Title implements Dialog.
func (l *List) Title() string { return l.title() }

// Size implements Dialog.
func (l *List) Size(w, h int) (int, int) {
	l.now = l.lines()
	l.list.Resize(w, h)
	l.list.SetCount(len(l.now))
	if !l.moved {
		l.list.SetCursor(len(l.now) - 1)
	}
	return w, h
}

// Row implements Dialog.
func (l *List) Row(b []byte, y, w int, th *theme.Theme) []byte {
	r := pane.Paint(b, th, w, "")
	if i := l.list.Top() + y; i < len(l.now) {
		r.Text(text.Plain, l.now[i])
	}
	return r.End()
}

// Key implements Dialog.
func (l *List) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	var s keymap.State
	switch a := s.Press(k.String(), keymap.Value); a {
	case keymap.Quit, keymap.Requests:
		return true, nil
	case keymap.Up, keymap.Down:
		l.moved = true
		l.list.Scroll(map[keymap.Action]int{keymap.Up: -1, keymap.Down: 1}[a])
	case keymap.Last:
		l.moved = false
	default:
		l.moved = l.list.Do(a) || l.moved
	}
	return false, nil
}

// Keys shows what can follow a key that was pressed. It takes no keys itself.
type Keys struct {
	title string
	items []Item
}

// NewKeys returns the box for a pending key.
func NewKeys(title string, items []Item) *Keys { return &Keys{title, items} }

// Title implements Dialog.
func (d *Keys) Title() string { return d.title }

// Size implements Dialog.
func (d *Keys) Size(w, _ int) (int, int) {
	most := 0
	for _, it := range d.items {
		most = max(most, widget.Width(it.Key)+widget.Width(it.Label)+4)
	}
	return min(most, w), len(d.items)
}

// Row implements Dialog.
func (d *Keys) Row(b []byte, y, w int, th *theme.Theme) []byte {
	r := pane.Paint(b, th, w, "")
	if y < len(d.items) {
		r.Gap(1)
		r.Text(text.Key, d.items[y].Key)
		r.Gap(2)
		r.Text(text.Plain, d.items[y].Label)
	}
	return r.End()
}

// Key implements Dialog.
func (d *Keys) Key(tea.KeyPressMsg) (bool, tea.Cmd) { return true, nil }
