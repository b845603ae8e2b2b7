package differences

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Differences", Right: p.title}
	if !p.all {
		t.Left = [...]string{"Differences: updated only", "Differences: created only", "Differences: deleted only"}[p.only]
	}
	switch {
	case p.title == "":
		t.Right, t.Left = "nothing was compared", "Differences"
	case p.grouped:
		t.Left += " by resource and namespace"
	case p.in != nil:
		t.Left += " of " + strings.TrimSpace(p.in.typ+" "+p.in.ns)
	}
	if s := p.filter.String(); s != "" {
		t.Left += "  /" + clean.Key([]byte(s)) + "  " + widget.Plural(p.lines(), "row") + p.looking()
	}
	return t
}

// looking says how many rows were looked at for the filter, "" where all were.
func (p *Pane) looking() string {
	if p.filter.Needs()&filter.NeedsChange == 0 || p.looked >= len(p.rows) || len(p.rows) == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %% looked at", 100*p.looked/len(p.rows))
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	switch {
	case y == 0:
		p.summary(&r)
		return r.End()
	case y == 1, len(p.rows) == 0 && p.ended(1) != "": // without rows there is room for all of it
		r.Gap(1)
		s := p.ended(1)
		if len(p.rows) == 0 {
			s = widget.Sentence(s, p.w-2, y-1)
		}
		r.Text(text.Error, s)
		return r.End()
	}
	i := p.list.Top() + y - head
	switch {
	case i < p.lines() && p.grouped:
		return p.groupRow(b, &p.groups[i], i == p.list.Cursor())
	case i < p.lines():
		return p.row(b, &p.rows[p.shown[i]], i == p.list.Cursor())
	case i == 0:
		p.emptyRow(&r)
	}
	return r.End()
}

// emptyRow says why there is no row.
func (p *Pane) emptyRow(r *pane.Painter) {
	r.Gap(2)
	switch {
	case p.looking() != "":
		r.Text(text.Muted, "No difference so far"+p.looking()+".")
	case len(p.rows) > 0 && p.foldsAll():
		r.Text(text.Muted, "Only Events and Leases differ: i shows them.")
	case p.Filtered() || len(p.rows) > 0 && !p.all:
		r.Text(text.Muted, "No difference passes: x shows other sorts, esc takes the filter back.")
	case p.done && p.err == "":
		r.Text(text.OK, "Nothing differs.")
	}
}

// foldsAll reports whether only noise passes the filter, and is folded away.
func (p *Pane) foldsAll() bool {
	return slices.ContainsFunc(p.rows, func(r Row) bool {
		return p.folds(&r) && (p.all || p.only == r.Op) && (p.in == nil || p.grouped || p.in.holds(&r)) && (p.filter.Empty() || p.chosen(&r) == filter.Yes)
	})
}

// ended says why not all is there: behind the counts where there is room, else below them.
func (p *Pane) ended(y int) string {
	if p.err == "" {
		return ""
	}
	s := "ended early: " + p.err
	if below := widget.Width(s) > p.w-50; below != (y == 1) {
		return ""
	}
	return s
}

