// Package differences is the pane that lists which keys differ between two states: then and now, two revisions, two
// sources.
//
//	 then 4,000 → now 5,643      14 added   3 removed   22 changed
//	 + pods             demo       web-7d4b9c-q9vtz
//	❯~ deployments.apps demo       web                    4,101 → 5,200
//	 − secrets          team-a     payments               3,950
//
// What always holds:
//   - Rows come in the order of their keys and may still be arriving; the cursor stays on its key.
//   - Opening a row asks for the difference itself: enter shows it, the pane knows nothing of values.
package differences

import (
	"fmt"
	"sort"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Op is how a key differs.
type Op uint8

// The ways to differ.
const (
	Changed Op = iota
	Added      // only on the newer, or the right, side
	Removed    // only on the older, or the left, side
)

// Row is a key that differs.
type Row struct {
	Key  string
	Op   Op
	Type string // the resource, safe text
	NS   string // the namespace, safe text, "" for none
	Name string // safe text
	Note string // what is known of it, safe text: revisions, fields
}

// Show asks for the difference of a key.
type Show struct{ Key string }

// Pane lists differences.
type Pane struct {
	style  *pane.Style
	list   widget.List
	w, h   int
	title  string
	rows   []Row
	counts [3]int
	keys   int64  // compared so far, 0 where it is not counted
	only   Op     // the rows that are shown
	all    bool   // all of them are
	shown  []int  // positions in rows
	done   bool   // nothing more will come
	err    string // why it ended early
}

// New returns an empty pane.
func New(style *pane.Style) *Pane { return &Pane{style: style} }

// Begin empties the pane for a comparison; title says of what.
func (p *Pane) Begin(title string) {
	*p = Pane{style: p.style, w: p.w, h: p.h, title: title, all: true}
	p.Resize(p.w, p.h)
}

// Add adds rows, in the order of their keys.
func (p *Pane) Add(rows []Row, keys int64) {
	for i := range rows {
		p.counts[rows[i].Op]++
		if p.all || p.only == rows[i].Op {
			p.shown = append(p.shown, len(p.rows)+i)
		}
	}
	p.rows = append(p.rows, rows...)
	p.keys = keys
	p.list.SetCount(len(p.shown))
}

// cycle shows only what was removed, then what was added, what changed, all again.
func (p *Pane) cycle() {
	key := ""
	if c := p.Current(); c != nil {
		key = c.Key
	}
	switch {
	case p.all:
		p.all, p.only = false, Removed
	case p.only == Removed:
		p.only = Added
	case p.only == Added:
		p.only = Changed
	default:
		p.all = true
	}
	p.shown = p.shown[:0]
	for i := range p.rows {
		if p.all || p.only == p.rows[i].Op {
			p.shown = append(p.shown, i)
		}
	}
	p.list.SetCount(len(p.shown))
	p.Go(key)
}

// End tells that all is there; err is why it is not, "" if it is.
func (p *Pane) End(err string) { p.done, p.err = true, err }

// Count returns how many keys differ in a way.
func (p *Pane) Count(op Op) int { return p.counts[op] }

// Rows returns the rows. They must not be changed.
func (p *Pane) Rows() []Row { return p.rows }

// Heading returns what is compared.
func (p *Pane) Heading() string { return p.title }

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h-2)
	p.list.SetCount(len(p.shown))
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Differences", Right: p.title}
	if !p.all {
		t.Left = [...]string{"Differences: changed only", "Differences: added only", "Differences: removed only"}[p.only]
	}
	if t.Right == "" {
		t.Right = "nothing was compared"
	}
	return t
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	switch {
	case y == 0:
		p.summary(&r)
		return r.End()
	case y == 1:
		return r.End()
	}
	i := p.list.Top() + y - 2
	if i >= len(p.shown) {
		if len(p.rows) == 0 && i == 0 && p.done && p.err == "" {
			r.Gap(2)
			r.Text(text.OK, "Nothing differs.")
		}
		return r.End()
	}
	return p.row(b, &p.rows[p.shown[i]], i == p.list.Cursor())
}

func (p *Pane) summary(r *pane.Painter) {
	r.Gap(1)
	for _, c := range []struct {
		role text.Role
		op   Op
		word string
	}{{text.Added, Added, "+ %s added"}, {text.Removed, Removed, "− %s removed"}, {text.Changed, Changed, "~ %s changed"}} {
		r.Text(c.role, fmt.Sprintf(c.word, widget.Thousands(int64(p.counts[c.op]))))
		r.Gap(3)
	}
	switch {
	case p.err != "":
		r.Text(text.Error, "ended early: "+p.err)
	case !p.done && p.keys > 0:
		r.Text(text.Muted, widget.Thousands(p.keys)+" keys compared …")
	case !p.done:
		r.Text(text.Muted, "comparing …")
	case p.keys > 0:
		r.Text(text.Muted, "of "+widget.Thousands(p.keys)+" keys   ")
	}
	if p.done && len(p.rows) > 0 {
		r.Text(text.Accent, "x")
		r.Text(text.Muted, " shows one sort only")
	}
}

func (p *Pane) row(b []byte, row *Row, selected bool) []byte {
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
	switch row.Op {
	case Added:
		r.TextW(text.Added, "+", 1)
	case Removed:
		r.TextW(text.Removed, "−", 1)
	default:
		r.TextW(text.Changed, "~", 1)
	}
	r.Gap(1)
	typeW, nsW := min(28, p.w*3/10), min(18, p.w/6)
	cell := func(role text.Role, s string, w int) {
		free := r.Free()
		r.Text(role, clean.Middle(s, w))
		r.To(free - w - 1)
	}
	cell(text.Muted, row.Type, typeW)
	cell(text.Muted, row.NS, nsW)
	note := widget.Width(row.Note)
	if p.w < 72 {
		note = 0
	}
	nameW := max(r.Free()-max(note, 24)-2, 8)
	if p.w < 72 {
		nameW = r.Free()
	}
	cell(text.Plain, row.Name, nameW)
	if note > 0 {
		r.Text(text.Muted, row.Note)
	}
	return r.End()
}

// Current returns the row under the cursor, nil when there is none.
func (p *Pane) Current() *Row {
	if i := p.list.Cursor(); i < len(p.shown) {
		return &p.rows[p.shown[i]]
	}
	return nil
}

// Go moves the cursor to a key, or to where it would be.
func (p *Pane) Go(key string) {
	p.list.SetCursor(sort.Search(len(p.shown), func(i int) bool { return p.rows[p.shown[i]].Key >= key }))
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		return nil
	}
	switch c := p.Current(); {
	case a == keymap.Format:
		p.cycle()
	case c == nil:
	case a == keymap.Open || a == keymap.Diff:
		return Show{c.Key}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	if y < 2 || p.list.Top()+y-2 >= len(p.shown) {
		return nil
	}
	p.list.SetCursor(p.list.Top() + y - 2)
	if double {
		return p.Do(keymap.Open)
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}
