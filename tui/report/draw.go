package report

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	list := p.h - p.detailRows()
	switch {
	case y == 0:
		p.tabRow(&r)
		return r.End()
	case p.content == nil:
		p.emptyRow(&r, y)
		return r.End()
	case y == 1:
		p.columnRow(&r)
		return r.End()
	case y >= list:
		return p.detailRow(b, y-list)
	}
	l := &p.lists[p.section]
	i := l.Top() + y - headRows
	if i >= len(p.rows[p.section]) {
		if i == 0 {
			r.Gap(2)
			r.Text(p.nothing())
		}
		return r.End()
	}
	base := ""
	if i == l.Cursor() {
		base = p.style.Theme.Cursor
	}
	r = pane.Paint(b, p.style.Theme, p.w, base)
	if i == l.Cursor() {
		r.TextW(text.Accent, p.style.Theme.Glyphs.Pointer, 1)
	} else {
		r.Gap(1)
	}
	p.line(&r, p.rows[p.section][i])
	return r.End()
}

// nothing says of an empty section what that means.
func (p *Pane) nothing() (text.Role, string) {
	if p.content.count(p.section) > 0 {
		return text.Muted, p.Nothing("row of this list")
	}
	if p.content.Early {
		if p.section == Waiting {
			return text.Muted, "No object that was looked at waits for anything so far."
		}
		return text.Muted, "The history, which says that, is not read to its end yet."
	}
	switch p.section {
	case Waiting:
		return text.OK, "Every object that declares a desired state has converged."
	case Fights:
		return text.OK, "No writer undoes another one again and again."
	case Converged:
		return text.Muted, "Nothing converged in this window."
	case Deleted:
		return text.Muted, "Nothing was deleted for good in this window."
	case Clocks:
		return text.OK, "No clock is known to differ by a second from the one that dates revisions."
	}
	return text.Muted, "Nothing was written in this window."
}

func (p *Pane) emptyRow(r *pane.Painter, y int) {
	switch {
	case y == 2 && p.note != "":
		r.Gap(2)
		r.Text(text.Warning, p.note)
	case y == 2 && p.total > 0:
		r.Gap(2)
		r.Text(text.Muted, "Reading: "+widget.Thousands(p.done)+" of "+widget.Thousands(p.total)+"   esc stops")
	case y == 3 && p.total > 0:
		r.Gap(2)
		r.Text(text.Accent, widget.Gauge(float64(p.done)/float64(p.total), min(40, p.w-4), p.style.Theme))
	}
}

// wideTabs is the width from which all tabs have their numbers, with more room between them.
const wideTabs = 108

// label is what a section's tab says.
func (p *Pane) label(s Section) string {
	if p.w < wideTabs && (s == Converged || s == Deleted || s == Writers) {
		return names[s]
	}
	if p.content == nil || p.content.Early && s != Waiting || s == Objects || s == Fields || s == Clocks && len(p.content.Clocks) == 0 {
		return names[s]
	}
	if s != Waiting {
		return names[s] + " " + widget.Count(int64(p.content.count(s)))
	}
	label := names[s] + " " + widget.Count(int64(p.content.Waits))
	if n := p.content.Unread; n > 0 {
		label += ", " + widget.Count(int64(n)) + " unreadable"
	}
	return label
}

// tabs are the columns of the tabs, from and to.
func (p *Pane) tabs() (out [sections][2]int) {
	gap, x := 3, 1
	if p.w < wideTabs {
		room := p.w - 2
		for s := range out {
			room -= 1 + widget.Width(p.label(Section(s)))
		}
		gap = min(max(room/len(out), 0), 2)
	}
	for s := range sections {
		w := 1 + widget.Width(p.label(s))
		out[s] = [2]int{x, x + w}
		x += w + gap
	}
	first := 0 // those before it have no room
	for first < int(p.section) && out[p.section][1]-out[first][0]+1 > p.w {
		first++
	}
	by := out[first][0] - 1
	for s := range out {
		out[s] = [2]int{out[s][0] - by, out[s][1] - by}
	}
	return out
}

