package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Help shows every binding, and what the mouse does.
type Help struct {
	all   []helpLine // whole sentences
	lines []helpLine // they broken into lines for width columns
	width int
	list  widget.List
}

// helpLine is a heading where it has a key alone.
type helpLine struct{ key, what, where string }

// mouse is what the mouse does.
var mouse = []helpLine{
	{key: "Mouse"},
	{key: "click", what: "Select; a folder is opened, a heading of a table sorts by it, an item of the header or of the last line does what it says."},
	{key: "double click", what: "Open."},
	{key: "right click", what: "Choose what to copy."},
	{key: "wheel", what: "Scroll what is under it; sideways with shift."},
	{key: "drag", what: "On the line of time: travel to where it is released."},
}

// NewHelp returns the help.
func NewHelp() *Help {
	h := &Help{}
	for _, g := range keymap.Groups() {
		if len(h.all) > 0 {
			h.all = append(h.all, helpLine{})
		}
		h.all = append(h.all, helpLine{key: g.Title})
		at := map[helpLine]int{} // what means the same in several scopes is one line
		for _, b := range g.Bindings {
			l := helpLine{key: strings.Join(b.Names(), "  "), what: b.Help}
			i, ok := at[l]
			switch {
			case b.Scope == keymap.Global:
			case ok:
				h.all[i].where += ", " + string(b.Scope)
				continue
			default:
				at[l] = len(h.all)
				l.where = "in " + string(b.Scope)
			}
			h.all = append(h.all, l)
		}
	}
	h.all = append(append(h.all, helpLine{}), mouse...)
	return h
}

// Title implements Dialog.
func (h *Help) Title() string { return "Keys   (j k scroll, esc closes)" }

// Size implements Dialog.
func (h *Help) Size(w, rows int) (int, int) {
	w = min(w, 92)
	h.fold(w)
	size := min(rows, len(h.lines))
	h.list.Resize(w, size)
	h.list.SetCount(len(h.lines))
	return w, size
}

// keyW is the width of the column with the keys.
const keyW = 18

// fold breaks the sentences into lines for w columns.
func (h *Help) fold(w int) {
	if h.width == w {
		return
	}
	h.lines, h.width = nil, w
	for _, l := range h.all {
		if l.what == "" {
			h.lines = append(h.lines, l)
			continue
		}
		pieces := wrapped([]string{l.what}, w-keyW)
		for i, p := range pieces {
			line := helpLine{what: p}
			if i == 0 {
				line.key = l.key
			}
			if i == len(pieces)-1 && widget.Width(p)+1+len(l.where) <= w-keyW {
				line.where = l.where
			}
			h.lines = append(h.lines, line)
		}
		if last := &h.lines[len(h.lines)-1]; last.where != l.where {
			for _, p := range wrapped([]string{l.where}, w-keyW) {
				h.lines = append(h.lines, helpLine{where: p})
			}
		}
	}
}

// Row implements Dialog.
func (h *Help) Row(b []byte, y, w int, th *theme.Theme) []byte {
	r := pane.Paint(b, th, w, "")
	if i := h.list.Top() + y; i < len(h.lines) {
		l := h.lines[i]
		switch {
		case l.what == "" && l.where == "":
			r.Bold(text.Accent, l.key)
		default:
			r.Gap(2)
			r.Text(text.Key, th.Glyphs.Key(l.key))
			r.To(w - keyW)
			r.Text(text.Plain, l.what)
			if l.what != "" && l.where != "" {
				r.Gap(1)
			}
			r.Text(text.Muted, l.where)
		}
	}
	return r.End()
}

// Key implements Dialog.
func (h *Help) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	var s keymap.State
	switch a := s.Press(k.String(), keymap.Value); a {
	case keymap.Help, keymap.Quit:
		return true, nil
	case keymap.Up:
		h.list.Scroll(-1)
	case keymap.Down:
		h.list.Scroll(1)
	default:
		if h.list.Do(a) {
			h.list.Scroll(0)
		}
	}
	return false, nil
}