func (p *Pane) summary(r *pane.Painter) {
	r.Gap(1)
	counts := p.counts
	if p.Filtered() {
		counts = p.passed
	}
	for _, c := range []struct {
		role text.Role
		op   Op
		word string
	}{{text.Added, Added, "+ %s created"}, {text.Removed, Removed, "− %s deleted"}, {text.Changed, Changed, "~ %s updated"}} {
		r.Text(c.role, fmt.Sprintf(c.word, widget.Thousands(int64(counts[c.op]))))
		r.Gap(2)
	}
	switch {
	case p.err != "":
		r.Text(text.Error, p.ended(0))
		return
	case !p.done && p.keys > 0:
		r.Text(text.Muted, widget.Thousands(p.keys)+" keys compared …  esc ends it")
		return
	case !p.done:
		r.Text(text.Muted, "comparing …")
		return
	case p.Filtered():
		r.Text(text.Muted, "pass, of "+widget.Plural(p.counts[Added]+p.counts[Removed]+p.counts[Changed], "difference")+"  ")
	case p.keys > 0:
		r.Text(text.Muted, "of "+widget.Thousands(p.keys)+" keys  ")
	}
	for _, h := range []struct{ key, what string }{
		{"", map[bool]string{true: fmt.Sprintf("the first %s are listed", widget.Thousands(int64(len(p.rows))))}[p.dropped > 0]},
		{"i", map[bool]string{true: fmt.Sprintf("%s noise folded", widget.Thousands(int64(p.folded)))}[p.folded > 0 && !p.loud && !p.filter.AsksNoise()]},
		{"x", map[bool]string{true: "one sort only"}[len(p.rows) > 0]},
		{"←", map[bool]string{true: "by resource"}[len(p.rows) > 0 && !p.grouped]},
		{"→", map[bool]string{true: "the objects of the row"}[p.grouped]},
	} {
		if h.what == "" || r.Free() < widget.Width(h.what)+5 {
			continue
		}
		r.Gap(1)
		if h.key != "" {
			r.Text(text.Accent, p.style.Theme.Glyphs.Key(h.key))
			r.Gap(1)
		}
		r.Text(text.Muted, h.what)
		r.Gap(1)
	}
}

// cols are the widths of the columns of a row behind its writer; 0 leaves one out. joined is the width of its names in one column, what
// that of the changed fields. They are measured once for a row: each row that is drawn looks at those of all rows on the screen.
type cols struct{ typ, ns, name, note, joined, what int }

// Columns that a cell keeps when it is cut, and that are kept for what changed in a row.
const (
	leastCell = 10
	leastWhat = 24
	between   = 2 // blanks between columns
)

// columns divides the room of a row: as wide as the rows on the screen need. Where that is too wide, revisions are left out, then the
// resource is cut, then the namespace, the name last.
func (p *Pane) columns(room int) (c cols) {
	what := 0
	for i := p.list.Top(); i < min(p.list.Top()+p.h-head, len(p.shown)); i++ {
		r := &p.rows[p.shown[i]]
		c.typ, c.ns, c.name, c.note = max(c.typ, r.widths.typ), max(c.ns, r.widths.ns), max(c.name, r.widths.name), max(c.note, r.widths.note)
		if r.What != "" || r.Vague {
			what = leastWhat
		}
	}
	over := func() int {
		n := what - room
		for _, w := range []int{c.typ, c.ns, c.name, c.note} {
			if w > 0 {
				n += w + between
			}
		}
		return n
	}
	if over() > 0 && what > 0 {
		c.note = 0
	}
	for _, w := range []*int{&c.typ, &c.ns, &c.name} {
		*w -= max(min(over(), *w-leastCell), 0)
	}
	return c
}

// measure finds how wide the cells of rows are.
func measure(rows []Row) {
	for i := range rows {
		r := &rows[i]
		r.widths = cols{widget.Width(r.Type), widget.Width(r.NS), widget.Width(r.Name), widget.Width(r.Note), widget.Width(joined(r)), widget.Width(r.What)}
	}
}

// joinedW is the width of the names of the rows on the screen, each in one column, in a row with some room.
func (p *Pane) joinedW(room int) int {
	w, what := 0, 0
	for i := p.list.Top(); i < min(p.list.Top()+p.h-head, len(p.shown)); i++ {
		r := &p.rows[p.shown[i]]
		w, what = max(w, r.widths.joined), max(what, r.widths.what, r.widths.note)
	}
	return max(min(w, room-min(what, leastWhat)-1), min(room*3/5, p.w*2/5), leastCell)
}

func cell(r *pane.Painter, role text.Role, s string, w int) {
	free := r.Free()
	r.Text(role, clean.Middle(s, w))
	r.To(free - w - 1)
}

