package space

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// noName is the path of the row for what has no name.
const noName = "\x00"

// share is a part of the database.
type share struct {
	name  string
	bytes int64
	role  text.Role
	glyph string
}

// board is the pane: a bar of what the database is made of, what can be given back, and a table.
//
//	█████▒▒▒▒▒▒▒▒▒▒▒▒▒┄┄┄┄······
//	█ live 1.4 MiB  ▒ history 7.0 MiB  ┄ pages 1.1 MiB  · free 2.5 MiB
//	Compacting removes 7.3 MiB, defragmenting after it leaves a file of 1.9 MiB.
//
//	RESOURCE  SHARE  KEYS  LIVE  HISTORY  …
type board struct {
	*table.Pane
	pane.Sifting
	style  *pane.Style
	w, h   int
	shares []share
	advice string
}

func newBoard(style *pane.Style) *board {
	b := &board{Pane: table.New(style, func(string) bool { return false }), style: style}
	b.Sifting = pane.NewSifting(b.again)
	b.Chooses(func(r *table.Row) filter.Answer {
		if b.Passes(strings.Join(r.Cells, " ")) {
			return filter.Yes
		}
		return filter.No
	})
	return b
}

// leastRows is the height from which on there is room for the lines above the table.
const leastRows = 12

// head is how many lines are above the table.
func (b *board) head() int {
	switch {
	case b.h < leastRows || len(b.shares) == 0:
		return 0
	case b.advice == "":
		return 3
	}
	return 3 + len(b.advised())
}

// advised is the advice in lines, as wide as the pane.
func (b *board) advised() []string { return widget.Wrap(b.advice, max(b.w-4, 1)) }

// legend is what is between the names of the shares: less where the line would not fit.
func (b *board) legend() (gap int) {
	w := 0
	for _, s := range b.shares {
		w += widget.Width(s.glyph + " " + s.name + " " + widget.Bytes(s.bytes))
	}
	for gap = 3; gap > 1 && w+gap*(len(b.shares)-1) > b.w-4; gap-- {
	}
	return gap
}

// Resize implements pane.Pane.
func (b *board) Resize(w, h int) {
	b.w, b.h = w, h
	b.Pane.Resize(w, h-b.head())
}

// Row implements pane.Pane.
func (b *board) Row(buf []byte, y int) []byte {
	n := b.head()
	if y >= n {
		return b.Pane.Row(buf, y-n)
	}
	r := pane.Paint(buf, b.style.Theme, b.w, "")
	r.Gap(2)
	switch advised := b.advised(); {
	case y == 0:
		b.bar(&r, b.w-4)
	case y == 1:
		gap := b.legend()
		for i, s := range b.shares {
			if i > 0 {
				r.Gap(gap)
			}
			r.Text(s.role, s.glyph)
			r.Text(text.Muted, " "+s.name+" ")
			r.Text(text.Plain, widget.Bytes(s.bytes))
		}
	case b.advice != "" && y-2 < len(advised):
		r.Text(text.Muted, advised[y-2])
	}
	return r.End()
}

// bar draws the shares, each as wide as it is large, and one column at least where there is room.
func (b *board) bar(r *pane.Painter, w int) {
	for i, n := range b.columnsOf(w) {
		r.Text(b.shares[i].role, strings.Repeat(b.shares[i].glyph, n))
	}
}

// columnsOf divides w columns among the shares: where they were rounded to more or fewer, the widest one gives or takes.
func (b *board) columnsOf(w int) []int {
	all, used, widest := int64(0), 0, 0
	for _, s := range b.shares {
		all += s.bytes
	}
	out := make([]int, len(b.shares))
	for i, s := range b.shares {
		out[i] = max(int(float64(s.bytes)/float64(max(all, 1))*float64(w)+0.5), int(min(s.bytes, 1)))
		if used += out[i]; out[i] > out[widest] {
			widest = i
		}
	}
	if all > 0 {
		out[widest] = max(out[widest]+w-used, 0)
	}
	return out
}

// Click implements pane.Clicker.
func (b *board) Click(x, y int, double bool) pane.Intent {
	if y < b.head() {
		return nil
	}
	return b.Pane.Click(x, y-b.head(), double)
}

// again sets the filter for the rows that are shown now.
func (b *board) again() {
	if b.Filtered() != b.Sifted() {
		b.Filter(b.Sifted())
	}
}

// First puts the cursor on the first row.
func (b *board) First() { b.Do(keymap.First) }

