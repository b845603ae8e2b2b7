package dialog

import (
	"slices"
	"sort"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Entry is something that a palette offers. Its texts are safe to draw.
type Entry struct {
	Name    string
	Aliases []string
	Arg     string // what must follow the name, "" for nothing: "N", "TEXT"
	Help    string
}

// Palette asks for a line and offers what it may begin with, the best match first.
type Palette struct {
	title   string
	entries []Entry
	input   textinput.Model
	done    func(string) tea.Cmd
	shown   []int // entries that match, the best first
	list    widget.List
	moved   bool                // an entry was chosen with the cursor
	instead func(string) string // what replaces a word that is no entry, "" for nothing; nil: enter takes the best match
}

// paletteRows is the most entries that are shown at once.
const paletteRows = 12

// nameW is the width of the column with the names of entries.
const nameW = 25

// NewPalette returns a palette; done receives the line: what was typed where it begins with the name of an entry, else
// the entry that was chosen.
func NewPalette(title string, entries []Entry, done func(string) tea.Cmd) *Palette {
	p := &Palette{title: title, entries: entries, input: NewInput(""), done: done}
	p.match()
	return p
}

// Strict makes enter take only an entry of whose name, or of a part of it, what was typed is the beginning, or that was chosen with the
// cursor; any other line is for done. instead says what replaces a word that is no entry, "" for nothing; such a word is for done as well.
func (p *Palette) Strict(instead func(word string) string) *Palette {
	p.instead = instead
	return p
}

// Title implements Dialog.
func (p *Palette) Title() string { return p.title }

// Size implements Dialog.
func (p *Palette) Size(w, h int) (int, int) {
	rows := max(min(paletteRows, h-2), 1)
	p.list.Resize(w, rows)
	return min(w, 76), rows + 2
}

// Row implements Dialog.
func (p *Palette) Row(b []byte, y, w int, th *theme.Theme) []byte {
	r := pane.Paint(b, th, w, "")
	i := p.list.Top() + y - 2
	switch {
	case y == 0:
		r.Text(text.Accent, ":")
		p.input.SetWidth(w - 2)
		r.Inside(w-1, func(b []byte) []byte { return append(b, fit(p.input.View(), w-1)...) })
	case y == 1 && p.replaced() != "":
		r.Text(text.Muted, p.replaced())
	case y == 1 && len(p.shown) == 0:
		r.Text(text.Muted, "Nothing is called so. / looks for keys.")
	case y == 1:
		if e := &p.entries[p.shown[p.list.Cursor()]]; widget.Width(e.Help) > w-nameW-2 {
			r.Gap(2)
			r.Text(text.Muted, e.Help) // in its row it is cut
		}
	case y > 1 && i < len(p.shown):
		return p.entryRow(b, i, w, th)
	}
	return r.End()
}

func (p *Palette) entryRow(b []byte, i, w int, th *theme.Theme) []byte {
	base, e := "", &p.entries[p.shown[i]]
	if i == p.list.Cursor() {
		base = th.Cursor
	}
	r := pane.Paint(b, th, w, base)
	if i == p.list.Cursor() {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	}
	r.To(w - 2)
	name, room := e.Name, min(nameW, w-4)
	if e.Arg != "" && widget.Width(name)+1+widget.Width(e.Arg) <= room {
		name += " " + e.Arg
	}
	r.Text(text.Key, clean.Middle(name, max(room, 1)))
	r.To(w - nameW - 3)
	r.Text(text.Plain, e.Help)
	if len(e.Aliases) > 0 {
		r.Gap(2)
		r.Text(text.Muted, strings.Join(e.Aliases, " "))
	}
	return r.End()
}

// Key implements Dialog.
func (p *Palette) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "enter":
		return p.enter()
	case "tab":
		if len(p.shown) > 0 {
			p.complete(p.entries[p.shown[p.list.Cursor()]].Name + " ")
		}
	case "up", "ctrl+p":
		p.move(-1)
	case "down", "ctrl+n":
		p.move(1)
	case "pgup":
		p.move(-paletteRows)
	case "pgdown":
		p.move(paletteRows)
	case "ctrl+c":
		return true, nil
	case "backspace":
		if p.input.Value() == "" {
			return true, nil
		}
		fallthrough
	default:
		p.input, _ = p.input.Update(k)
		p.match()
	}
	return false, nil
}

func (p *Palette) move(n int) {
	p.list.Move(n)
	p.moved = true
}

func (p *Palette) complete(s string) {
	p.input.SetValue(s)
	p.input.CursorEnd()
	p.match()
}