func (p *Pane) start(b []byte, selected bool) pane.Painter {
	th, base := p.style.Theme, ""
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	if selected {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	} else {
		r.Gap(1)
	}
	return r
}

func (p *Pane) row(b []byte, row *Row, selected bool) []byte {
	r := p.start(b, selected)
	switch row.Op {
	case Added:
		r.TextW(text.Added, "+", 1)
	case Removed:
		r.TextW(text.Removed, "−", 1)
	default:
		r.TextW(text.Changed, "~", 1)
	}
	if p.marked(row.Key) {
		r.TextW(text.Accent, "*", 1)
	} else {
		r.Gap(1)
	}
	last := p.wroteCells(&r, row)
	if p.w < wideW {
		cell(&r, text.Plain, joined(row), p.joinedW(r.Free()))
	} else {
		c := p.columns(r.Free())
		for _, x := range []struct {
			role text.Role
			s    string
			w    int
		}{{text.Muted, row.Type, c.typ}, {text.Muted, row.NS, c.ns}, {text.Plain, row.Name, c.name}, {text.Muted, row.Note, c.note}} {
			if x.w > 0 {
				cell(&r, x.role, x.s, x.w)
				r.Gap(between - 1)
			}
		}
	}
	switch {
	case row.What != "":
		r.Text(text.Plain, row.What)
	case p.w < wideW && last:
		r.Text(text.Muted, lastWrite+"; "+row.Note)
	case p.w < wideW:
		r.Text(text.Muted, row.Note)
	case last:
		r.Text(text.Muted, lastWrite)
	}
	return r.End()
}

// lastWrite says in the row of a key that was created that time and writer are not those of its creation.
const lastWrite = "last write"

// wideW is the width from which rows have a column for each part of their names.
const wideW = 140

// joined is a row's name in one column: pods/demo/web.
func joined(r *Row) string {
	typ, _, _ := strings.Cut(r.Type, ".")
	return strings.TrimPrefix(strings.ReplaceAll(typ+"/"+r.NS+"/"+r.Name, "//", "/"), "/")
}

// wroteCells draws when a row became so, and who made it so, where that is known of any row. It reports whether that is the last write
// of a key whose creation is not known.
func (p *Pane) wroteCells(r *pane.Painter, row *Row) (last bool) {
	by, last := p.verdict(row)
	if !p.signed || p.w < 60 {
		return false
	}
	v := by
	if v == nil {
		v = &attribution.Verdict{}
	}
	c := pane.Clock{W: 8, Layout: "15:04:05"}
	if p.newest != nil && !v.Time.IsZero() {
		c.Layout = pane.ShortLayout(v.Time, p.newest())
	}
	c.Cell(r, v)
	r.Gap(1)
	if p.named = p.named || v.Writer != "" || v.OutOfBand != ""; !p.named {
		return last
	}
	pane.WriterCell(r, p.style.Theme, by, max(min(p.w/6, 22), 10))
	return last
}

func (p *Pane) groupRow(b []byte, g *group, selected bool) []byte {
	r := p.start(b, selected)
	r.Gap(1)
	w := min(max(p.w-36, 20), 70)
	name := g.typ
	if name == "" {
		name = "(no object)"
	}
	cell(&r, text.Plain, name, w*3/5)
	cell(&r, text.Muted, g.ns, w*2/5)
	for _, c := range []struct {
		role text.Role
		op   Op
		sign string
	}{{text.Added, Added, "+"}, {text.Removed, Removed, "−"}, {text.Changed, Changed, "~"}} {
		s := ""
		if n := g.counts[c.op]; n > 0 {
			s = c.sign + " " + widget.Thousands(int64(n))
		}
		r.Gap(max(10-widget.Width(s), 0))
		r.Text(c.role, s)
	}
	return r.End()
}
