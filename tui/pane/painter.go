package pane

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// Painter paints one row from left to right and ends it at exactly the width it was given. It is a value: painting
// allocates nothing beside the growth of the buffer.
type Painter struct {
	B    []byte
	th   *theme.Theme
	base string // under everything: the cursor line's background
	left int    // columns that are still free
}

// Paint begins a row of w columns at the end of b. base is an SGR sequence under the whole row, "" for none.
func Paint(b []byte, th *theme.Theme, w int, base string) Painter {
	return Painter{B: append(b, base...), th: th, base: base, left: max(w, 0)}
}

// Free returns the columns that are still free.
func (p *Painter) Free() int { return p.left }

// Text appends safe text; what does not fit is cut with an ellipsis.
func (p *Painter) Text(role text.Role, s string) { p.TextW(role, s, ansi.StringWidth(s)) }

// TextW is Text for text whose width is known.
func (p *Painter) TextW(role text.Role, s string, w int) {
	if p.left == 0 || s == "" {
		return
	}
	if w > p.left {
		s = ansi.Truncate(s, p.left, "…")
		w = ansi.StringWidth(s)
	}
	p.left -= w
	sgr := p.th.Role(role, p.base)
	p.B = append(append(p.B, sgr...), s...)
	if sgr != "" {
		p.reset()
	}
}

func (p *Painter) reset() {
	p.B = append(append(p.B, "\x1b[m"...), p.base...)
}

// Gap appends n blanks.
func (p *Painter) Gap(n int) {
	for ; n > 0 && p.left > 0; n-- {
		p.B = append(p.B, ' ')
		p.left--
	}
}

// To appends blanks until n columns are free.
func (p *Painter) To(n int) { p.Gap(p.left - n) }

// Rule appends n columns of a horizontal line in the colour of the sequence sgr.
func (p *Painter) Rule(sgr string, n int) {
	if n = min(n, p.left); n <= 0 {
		return
	}
	p.B = append(p.B, sgr...)
	for range n {
		p.B = append(p.B, p.th.Glyphs.Horizontal...)
	}
	p.left -= n
	p.reset()
}

// Joints is Rule with a glyph of its own for each column, which is asked for by the columns that are free from it on.
func (p *Painter) Joints(sgr string, n int, glyph func(free int) string) {
	if n = min(n, p.left); n <= 0 {
		return
	}
	p.B = append(p.B, sgr...)
	for ; n > 0; n-- {
		p.B = append(p.B, glyph(p.left)...)
		p.left--
	}
	p.reset()
}

// Fill appends a one-column glyph n times, or until the row is full.
func (p *Painter) Fill(role text.Role, glyph string, n int) {
	n = min(n, p.left)
	if n <= 0 {
		return
	}
	p.B = append(p.B, p.th.Role(role, p.base)...)
	for range n {
		p.B = append(p.B, glyph...)
	}
	p.left -= n
	p.reset()
}

// End fills the row with blanks and returns the buffer.
func (p *Painter) End() []byte {
	p.To(0)
	if p.base != "" {
		p.B = append(p.B, "\x1b[m"...)
	}
	return p.B
}

// Bold is Text in bold.
func (p *Painter) Bold(role text.Role, s string) {
	if p.left == 0 || s == "" {
		return
	}
	p.B = append(p.B, "\x1b[1m"...)
	p.Text(role, s)
	p.reset()
}

// Inside lets f append a piece that is exactly w columns wide.
func (p *Painter) Inside(w int, f func([]byte) []byte) {
	if w > p.left {
		return
	}
	p.B = f(p.B)
	p.left -= w
}
