package dialog

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Item is a line of a menu.
type Item struct {
	Key   string // the key that chooses it
	Label string
}

// wrapped breaks sentences at blanks into lines of at most w columns.
func wrapped(lines []string, w int) []string {
	var out []string
	for _, l := range lines {
		out = append(out, widget.Wrap(l, max(w, 8))...)
	}
	return out
}

// clipped is wrapped without what does not fit into the rows: what can be answered must stay on the screen.
func clipped(lines []string, w, rows int) []string {
	out := wrapped(lines, w)
	return out[:max(min(len(out), rows), 0)]
}

// Prompt asks for a line, with some facts above it.
type Prompt struct {
	title string
	facts []string
	lines []string // the facts as they are drawn
	input textinput.Model
	done  func(string) tea.Cmd
}

// maxInput bounds what can be typed or pasted into a line, in characters.
const maxInput = 4096

// NewInput returns an input line: without the clipboard of the machine it runs on, without a blinking cursor.
func NewInput(value string) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = maxInput
	in.KeyMap.Paste.SetEnabled(false)
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	return in
}

// NewPrompt returns a question; done receives the answer.
func NewPrompt(title, value string, facts []string, done func(string) tea.Cmd) *Prompt {
	return &Prompt{title: title, facts: facts, input: NewInput(value), done: done}
}

// Title implements Dialog.
func (p *Prompt) Title() string { return p.title }

// Size implements Dialog.
func (p *Prompt) Size(w, rows int) (int, int) {
	w = min(w, 100)
	p.lines = clipped(p.facts, w, rows-4)
	return w, len(p.lines) + 4
}

// Row implements Dialog.
func (p *Prompt) Row(b []byte, y, w int, th *theme.Theme) []byte {
	r := pane.Paint(b, th, w, "")
	switch {
	case y < len(p.lines):
		r.Text(text.Plain, p.lines[y])
	case y == len(p.lines)+1:
		p.input.SetWidth(w - 1)
		r.Inside(w, func(b []byte) []byte { return append(b, fit(p.input.View(), w)...) })
	case y == len(p.lines)+3:
		r.Text(text.Muted, th.Glyphs.Key("↵")+" does it   esc leaves everything as it is")
	}
	return r.End()
}

// fit makes styled text exactly w columns wide.
func fit(s string, w int) string {
	s = ansi.Truncate(s, w, "")
	return s + "\x1b[m" + strings.Repeat(" ", max(w-ansi.StringWidth(s), 0))
}

// Key implements Dialog.
func (p *Prompt) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "enter":
		if v := strings.TrimSpace(p.input.Value()); v != "" {
			return true, p.done(v)
		}
		return false, nil
	case "ctrl+c":
		return true, nil
	}
	p.input, _ = p.input.Update(k)
	return false, nil
}

// Paste puts text into the line.
func (p *Prompt) Paste(s string) { p.input, _ = p.input.Update(tea.PasteMsg{Content: s}) }

// Confirm asks a question that a key answers; anything else than y is no.
type Confirm struct {
	title string
	facts []string
	lines []string // the facts as they are drawn
	yes   func() tea.Cmd
}

// NewConfirm returns a question; yes is called when it is answered so.
func NewConfirm(title string, facts []string, yes func() tea.Cmd) *Confirm {
	return &Confirm{title: title, facts: facts, yes: yes}
}

// Title implements Dialog.
func (c *Confirm) Title() string { return c.title }

// Size implements Dialog.
func (c *Confirm) Size(screen, rows int) (int, int) {
	w := ansi.StringWidth(c.title) + 4
	c.lines = clipped(c.facts, screen, rows-2)
	for _, l := range c.lines {
		w = max(w, ansi.StringWidth(l))
	}
	return max(w, 24), len(c.lines) + 2
}

// Row implements Dialog.
func (c *Confirm) Row(b []byte, y, w int, th *theme.Theme) []byte {
	r := pane.Paint(b, th, w, "")
	switch {
	case y < len(c.lines):
		r.Text(text.Plain, c.lines[y])
	case y == len(c.lines)+1:
		r.Text(text.Key, "y")
		r.Text(text.Plain, " yes   ")
		r.Text(text.Key, "n")
		r.Text(text.Plain, " no")
	}
	return r.End()
}

// Key implements Dialog.
func (c *Confirm) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	if k.String() == "y" {
		return true, c.yes()
	}
	return true, nil
}
