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
			if n := p.list.Top() + y; p.page.Keys && n < len(p.page.Rows) && p.page.Rows[n].Created.IsZero() {
				w = widget.Width(columns.Age(time.Time{}, time.Time{}))
			}
		}
	case p.stored(col) >= 0:
		w = storedW[p.stored(col)]
		for y := range p.h {
			if n := p.list.Top() + y; p.stored(col) == bytesCol && n < len(p.page.Rows) {
				w = max(w, p.page.Rows[n].bytesW)
			}
		}
	default:
		w = widget.Width(p.page.Heads[col])
		if p.sort.on && p.sort.col == col {
			w++ // its direction
		}
		for y := range p.h {
			if n := p.list.Top() + y; n < len(p.page.Rows) && col < len(p.page.Rows[n].widths) {
				w = max(w, p.page.Rows[n].widths[col])
			}
		}
		if col > 0 {
			w = min(w, 40)
		}
	}
	return w
}

// shown divides the row: as wide as the cells that are on the screen need. The column that the rows are sorted by is never left out; of
// the others the state comes first, then the age, then kubectl's columns in their order, for which a name is cut in its middle. What the
// store says of a key comes last and cuts no name. A column that does not fit leaves its room to those behind it.
func (p *Pane) shown() (out []shownCol) {
	name, age := p.nameColumn(), len(p.page.Heads)
	if len(p.page.Heads) == 0 {
		return nil
	}
	free, total := p.w-2, 0
	cut := 0 // what the name has less than it needs
	put := func(col, w int) {
		need, room := w, free
		if col == name {
			need = min(w, minName)
			cut = w - need
		}
		if p.stored(col) >= 0 {
			room -= cut
		}
		if total+need > room && col > name {
			return
		}
		total += need + between
		out = append(out, shownCol{col, w})
	}
	for col := 0; col <= name; col++ {
		put(col, p.width(col))
	}
	if c := p.sort.col; p.sort.on && c > name && c < len(p.Columns()) {
		total += p.width(c) + between
		out = append(out, shownCol{c, p.width(c)})
	}
	has := func(col int) bool { return slices.ContainsFunc(out, func(c shownCol) bool { return c.i == col }) }
	if state := slices.Index(p.page.Heads, stateHead); state > name && !has(state) {
		put(state, p.width(state))
	}
	if p.page.Age && !has(age) && free > minName+2*ageW {
		put(age, p.width(age))
	}
	for col := name + 1; col < len(p.Columns()); col++ {
		if p.isAge(col) || has(col) {
			continue
		}
		put(col, p.width(col))
	}
	slices.SortFunc(out, func(a, b shownCol) int { return a.i - b.i })
	p.fitName(out, free)
	return out
}

// fitName gives the name what the other columns leave.
func (p *Pane) fitName(cols []shownCol, free int) {
	total := -between
	for _, c := range cols {
		total += c.w + between
	}
	for i := range cols {
		if cols[i].i == p.nameColumn() && total > free {
			cols[i].w = max(cols[i].w-(total-free), 1)
		}
	}
}

// direction marks which way the rows are sorted: up for the smallest first.
func (p *Pane) direction() string {
	down := p.sort.down
	if p.isAge(p.sort.col) {
		down = !down // the youngest first is the largest time first
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