func (p *Pane) tabRow(r *pane.Painter) {
	for s, at := range p.tabs() {
		if at[0] < 1 {
			continue
		}
		r.Gap(at[0] - (p.w - r.Free()))
		label := p.label(Section(s))
		switch {
		case Section(s) == p.section:
			r.TextW(text.Accent, p.style.Theme.Glyphs.Pointer, 1)
			r.Bold(text.Accent, label)
		case p.content != nil && p.alarming(Section(s)):
			r.Gap(1)
			r.Text(text.Warning, label)
		default:
			r.Gap(1)
			r.Text(text.Muted, label)
		}
	}
	if order := orders[p.section][0]; order != "" && p.content != nil {
		if p.other[p.section] {
			order = orders[p.section][1]
		}
		if order = "s  " + order; r.Free() > widget.Width(order)+3 {
			r.To(widget.Width(order) + 1)
			r.Text(text.Accent, "s")
			r.Text(text.Muted, order[1:])
		}
	}
}

// alarming reports whether a section lists what should not be.
func (p *Pane) alarming(s Section) bool {
	return (s == Waiting || s == Fights || s == Clocks) && p.content.count(s) > 0
}

// columns are the widths of a section's columns; 0 leaves one out. The last one takes the rest.
func (p *Pane) columns() (object, a, b, c int) {
	object = min(max(p.w*35/100, 16), 52)
	switch {
	case p.section == Waiting && p.w >= 110:
		return object, 14, 14, 6
	case p.section == Waiting:
		return object, 0, 0, 6
	case p.section == Fights && p.w >= 110:
		return object, 26, 40, 40
	case p.section == Fights:
		return object, min(p.w/4, 26), 0, 0
	}
	return object, 0, 0, 0
}

func (p *Pane) columnRow(r *pane.Painter) {
	object, a, b, c := p.columns()
	put := func(name string, w int) {
		if w > 0 {
			cell(r, text.Muted, name, w)
		}
	}
	r.Gap(1)
	switch p.section {
	case Waiting:
		r.Gap(2)
		put("object", object)
		put("wanted", a)
		put("there", b)
		right(r, text.Muted, "for", c)
		r.Gap(2)
		r.Text(text.Muted, "why")
	case Fights:
		put("object", object)
		put("field", a)
		put("the last writer", b)
		put("the other one", c)
		r.Text(text.Muted, "undone")
	case Converged:
		right(r, text.Muted, "took", 8)
		r.Gap(2)
		put("object", object)
		r.Text(text.Muted, "why it was not")
	case Deleted:
		right(r, text.Muted, "revision", 10)
		r.Gap(2)
		put("when", 9)
		put("object", object)
		r.Text(text.Muted, "deleted by")
	case Writers:
		right(r, text.Muted, "last minute", 11)
		right(r, text.Muted, "in all", 9)
		r.Gap(2)
		put("writer", object)
		r.Text(text.Muted, "wrote most")
	case Objects:
		right(r, text.Muted, "writes", 9)
		r.Gap(2 + p.barGap())
		r.Text(text.Muted, "object")
	case Fields:
		right(r, text.Muted, "changes", 9)
		r.Gap(2 + p.barGap())
		r.Text(text.Muted, "kind and field")
	case Clocks:
		right(r, text.Muted, "off by", 14)
		r.Gap(2)
		put("clock", object)
		r.Text(text.Muted, "stamps")
	}
}

// cell paints safe text in w columns and a blank behind them.
func cell(r *pane.Painter, role text.Role, s string, w int) {
	free := r.Free()
	r.Text(role, clean.Middle(s, w))
	r.To(max(free-w-1, 0))
}

// right paints safe text that ends in the last of w columns.
func right(r *pane.Painter, role text.Role, s string, w int) {
	r.Gap(w - widget.Width(s))
	r.Text(role, s)
}
