// Package overview is the pane that says what a source is, what fills it, who writes and what is wrong: the sections of
// model/overview below each other, each line leading to what explains it.
package overview

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// row is one row of the pane: a title, a line, or an empty one between sections.
type row struct {
	title string
	line  *overview.Line
	table *[]int // the widths of the section's cells
}

// id says which line the cursor is on, also when the sections are drawn again.
type id struct {
	section string
	first   string
	to      overview.Target
}

// Pane is the overview.
type Pane struct {
	style    *pane.Style
	list     widget.List
	w, h     int
	sections []overview.Section
	rows     []row
	ids      []id
	about    string // for the title
	note     string // instead of the sections, or below them
}

// New returns a pane without sections.
func New(style *pane.Style) *Pane { return &Pane{style: style} }

// Show shows sections. The cursor stays on its line.
func (p *Pane) Show(sections []overview.Section, about, note string) {
	var was id
	if i := p.list.Cursor(); i < len(p.ids) {
		was = p.ids[i]
	}
	first := len(p.rows) == 0
	p.sections, p.about, p.note = sections, about, note
	p.arrange()
	switch {
	case first:
		p.step(1, p.list.Cursor())
	default:
		for i := range p.ids {
			if p.ids[i] == was && p.rows[i].line != nil {
				p.list.SetCursor(i)
				return
			}
		}
		p.step(1, p.list.Cursor())
	}
}

// Known reports whether anything is shown.
func (p *Pane) Known() bool { return len(p.rows) > 0 }

func (p *Pane) arrange() {
	p.rows, p.ids = p.rows[:0], p.ids[:0]
	for i := range p.sections {
		s := &p.sections[i]
		if i > 0 {
			p.rows, p.ids = append(p.rows, row{}), append(p.ids, id{})
		}
		p.rows, p.ids = append(p.rows, row{title: s.Title}), append(p.ids, id{section: s.ID})
		widths := p.widths(s.Lines)
		for j := range s.Lines {
			l := &s.Lines[j]
			p.rows = append(p.rows, row{line: l, table: &widths})
			p.ids = append(p.ids, id{s.ID, l.Cells[0], l.To})
		}
	}
	p.list.SetCount(len(p.rows))
}

// leastLast is what a line keeps for its last cell, in columns.
const leastLast = 20

// widths are those of the columns of a section; a line of one cell is in none. Where there is no room, the widest gives way.
func (p *Pane) widths(lines []overview.Line) (out []int) {
	for i := range lines {
		for n, c := range lines[i].Cells {
			if n == len(out) {
				out = append(out, 0)
			}
			if len(lines[i].Cells) > 1 {
				out[n] = max(out[n], widget.Width(c))
			}
		}
	}
	for {
		total, widest := 4, 0
		for n, w := range out {
			if n > 0 && n == len(out)-1 { // the last cell takes what is left
				total += min(w, leastLast)
				continue
			}
			total += w + 2
			if w > out[widest] {
				widest = n
			}
		}
		if total <= p.w || len(out) == 0 || out[widest] <= 12 {
			return out
		}
		out[widest] -= max((total-p.w)/2, 1)
	}
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	if w != p.w {
		p.w = w
		p.arrange()
	}
	p.h = h
	p.list.Resize(w, max(h, 1))
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title { return pane.Title{Left: "Overview", Right: p.about} }

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	th, i := p.style.Theme, p.list.Top()+y
	if i >= len(p.rows) {
		r := pane.Paint(b, th, p.w, "")
		if lines := widget.Wrap(p.note, max(p.w-4, 10)); p.note != "" && i-len(p.rows) < len(lines) {
			r.Gap(2)
			r.Text(text.Muted, lines[i-len(p.rows)])
		}
		return r.End()
	}
	base, x := "", p.rows[i]
	if i == p.list.Cursor() && x.line != nil {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	switch {
	case x.title != "":
		r.Gap(1)
		r.Bold(text.Accent, x.title)
		return r.End()
	case x.line == nil:
		return r.End()
	case base != "":
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	default:
		r.Gap(1)
	}
	r.Gap(2)
	p.cells(&r, &x)
	return r.End()
}

func (p *Pane) cells(r *pane.Painter, x *row) {
	cells := x.line.Cells
	for n, c := range cells {
		role := x.line.Role
		if role == text.Plain && n > 0 && n < len(cells)-1 {
			role = text.Muted
		}
		if n == len(cells)-1 {
			r.Text(role, clean.End(c, max(r.Free()-1, 1)))
			return
		}
		w, free := (*x.table)[n], r.Free()
		c = clean.Middle(c, w)
		if right := isNumber(c); right {
			r.Gap(w - widget.Width(c))
		}
		r.Text(role, c)
		r.To(free - w - 2)
	}
}

// isNumber reports whether a cell is a number, which stands at the right of its column.
func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	before := p.list.Cursor()
	if p.list.Do(a) {
		dir := 1
		if p.list.Cursor() < before || a == keymap.Last {
			dir = -1
		}
		p.step(dir, p.list.Cursor())
	}
	return nil
}

// step puts the cursor on the next line from i on, in a direction, else in the other one.
func (p *Pane) step(dir, i int) {
	for _, d := range [2]int{dir, -dir} {
		for at := i; at >= 0 && at < len(p.rows); at += d {
			if p.rows[at].line != nil {
				p.list.SetCursor(at)
				return
			}
		}
	}
}

// Target is what the line under the cursor leads to.
func (p *Pane) Target() overview.Target {
	if i := p.list.Cursor(); i < len(p.rows) && p.rows[i].line != nil {
		return p.rows[i].line.To
	}
	return overview.Target{}
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	i := p.list.Top() + y
	if i >= len(p.rows) || p.rows[i].line == nil {
		return nil
	}
	p.list.SetCursor(i)
	if to := p.Target(); double && to.Key != "" {
		return pane.Open{Path: to.Key}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	p.step(1, p.list.Cursor())
	return nil
}
