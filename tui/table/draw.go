package table

import (
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

const (
	between = 2  // blanks between columns
	minName = 16 // columns that a name keeps when others are left out
	ageW    = 6
	// usualAge are those of an age within a cell, as of most.
	usualAge = 5
)

// numberHeads are the headings of numbers, which stand at the right.
var numberHeads = map[string]bool{"KEYS": true, "BYTES": true, "LIVE": true, "±": true, "HISTORY": true, "REVISIONS": true, "GROWTH": true, "WRITES/H": true, "BYTES/H": true, "MANAGEDFIELDS": true}

// barHead is the heading of bars.
const barHead = "SHARE"

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: p.title}
	if p.filter != "" {
		t.Left += "  /" + clean.Key([]byte(p.filter))
	}
	switch n := int64(len(p.page.Rows)); {
	case !p.known:
	case p.filter != "" && !p.Hurrying():
		t.Right = p.counted(n)
	case p.Hurrying():
		t.Right = p.hurry(n)
	case p.page.Top, p.page.More && n >= MaxRows:
		t.Right = "the first " + widget.Thousands(n)
	case p.page.More && p.sort.on:
		t.Right = p.partly(n)
	case p.page.More:
		t.Right = widget.Thousands(n) + "+ read"
	default:
		t.Right = widget.Thousands(n) + " in all"
	}
	if s := p.Sorted(); s != "" {
		t.Right += "  by " + s
		switch up := p.direction() == "↑"; {
		case !p.ages(p.sort.col):
		case up:
			t.Right += ", newest first"
		default:
			t.Right += ", oldest first"
		}
	}
	return t
}

// partly says how many of all rows are sorted, and which key sorts the others where they are not being read.
func (p *Pane) partly(n int64) string {
	s := widget.Thousands(n)
	if p.way.total > n {
		s += " of " + widget.Thousands(p.way.total)
	}
	if s += " read"; !p.sorting() {
		s = "only " + s + ", G reads all"
	}
	return s
}

// counted says how many of the rows that were read pass the filter.
func (p *Pane) counted(n int64) string {
	s := widget.Thousands(int64(len(p.chosen))) + " of " + widget.Thousands(n)
	if p.page.More {
		s += "+ read"
	}
	if p.unread != nil {
		if n := p.unread(); n > 0 {
			s += ", " + widget.Thousands(int64(n)) + " cannot be read"
		}
	}
	left, _ := p.leaves()
	if n := p.pending - left; n > 0 {
		return s + ", " + widget.Thousands(int64(n)) + " pending"
	}
	if left > 0 {
		s += ", " + widget.Thousands(int64(left)) + " not looked at"
	}
	return s
}

// hurry says how far the reading up to the end is.
func (p *Pane) hurry(n int64) string {
	s := widget.Thousands(n)
	if p.way.total > n {
		s += " of " + widget.Thousands(p.way.total)
	}
	if s += " read, esc stops"; p.w >= 80 {
		s = "on the way to the end: " + s
	}
	return s
}

// nameColumn is the column that names the row: the second where the first is the namespace.
func (p *Pane) nameColumn() int {
	if len(p.page.Heads) > 1 && p.page.Heads[0] == "NAMESPACE" && p.page.Heads[1] == "NAME" {
		return 1
	}
	return 0
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	n := p.list.Top() + y - 1
	switch {
	case p.count() == 0:
		return p.note(b, y-1)
	case y == 0:
		return p.headRow(b)
	case n < p.count():
		return p.objectRow(b, n)
	}
	return p.note(b, n-p.count()-1)
}

// note says what there is instead of rows, or behind the last one.
func (p *Pane) note(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	line := p.page.Note
	switch {
	case p.known && p.filter != "":
		line = p.sifting(line)
	case line == "" && p.known && len(p.page.Rows) == 0:
		line = "This folder is empty at this revision."
	case !p.known && p.late:
		line = "Reading the folder…"
	case !p.known:
		line = ""
	}
	if lines := widget.Wrap(line, max(p.w-3, 8)); y >= 0 && y < len(lines) {
		r.Gap(2)
		r.Text(text.Muted, lines[y])
	}
	return r.End()
}

// sifting says what the filter leaves out, else the page's own note.
func (p *Pane) sifting(note string) string {
	shown := clean.Key([]byte(p.filter))
	left, advice := p.leaves()
	switch {
	case left > 0 && left == p.pending:
		return "Of " + widget.Plural(left, "more row") + " the last write is not looked up: " + advice
	case p.count() == 0 && p.pending > 0:
		return "Looking at the last write of each row …"
	case p.page.More && len(p.page.Rows) >= maxSorted:
		return widget.Thousands(int64(len(p.page.Rows))) + " rows were looked at: G looks at the others, esc shows all."
	case p.count() == 0 && p.page.More:
		return "No row so far matches " + shown + "."
	case p.count() == 0:
		return p.nothing(shown)
	}
	return note
}

func (p *Pane) headRow(b []byte) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.Gap(2)
	for _, c := range p.shown() {
		h, role := p.head(c.i), text.Muted
		if p.sort.on && p.sort.col == c.i {
			h, role = h+p.direction(), text.Accent
		}
		h = clean.End(h, c.w)
		if p.right(c.i) && c.i >= len(p.page.Heads) {
			r.Gap(c.w - widget.Width(h))
			r.Text(role, h)
			r.Gap(between)
			continue
		}
		r.Text(role, h)
		r.Gap(c.w - widget.Width(h) + between)
	}
	return r.End()
}

func (p *Pane) objectRow(b []byte, n int) []byte {
	th, row := p.style.Theme, p.at(n)
	base, selected := "", n == p.list.Cursor() && p.style.Focus
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	switch {
	case selected:
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	case p.marked(row.Path):
		r.TextW(text.Accent, "*", 1)
	}
	r.To(p.w - 1)
	if selected && p.marked(row.Path) {
		r.TextW(text.Accent, "*", 1)
	}
	r.To(p.w - 2)
	now := p.now()
	for _, c := range p.shown() {
		if c.i < len(p.page.Heads) && c.i >= len(row.Cells) {
			r.Gap(c.w + between)
			continue
		}
		cell, role := p.cellText(row, c.i, now)
		if c.i == p.nameColumn() {
			cell, role = clean.Middle(cell, c.w), text.String
		} else {
			cell = clean.End(cell, c.w)
		}
		at := r.Free()
		if p.right(c.i) {
			r.Gap(c.w - widget.Width(cell))
		}
		r.Text(role, cell)
		r.Gap(c.w + between - (at - r.Free()))
	}
	return r.End()
}

// text is a cell as it is at a time.
func (r *Row) text(i int, now time.Time) string {
	for _, a := range r.Aging {
		if a.Column == i {
			s, _, _ := clean.Line(a.Cell.At(now), 1)
			return s
		}
	}
	return r.Cells[i]
}

func (p *Pane) now() time.Time {
	if p.page.Clock.IsZero() {
		return p.style.Now
	}
	return p.page.Clock
}

// columnAt returns the column whose heading is at x, -1 for none.
func (p *Pane) columnAt(x int) int {
	at := 2
	for _, c := range p.shown() {
		if x >= at && x < at+c.w {
			return c.i
		}
		at += c.w + between
	}
	return -1
}
