package table

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// sorting is the order of the rows. Off, they are in key order.
type sorting struct {
	on   bool
	col  int // len(Heads) is the age
	down bool
	back bool // it was chosen when the folder was shown before
}

// Columns returns the headings that the rows can be sorted by, in the order in which they are drawn.
func (p *Pane) Columns() []string {
	cols := slices.Clone(p.page.Heads)
	if p.page.Age {
		cols = append(cols, "AGE")
	}
	if p.page.Keys {
		cols = append(cols, storedHeads...)
	}
	return cols
}

// SortBy sorts by a column, the other way round when it is sorted by it already, and by key after that. An order from an earlier visit is
// not turned round: who comes back expects the same keys to do the same.
func (p *Pane) SortBy(col int) {
	switch {
	case col < 0 || col >= len(p.Columns()):
		p.sort = sorting{}
	case !p.sort.on || p.sort.col != col || p.sort.back:
		p.sort = sorting{on: true, col: col, down: p.numeric(col)}
	case p.sort.down == p.numeric(col):
		p.sort.down = !p.sort.down
	default:
		p.sort = sorting{}
	}
	p.order()
	p.list.SetCount(p.count())
	p.top()
}

// top puts the cursor on the first row, where it stays until it is moved, or all rows are read.
func (p *Pane) top() {
	p.first = p.sorting()
	p.list.SetCursor(0)
	p.take()
}

// Largest sorts by a column of numbers, the largest first, with the cursor on it.
func (p *Pane) Largest(col int) {
	p.sort = sorting{on: true, col: col, down: true}
	p.order()
	p.top()
}

// AtTop reports whether the cursor is on the first row.
func (p *Pane) AtTop() bool { return p.list.Cursor() == 0 }

// Sorted returns the heading that the rows are sorted by, "" for none.
func (p *Pane) Sorted() string {
	if cols := p.Columns(); p.sort.on && p.sort.col < len(cols) {
		return cols[p.sort.col]
	}
	return ""
}

// Descending reports whether the rows are sorted the other way round: the largest, or the oldest, first.
func (p *Pane) Descending() bool { return p.sort.on && p.sort.down }

// Heads returns the headings of the cells that the objects themselves have.
func (p *Pane) Heads() []string { return p.page.Heads }

// numeric reports whether a column holds numbers, which are sorted largest first.
func (p *Pane) numeric(col int) bool {
	if col >= len(p.page.Heads) {
		return p.stored(col) >= 0
	}
	for i := range p.page.Rows {
		if col > 0 && col < len(p.page.Rows[i].Numbers) {
			return true
		}
		if c := p.page.Rows[i].cell(col); c != "" {
			_, ok := columns.Number(c)
			return ok
		}
	}
	return false
}

// cell returns a cell, "" where the row has none: objects of one folder can differ in their columns.
func (r *Row) cell(i int) string {
	if i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

// since is the time in a cell that holds an age: zero where it holds none.
func (r *Row) since(i int) (at time.Time) {
	for _, a := range r.Aging {
		if a.Column == i && a.Cell.Text == "" {
			at = a.Cell.Since
		}
	}
	return at
}

// order measures and sorts the rows.
func (p *Pane) order() {
	p.measure(p.page.Rows)
	slices.SortStableFunc(p.page.Rows, func(a, b Row) int {
		n := 0
		switch {
		case !p.sort.on:
		case p.sort.col > 0 && p.sort.col < min(len(a.Numbers), len(b.Numbers)):
			n = cmp.Compare(a.Numbers[p.sort.col], b.Numbers[p.sort.col])
		case p.stored(p.sort.col) >= 0:
			n = cmp.Compare(a.Stored.of(p.stored(p.sort.col)), b.Stored.of(p.stored(p.sort.col)))
		case p.sort.col >= len(p.page.Heads):
			n = b.Created.Compare(a.Created) // the youngest first
		default:
			n = cmp.Or(b.since(p.sort.col).Compare(a.since(p.sort.col)), columns.CompareTexts(a.cell(p.sort.col), b.cell(p.sort.col)))
		}
		if p.sort.down {
			n = -n
		}
		return cmp.Or(n, strings.Compare(a.Path, b.Path))
	})
	p.sift(0)
}

// of is the value of a column behind the age; what was modified last has the largest revision.
func (s *Stored) of(col int) int64 {
	switch col {
	case bytesCol:
		return s.Bytes
	case versionsCol:
		return s.Versions
	}
	return s.Revision
}

// measure finds how wide the cells of rows are.
func (p *Pane) measure(rows []Row) {
	for i := range rows {
		if r := &rows[i]; r.widths == nil {
			r.bytesW = widget.Width(widget.Thousands(r.Stored.Bytes))
			for _, c := range r.Cells {
				r.widths = append(r.widths, widget.Width(c))
			}
			for _, a := range r.Aging {
				if a.Column < len(r.widths) {
					r.widths[a.Column] = max(r.widths[a.Column], widget.Width(a.Cell.Text)+usualAge+widget.Width(a.Cell.After))
				}
			}
		}
	}
}
