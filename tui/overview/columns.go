package overview

import (
	"math"
	"slices"

	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// ColumnsFrom is the width from which sections are in two columns, side by side.
const ColumnsFrom = 110

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
