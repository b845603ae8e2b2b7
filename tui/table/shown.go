package table

import (
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The columns of a row, by number: those of the page's heads, the age of an object, then what the store says of the key, or of all keys
// of a folder together.
//
//	NAME  READY  STATUS  …  AGE  BYTES  REVISION  VERSIONS  MODIFIED

// storedHeads are the headings of what the store says of a key.
var storedHeads = []string{"BYTES", "REVISION", "VERSIONS", "MODIFIED"}

// stateHead is the heading of the column that says most of an object.
const stateHead = "STATUS"

// The columns behind the age.
const (
	bytesCol = iota
	revisionCol
	versionsCol
	modifiedCol
)

// storedW are the widths of the columns behind the age, with room for the mark of a direction.
var storedW = [...]int{bytesCol: 9, revisionCol: 10, versionsCol: 9, modifiedCol: 9}

// lastHead reports whether no other column is drawn behind one, but what the store says of the key.
func (p *Pane) lastHead(col int) bool {
	return col == len(p.page.Heads)-1 && (p.page.Behind > 0 || !p.page.Age)
}

// shownCol is a column that is drawn.
type shownCol struct{ i, w int }

// isAge reports whether a column is the age. Folders have none.
func (p *Pane) isAge(col int) bool { return p.page.Age && col == len(p.page.Heads) }

// stored returns which of the columns of storedHeads a column is, -1 for none.
func (p *Pane) stored(col int) int {
	first := len(p.page.Heads)
	if p.page.Age {
		first++
	}
	return max(col-first, -1)
}

// head is the heading of a column.
func (p *Pane) head(col int) string {
	switch {
	case col < len(p.page.Heads):
		return p.page.Heads[col]
	case p.isAge(col):
		return "AGE"
	}
	return storedHeads[p.stored(col)]
}

// right reports whether a column is drawn at the right of its width.
func (p *Pane) right(col int) bool {
	if col < len(p.page.Heads) {
		return numberHeads[p.page.Heads[col]]
	}
	return p.stored(col) >= 0
}

// width is what a column needs for the rows on the screen.
func (p *Pane) width(col int) (w int) {
	switch {
	case p.isAge(col):
		w = ageW
		for y := range p.h {
			if n := p.list.Top() + y; p.page.Keys && n < p.count() && p.at(n).Created.IsZero() {
				w = widget.Width(columns.Age(time.Time{}, time.Time{}))
			}
		}
	case p.stored(col) >= 0:
		w = storedW[p.stored(col)]
		for y := range p.h {
			if n := p.list.Top() + y; p.stored(col) == bytesCol && n < p.count() {
				w = max(w, p.at(n).bytesW)
			}
		}
	default:
		w = widget.Width(p.page.Heads[col])
		if p.sort.on && p.sort.col == col {
			w++ // its direction
		}
		for y := range p.h {
			if n := p.list.Top() + y; n < p.count() && col < len(p.at(n).widths) {
				w = max(w, p.at(n).widths[col])
			}
		}
		if col > 0 && !p.lastHead(col) { // the last one takes the room that is left
			w = min(w, 40)
		}
	}
	return w
}

// Of a column that is cut, these columns stay, or its heading.
const leastW = 14

// least is what a column of w columns is cut to at most: the state, the age and the column of the order are whole.
func (p *Pane) least(col, w int) int {
	switch {
	case col == p.nameColumn():
		return min(w, minName)
	case col >= len(p.page.Heads), p.page.Heads[col] == stateHead, p.sort.on && p.sort.col == col:
		return w
	}
	return min(w, max(leastW, widget.Width(p.page.Heads[col])))
}

// shown divides the row: as wide as the cells that are on the screen need. The column that the rows are sorted by is never left out; of
// the others the state comes first, then the age, then kubectl's columns in their order, for which names and long cells are cut. What the
// store says of a key comes last: only where kubectl's columns are all there, and nothing is cut. A column that does not fit leaves its
// room to those behind it.
func (p *Pane) shown() (out []shownCol) {
	if len(p.page.Heads) == 0 {
		return nil
	}
	name, age := p.nameColumn(), len(p.page.Heads)
	free, total, whole, all := p.w-2, -between, -between, true
	put := func(col int) {
		if slices.ContainsFunc(out, func(c shownCol) bool { return c.i == col }) {
			return
		}
		w := p.width(col)
		least := p.least(col, w)
		fits := total+between+least <= free
		if p.stored(col) >= 0 {
			fits = all && whole+between+w <= free
		}
		if !fits && col > name && !(p.sort.on && p.sort.col == col) {
			all = all && p.stored(col) >= 0
			return
		}
		total, whole = total+between+least, whole+between+w
		out = append(out, shownCol{col, w})
	}
	for col := 0; col <= name; col++ {
		put(col)
	}
	if c := p.sort.col; p.sort.on && c < len(p.Columns()) {
		put(c)
	}
	if state := slices.Index(p.page.Heads, stateHead); state > name {
		put(state)
	}
	if p.page.Age && free > minName+2*ageW {
		put(age)
	}
	for col := name + 1; col < len(p.Columns()); col++ {
		if !p.isAge(col) {
			put(col)
		}
	}
	slices.SortFunc(out, func(a, b shownCol) int { return p.place(a.i) - p.place(b.i) })
	p.fit(out, free)
	return out
}

// place orders the columns as kubectl draws them: some are behind the age.
func (p *Pane) place(col int) int {
	switch first := len(p.page.Heads) - p.page.Behind; {
	case p.isAge(col):
		return 2 * first
	case col < len(p.page.Heads) && col >= first:
		return 2*col + 1
	}
	return 2*col - 1
}

// fit cuts the columns that can be cut, the last one first and the name last, until they have room.
func (p *Pane) fit(cols []shownCol, free int) {
	over := -between - free
	for _, c := range cols {
		over += c.w + between
	}
	cut := func(c *shownCol, least int) {
		if by := min(over, c.w-least); by > 0 {
			c.w, over = c.w-by, over-by
		}
	}
	for i := len(cols) - 1; i >= 0; i-- {
		if c := &cols[i]; c.i != p.nameColumn() {
			cut(c, p.least(c.i, c.w))
		}
	}
	for i := range cols {
		if c := &cols[i]; c.i == p.nameColumn() {
			cut(c, 1)
		}
	}
}

// ages reports whether a column shows ages.
func (p *Pane) ages(col int) bool {
	if col >= len(p.page.Heads) {
		return p.isAge(col) || p.stored(col) == modifiedCol
	}
	return slices.ContainsFunc(p.page.Rows, func(r Row) bool { return !r.since(col).IsZero() })
}

// direction marks which way the rows are sorted, by what is drawn: up for the smallest first, of ages the newest.
func (p *Pane) direction() string {
	down := p.sort.down
	if p.stored(p.sort.col) == modifiedCol {
		down = !down // the largest revision is the smallest age
	}
	if down {
		return "↓"
	}
	return "↑"
}

// cellText is what is drawn in a column of a row.
func (p *Pane) cellText(row *Row, col int, now time.Time) (string, text.Role) {
	stored := p.stored(col)
	if stored >= 0 && row.Stored.Revision == 0 { // not known yet
		return "", text.Muted
	}
	switch stored {
	case bytesCol:
		return widget.Thousands(row.Stored.Bytes), text.Plain
	case revisionCol:
		return widget.Thousands(row.Stored.Revision), text.Muted
	case versionsCol:
		return widget.Thousands(row.Stored.Versions), text.Muted
	case modifiedCol:
		if p.when == nil {
			return "", text.Muted
		}
		return columns.Age(p.when(row.Stored.Revision), now), text.Muted
	}
	if p.isAge(col) {
		return columns.Age(row.Created, now), text.Muted
	}
	cell := row.text(col, now)
	if p.page.Heads[col] == barHead {
		return cell, text.Accent
	}
	return cell, columns.Role(cell)
}