// set shows the shares of a database.
func (b *board) set(s *space.Survey) {
	b.shares, b.advice = nil, ""
	defer func() { b.Resize(b.w, b.h) }()
	if s == nil || s.Storage.InUse < 0 || s.Storage.Size <= 0 {
		return
	}
	g, st := &b.style.Theme.Glyphs, &s.Storage
	full := g.Eighths[len(g.Eighths)-1]
	add := func(name string, n int64, role text.Role, glyph string) {
		b.shares = append(b.shares, share{name, max(n, 0), role, glyph})
	}
	add("live", s.Total.Live, text.Accent, full)
	if s.Exact {
		add("history", s.Total.Old, text.Warning, g.Hatch)
		add("keys, pages", st.InUse-s.Total.Live-s.Total.Old, text.Muted, g.Dotted)
	} else {
		b.shares[0].name = "live ±" + widget.Bytes(s.Total.Margin)
		add("history, keys, pages", st.InUse-s.Total.Live, text.Warning, g.Hatch)
	}
	free := g.Empty
	if free == g.Hatch || free == g.Dotted { // as in ASCII and on a console: each share needs its own
		free = g.Horizontal
	}
	add("free", st.Free, text.Muted, free)
	switch old := st.Stored - st.LiveStored; {
	case st.Packed < 0 && !s.Exact:
		b.advice = fmt.Sprintf("Estimated from %s. A recalls the store and counts all of it.", widget.Plural(s.Read.Values, "value"))
	case st.Packed < 0:
	case old > 0:
		b.advice = fmt.Sprintf("Defragmented the file has about %s; compacting removes %s first, then it has %s.", widget.Bytes(st.Packed), widget.Bytes(old), widget.Bytes(st.PackedLive))
	default:
		b.advice = fmt.Sprintf("Defragmented the file has about %s. There is no history.", widget.Bytes(st.Packed))
	}
}

// fill shows the rows of the chosen kind; another says that they were of another kind before.
func (f *Feature) fill(another bool) {
	title := map[space.By]string{space.ByResource: "Space by resource", space.ByNamespace: "Namespaces, the biggest first", space.ByKey: "Space by key", space.ByField: "Space by field", space.ByWriter: "Space by writer"}[f.by]
	rows, known := f.seen.rows[f.by]
	nothing := !known && f.seen.err == nil && !f.absent()
	if how := f.seen.how; how != "" {
		title += ", " + how
	} else if nothing {
		title += ", counting …"
	}
	first := !f.board.Known() || another
	f.board.Select("/"+string(f.by), title)
	f.board.again()
	f.board.set(f.seen.survey)
	if nothing {
		return
	}
	c := f.columns()
	p := table.Page{Note: f.note(len(rows)), Top: f.by == space.ByKey && len(rows) == maxKeys}
	for _, col := range c {
		p.Heads = append(p.Heads, col.head)
	}
	most := int64(1)
	for i := range rows {
		most = max(most, f.weight(&rows[i]))
	}
	for i := range rows {
		r := &rows[i]
		row := table.Row{Path: r.Name}
		if f.by == space.ByWriter {
			row.Path += "\x00" + r.Controller
		} else if r.Name == "" {
			row.Path = noName
		}
		for _, col := range c {
			row.Cells = append(row.Cells, col.cell(r, most))
			row.Numbers = append(row.Numbers, col.number(r))
		}
		p.Rows = append(p.Rows, row)
	}
	f.board.Set(p)
	if first {
		f.board.Largest(f.sortColumn(c))
	}
}

// absent reports whether rows of the chosen kind cannot be had of this store.
func (f *Feature) absent() bool {
	return !f.v.AtHand() && (f.by == space.ByKey || f.by == space.ByWriter)
}

// note is what is said below the rows, or instead of them.
func (f *Feature) note(rows int) string {
	switch {
	case f.seen.err != nil:
		return "The store cannot be counted: " + clean.Error(f.seen.err) + ". " + view.Again
	case f.absent():
		return "This needs the history of the store, which is not read of a live one. A recalls it; it says first what that costs."
	case rows == 0 && f.seen.how == "" && f.seen.survey != nil && f.by == space.ByWriter:
		return "" // they are still counted
	case rows == 0 && f.seen.how == "":
		return "Nothing is stored."
	case f.by == space.ByKey && rows == maxKeys:
		return fmt.Sprintf("These are the %d that take most.", maxKeys)
	}
	return ""
}

// weight is what the bar of a row shows.
func (f *Feature) weight(r *space.Row) int64 {
	if n := r.Live + r.Old; n > 0 || f.seen.survey != nil {
		return n
	}
	return r.Keys
}

// name is what a row is called.
func (f *Feature) name(r *space.Row) string {
	switch {
	case f.by == space.ByKey:
		return decode.KeyText([]byte(r.Name))
	case f.by == space.ByNamespace && r.Name == "" && !f.v.AtHand():
		return "in no namespace, or none that exists"
	case f.by == space.ByNamespace && r.Name == "":
		return "in no namespace"
	case r.Name == "":
		return "not known"
	case r.Controller != "":
		return clean.Key([]byte(r.Controller)) // as everywhere on the screen
	}
	return clean.Key([]byte(r.Name))
}
