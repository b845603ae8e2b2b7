// Package overview is the pane that says what a source is, what fills it, who writes and what is wrong: the sections of
// model/overview below each other, each line leading to what explains it.
package overview

import (
	"math"
	"slices"
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
}

// ColumnsFrom is the width from which sections are in two columns, side by side.
const ColumnsFrom = 110

// New returns a pane without sections.
func New(style *pane.Style) *Pane { return &Pane{style: style} }

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
	p.lines = widget.Wrap(p.note, max(w-4, 10))
	p.list.SetCount(len(p.rows))
}

// parts are what the rows of a line have of its last cell, in w columns.
func parts(l *overview.Line, widths []int, w int) []string {
	last := l.Cells[len(l.Cells)-1]
	if !l.Whole {
		return []string{last}
	}
	return widget.Wrap(last, max(w-indent(l, widths)-1, leastCell))
}

// indent is the column at which the last cell of a line begins.
func indent(l *overview.Line, widths []int) int {
	at := Margin - 1
	for n := range len(l.Cells) - 1 {
		at += widths[n] + 2
	}
	return at
}

// second is the section with which the right column begins, so that both are of about the same height; len(p.sections)
// where there is one column.
func (p *Pane) second() int {
	n := len(p.sections)
	if p.w < ColumnsFrom || n < 2 {
		return n
	}
	total, left, best, at := 0, 0, -1, n
	for i := range p.sections {
		total += len(p.sections[i].Lines) + 2
	}
	for i := range p.sections[:n-1] {
		left += len(p.sections[i].Lines) + 2
		if high := max(left, total-left); best < 0 || high < best {
			best, at = high, i+1
		}
	}
	return at
}

// between is the number of blank columns between the two columns.
const between = 3

// columnW is the width of one of two columns.
func (p *Pane) columnW(right bool) int {
	if right {
		return p.w - between - p.left
	}
	return p.left
}

// leastColumn is the width that a column keeps, whatever the other one needs.
const leastColumn = 40

// divide returns the width of the left column: half of the room, and what one column does not need where the other lacks it; up to
// four sevenths where both lack room.
func (p *Pane) divide(left, right int) int {
	room := p.w - between
	half := room / 2
	switch {
	case left > half && right < room-half:
		return min(left, room-max(right, leastColumn))
	case right > room-half && left < half:
		return max(room-right, left, leastColumn)
	case left > half && right > room-half && !p.objects(): // the left one has sentences
		return max(half, min(left, room*4/7, room-leastColumn))
	}
	return half
}

// objects reports whether a section of the right column names an object in each line, and what was done to it.
func (p *Pane) objects() bool {
	at := p.second()
	return slices.ContainsFunc(p.sections[min(at, len(p.sections)):], func(s overview.Section) bool { return len(s.Lines) > 0 && len(s.Lines[0].Cells) > 3 })
}

// need is the width at which no line of the sections is cut.
func need(sections []overview.Section) (w int) {
	for i := range sections {
		lines := sections[i].Lines
		table := Margin
		for _, c := range widths(lines, math.MaxInt32) {
			table += c + 2
		}
		w = max(w, table, widget.Width(sections[i].Title)+Margin)
		for j := range lines {
			if len(lines[j].Cells) == 1 {
				w = max(w, widget.Width(lines[j].Cells[0])+Margin+1)
			}
		}
	}
	return w
}

// A line keeps half of its width for its last cell, unless another one would get less than these columns.
const (
	leastCell = 12
	wideCell  = 24 // where there is room for two of them
)

// widths are those of the columns of a section; a line of one cell is in none. Where there is no room, the widest gives way.
func widths(lines []overview.Line, room int) (out []int) {
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
	if len(out) > 3 {
		return objectFirst(out, room)
	}
	for {
		total, widest := Margin, 0
		for n, w := range out {
			if n > 0 && n == len(out)-1 { // the last cell takes what is left
				total += min(w, room/2)
				continue
			}
			total += w + 2
			if w > out[widest] {
				widest = n
			}
		}
		if total <= room || len(out) == 0 || out[widest] <= max(leastCell, min(wideCell, room/2)) {
			return out
		}
		out[widest]--
	}
}

// objectFirst cuts the widths of a table with an object before its last cell, which says what was done to it: the last cell first, the
// object last.
func objectFirst(out []int, room int) []int {
	object, last := len(out)-2, len(out)-1
	over := Margin - room
	for n, w := range out {
		over += w + 2
		if n == last {
			over -= 2
		}
	}
	cut := func(n, least int) {
		by := max(min(over, out[n]-least), 0)
		out[n], over = out[n]-by, over-by
	}
	cut(last, leastCell)
	for n := object - 1; n >= 0; n-- {
		cut(n, leastCell)
	}
	cut(object, leastCell)
	return out
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
func (p *Pane) Title() pane.Title { return pane.Title{Left: "Overview", Right: p.about} }

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
		if p.note != "" && end == len(p.rows) && i-end < len(p.lines) {
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
