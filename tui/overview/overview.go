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
	last  string // the last cell, or the part of it that is in this row
	rest  bool   // the row goes on with the line above it
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
	make     func(w, h int) []overview.Section // nil for none
	sections []overview.Section
	rows     []row
	ids      []id
	split    int      // the first row of the right column, len(rows) where there is one column
	left     int      // the width of the left of two columns
	top      int      // the first row that is drawn of each of two columns
	about    string   // for the title
	note     string   // instead of the sections, or below them
	lines    []string // of note
	sifted
}

// New returns a pane without sections.
func New(style *pane.Style) *Pane {
	p := &Pane{style: style}
	p.Sifting = pane.NewSifting(p.remake)
	return p
}

// Margin is the number of columns beside the cells of a line.
const Margin = 3

// Show shows what make, which may be nil, makes of the size of the pane. The cursor stays on its line; on the first line it
// stays on the first, so that a verdict that comes later is seen.
func (p *Pane) Show(make func(w, h int) []overview.Section, about, note string) {
	p.make, p.about, p.note = make, about, note
	p.remake()
}

func (p *Pane) remake() {
	var was id
	if i := p.list.Cursor(); i < len(p.ids) {
		was = p.ids[i]
	}
	first := p.atFirst()
	p.sections = nil
	if p.make != nil {
		p.sections = p.make(p.w, p.h)
	}
	p.sift()
	p.arrange()
	switch {
	case first:
		p.list.Do(keymap.First)
		p.step(1, 0)
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

// atFirst reports whether no line lies before that of the cursor.
func (p *Pane) atFirst() bool {
	for i := range min(p.list.Cursor(), len(p.rows)) {
		if p.rows[i].line != nil {
			return false
		}
	}
	return true
}

// Known reports whether anything is shown.
func (p *Pane) Known() bool { return len(p.rows) > 0 }

// Heights are the rows that sections take in the left and the right column of a pane of w columns; right is 0 where there is one.
func Heights(sections []overview.Section, w int) (left, right int) {
	p := Pane{w: w, sections: sections}
	p.arrange()
	return p.split, len(p.rows) - p.split
}

func (p *Pane) arrange() {
	p.rows, p.ids = p.rows[:0], p.ids[:0]
	right, w := p.second(), p.w
	if p.split = -1; right < len(p.sections) {
		p.left = p.divide(need(p.sections[:right]), need(p.sections[right:]))
		w = p.columnW(false)
	}
	for i := range p.sections {
		s := &p.sections[i]
		switch {
		case i == right:
			p.split, w = len(p.rows), p.columnW(true)
		case i > 0:
			p.rows, p.ids = append(p.rows, row{}), append(p.ids, id{})
		}
		if s.Title != "" {
			p.rows, p.ids = append(p.rows, row{title: s.Title}), append(p.ids, id{section: s.ID})
		}
		widths := widths(s.Lines, w)
		for j := range s.Lines {
			l := &s.Lines[j]
			for n, part := range parts(l, widths, w) {
				r := row{line: l, table: &widths, last: part}
				if n > 0 {
					r.line, r.rest = nil, true
				}
				p.rows, p.ids = append(p.rows, r), append(p.ids, id{s.ID, l.Cells[0], l.To})
			}
		}
	}
	if p.split < 0 {
		p.split = len(p.rows)
	}
	note := p.note
	if p.passed == 0 && p.all > 0 {
		note = p.Nothing("line")
	}
	p.lines = widget.Wrap(note, max(w-4, 10))
	p.list.SetCount(len(p.rows))
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	changed := w != p.w || h != p.h
	p.w, p.h = w, h
	p.list.Resize(w, max(h, 1))
	if changed {
		p.remake()
	}
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	return p.Titled(pane.Title{Left: "Overview", Right: p.about}, p.passed, p.all)
}

// first is the first row that is drawn: of the only column, or of each of the two.
func (p *Pane) first() int {
	if p.split == len(p.rows) {
		return p.list.Top()
	}
	at := p.list.Cursor()
	if at >= p.split {
		at -= p.split
	}
	p.top = max(min(p.top, at-1), at+2-p.h, 0) // the title above the line is seen too
	return p.top
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	i := p.first() + y
	if p.split == len(p.rows) {
		return p.row(b, i, len(p.rows), p.w)
	}
	b = p.row(b, i, p.split, p.columnW(false))
	r := pane.Paint(b, p.style.Theme, between, "")
	return p.row(r.End(), i+p.split, len(p.rows), p.columnW(true))
}

// row appends row i, one of those before end, in w columns.
func (p *Pane) row(b []byte, i, end, w int) []byte {
	th := p.style.Theme
	if i >= end {
		r := pane.Paint(b, th, w, "")
		if end == len(p.rows) && i-end < len(p.lines) {
			r.Gap(2)
			r.Text(text.Muted, p.lines[i-end])
		}
		return r.End()
	}
	base, x := "", p.rows[i]
	if i == p.list.Cursor() && x.line != nil && p.style.Focus {
		base = th.Cursor
	}
	r := pane.Paint(b, th, w, base)
	switch {
	case x.title != "":
		r.Gap(1)
		r.Bold(text.Accent, x.title)
		return r.End()
	case x.rest:
		up := i
		for p.rows[up].line == nil {
			up--
		}
		l := p.rows[up].line
		r.Gap(min(indent(l, *x.table), max(w-1, 0)))
		r.Text(l.Role, clean.End(x.last, max(r.Free()-1, 1)))
		return r.End()
	case x.line == nil:
		return r.End()
	case base != "":
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	default:
		r.Gap(1)
	}
	r.Gap(1)
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
			r.Text(role, clean.End(x.last, max(r.Free()-1, 1)))
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
