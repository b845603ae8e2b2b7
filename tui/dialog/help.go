package dialog

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Help shows the bindings of the pane that has the focus, then those of everywhere, then those of other panes, each once; and
// what the mouse does. What is typed filters it.
type Help struct {
	all    []helpLine // whole sentences
	filter string
	lines  []helpLine // those that the filter leaves, broken into lines for width columns
	width  int
	list   widget.List
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

// NewHelp returns the help for the pane of a scope, and of those whose keys count there too.
func NewHelp(scopes ...keymap.Scope) *Help {
	h, here := &Help{}, map[keymap.Scope]bool{}
	for _, s := range scopes {
		here[s] = true
		h.part("In "+string(s), func(b *keymap.Binding) bool { return b.Scope == s }, false)
	}
	for _, g := range keymap.Groups() {
		h.part(g.Title, func(b *keymap.Binding) bool { return b.Scope == keymap.Global && b.Group == g.Title }, false)
	}
	h.part("In other panes", func(b *keymap.Binding) bool { return b.Scope != keymap.Global && !here[b.Scope] }, true)
	h.all = append(append(h.all, helpLine{}), mouse...)
	return h
}

// part adds the bindings that are wanted below a heading; where several scopes have the same they are one line, which names
// them.
func (h *Help) part(title string, want func(*keymap.Binding) bool, named bool) {
	begun, at := false, map[helpLine]int{}
	for i := range keymap.Table {
		b := &keymap.Table[i]
		if !want(b) {
			continue
		}
		if !begun {
			if begun = true; len(h.all) > 0 {
				h.all = append(h.all, helpLine{})
			}
			h.all = append(h.all, helpLine{key: title})
		}
		l := helpLine{key: strings.Join(b.Names(), "  "), what: b.Help}
		if named {
			if n, ok := at[l]; ok {
				h.all[n].where += ", " + string(b.Scope)
				continue
			}
			at[l] = len(h.all)
			l.where = "in " + string(b.Scope)
		}
		h.all = append(h.all, l)
	}
}

// Title implements Dialog.
func (h *Help) Title() string {
	if h.filter != "" {
		return "Keys with: " + h.filter
	}
	return "Keys (type or / to filter, q closes)"
}

// left are the lines that the filter leaves, with their headings.
func (h *Help) left() (out []helpLine) {
	heading, wanted := helpLine{}, strings.ToLower(h.filter)
	if len(wanted) > 1 { // who knows less begins a search with it
		wanted = strings.TrimPrefix(wanted, "/")
	}
	for _, l := range h.all {
		switch has := strings.Contains(strings.ToLower(l.key+" "+l.what+" "+l.where), wanted); {
		case h.filter == "":
			out = append(out, l)
		case l.what == "":
			heading = l
		case has && heading.key != "":
			if len(out) > 0 {
				out = append(out, helpLine{})
			}
			out, heading = append(out, heading, l), helpLine{}
		case has:
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		out = append(out, helpLine{key: "No key does that; backspace takes a letter back."})
	}
	return out
}

// Size implements Dialog.
func (h *Help) Size(w, rows int) (int, int) {
	w = min(w, 92)
	h.fold(w)
	size := min(rows, max(len(h.lines), min(rows, leastHelp)))
	h.list.Resize(w, size)
	h.list.SetCount(len(h.lines))
	return w, size
}

// leastHelp is how many rows the help has at least, however few lines a filter leaves.
const leastHelp = 12

// keyW is the width of the column with the keys.
const keyW = 18

// fold breaks the sentences into lines for w columns.
func (h *Help) fold(w int) {
	if h.width == w {
		return
	}
	h.lines, h.width = nil, w
	for _, l := range h.left() {
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
	switch a := s.Press(k.String(), keymap.Value); {
	case a == keymap.Help, k.Text == "q" && h.filter == "": // as in any pager; behind a slash it is a letter
		return true, nil
	case k.Code == tea.KeyBackspace:
		_, n := utf8.DecodeLastRuneInString(h.filter)
		h.find(h.filter[:len(h.filter)-n])
	case k.Text != "":
		h.find(h.filter + k.Text)
	case a == keymap.Up:
		h.list.Scroll(-1)
	case a == keymap.Down:
		h.list.Scroll(1)
	default:
		if h.list.Do(a) {
			h.list.Scroll(0)
		}
	}
	return false, nil
}

// find shows the keys with a text.
func (h *Help) find(filter string) {
	h.filter, h.width = clean.Key([]byte(filter)), 0
	h.list.SetCursor(0)
}

// Paste filters by pasted text.
func (h *Help) Paste(s string) { h.find(h.filter + s) }