// enter takes the line as it is where it begins with a name or a key, else the entry under the cursor.
func (p *Palette) enter() (bool, tea.Cmd) {
	line := strings.TrimSpace(p.input.Value())
	name, arg, _ := strings.Cut(line, " ")
	e := p.named(name)
	if len(p.shown) > 0 { // an entry of two words that is being typed
		if at := &p.entries[p.shown[p.list.Cursor()]]; strings.Contains(at.Name, " ") && strings.HasPrefix(strings.ToLower(at.Name), strings.ToLower(line)) {
			return true, p.done(at.Name)
		}
	}
	if strings.HasPrefix(line, "/") || e != nil && (arg != "" || e.Arg == "" || p.list.Cursor() == 0) {
		if e != nil && e.Arg != "" && arg == "" && !strings.HasPrefix(e.Arg, "[") {
			p.complete(e.Name + " ")
			return false, nil
		}
		return true, p.done(line)
	}
	if len(p.shown) == 0 || line != "" && p.guessed() {
		return line != "", p.done(line)
	}
	e = &p.entries[p.shown[p.list.Cursor()]]
	if e.Arg != "" && !strings.HasPrefix(e.Arg, "[") {
		p.complete(e.Name + " ")
		return false, nil
	}
	return true, p.done(e.Name)
}

// replaced is what replaces the word that was typed, "" where it is an entry or nothing is known.
func (p *Palette) replaced() string {
	word, _, _ := strings.Cut(strings.TrimSpace(p.input.Value()), " ")
	if p.instead == nil || p.moved || p.named(word) != nil {
		return ""
	}
	return p.instead(word)
}

// guessed reports whether the entry under the cursor is one that enter does not take: it was not chosen, and what was typed begins none of
// its names and none of their parts, or something else replaces the word.
func (p *Palette) guessed() bool {
	if p.instead == nil || p.moved {
		return false
	}
	if p.replaced() != "" {
		return true
	}
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(p.input.Value())), " ")
	e := &p.entries[p.shown[p.list.Cursor()]]
	return !slices.ContainsFunc(append([]string{e.Name}, e.Aliases...), func(n string) bool { return begins(strings.ToLower(n), word) })
}

// begins reports whether a word is the beginning of a name, or of a part of it.
func begins(name, word string) bool {
	for rest := name; ; {
		if strings.HasPrefix(rest, word) {
			return true
		}
		i := strings.IndexAny(rest, " -./")
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
}

func (p *Palette) named(name string) *Entry {
	for i := range p.entries {
		e := &p.entries[i]
		for _, n := range append([]string{e.Name}, e.Aliases...) {
			if name != "" && strings.EqualFold(n, name) {
				return e
			}
		}
	}
	return nil
}

// match lists the entries that match what was typed, the best first.
func (p *Palette) match() {
	whole := strings.ToLower(strings.TrimLeft(p.input.Value(), " "))
	want, _, _ := strings.Cut(whole, " ")
	type scored struct{ entry, score int }
	var found []scored
	for i := range p.entries {
		e, best := &p.entries[i], 0
		for _, n := range append([]string{e.Name}, e.Aliases...) {
			if strings.Contains(n, " ") {
				best = max(best, Fuzzy(whole, strings.ToLower(n)))
				if strings.Contains(whole, " ") && strings.HasPrefix(strings.ToLower(n), whole) {
					best = 1001 // more than its first word alone
				}
			} else {
				best = max(best, Fuzzy(want, strings.ToLower(n)))
			}
		}
		if best > 0 {
			found = append(found, scored{i, best})
		}
	}
	sort.SliceStable(found, func(a, b int) bool { return found[a].score > found[b].score })
	p.shown = p.shown[:0]
	for _, f := range found {
		p.shown = append(p.shown, f.entry)
	}
	p.list.SetCount(len(p.shown))
	p.list.SetCursor(0)
	p.moved = false
}

// Fuzzy says how well a name meets what was typed, 0 for not at all: the same, the beginning, a part, its letters in
// their order.
func Fuzzy(want, name string) int {
	switch i := strings.Index(name, want); {
	case want == "":
		return 1
	case name == want:
		return 1000
	case i == 0:
		return 900 - len(name)
	case i > 0:
		return 600 - len(name) - i
	}
	at, gaps := 0, 0
	for _, r := range want {
		i := strings.IndexRune(name[at:], r)
		if i < 0 {
			return 0
		}
		gaps += i
		at += i + 1
	}
	return max(300-gaps-len(name), 1)
}

// Paste puts text into the line.
func (p *Palette) Paste(s string) {
	p.input, _ = p.input.Update(tea.PasteMsg{Content: s})
	p.match()
}
