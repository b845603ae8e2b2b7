package diffview

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	znkr "znkr.io/diff"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/text"
)

// Op is what happened to a row.
type Op uint8

// The operations.
const (
	Equal Op = iota
	Removed
	Added
	Changed
)

// Row is a line of YAML on one side or on both.
type Row struct {
	Op       Op
	Path     string    // of the field; not safe to draw
	Old, New text.Line // Old is empty where Op is Added, New where it is Removed
	Rev      int64     // that changed it, 0 where it is not known
	Noise    bool
}

// value is a part of a tree: as it is, and as it may be shown. nil is absent.
type value struct{ real, shown any }

func (v value) field(k string) value {
	r, _ := v.real.(map[string]any)
	s, _ := v.shown.(map[string]any)
	return value{r[k], s[k]}
}

// fields reports whether both forms are maps with something in them.
func (v value) fields() bool {
	r, ok := v.real.(map[string]any)
	s, shown := v.shown.(map[string]any)
	return ok && shown && len(r) > 0 && len(s) > 0
}

// items returns the items of a list that is shown as one.
func (v value) items() (items []value, real []any) {
	r, _ := v.real.([]any)
	s, _ := v.shown.([]any)
	if len(r) == 0 || len(r) != len(s) {
		return nil, nil
	}
	for i := range r {
		items = append(items, value{r[i], s[i]})
	}
	return items, r
}

// merger walks two trees together and writes the rows.
type merger struct {
	rows             []Row
	oldDash, newDash bool // the next line of the side begins an item of a list
	moved            int
}

// maps writes the fields of two maps in the order of their names.
func (m *merger) maps(path string, indent int, a, b value, n diff.Names) {
	x, _ := a.real.(map[string]any)
	y, _ := b.real.(map[string]any)
	keys := slices.Collect(maps.Keys(x))
	for k := range y {
		if _, ok := x[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		m.field(diff.Field(path, k), indent, k, a.field(k), b.field(k), n.Field(k))
	}
}

// field writes one field.
func (m *merger) field(path string, indent int, k string, a, b value, n diff.Names) {
	switch {
	case a.real == nil && b.real == nil:
	case path == ".metadata" && (a.real == nil && b.fields() || b.real == nil && a.fields()):
		op := Added // field by field: some of it is noise
		if b.real == nil {
			op = Removed
		}
		m.side(op, path, indent, head(k))
		m.maps(path, indent+2, a, b, n)
	case a.real == nil:
		m.side(Added, path, indent, field(k, b.shown))
	case b.real == nil:
		m.side(Removed, path, indent, field(k, a.shown))
	case diff.Equal(a.real, b.real):
		m.side(Equal, path, indent, field(k, b.shown))
	case a.fields() && b.fields():
		m.side(Equal, path, indent, head(k))
		m.maps(path, indent+2, a, b, n)
	default:
		x, xs := a.items()
		y, ys := b.items()
		if x == nil || y == nil {
			m.lines(path, indent, field(k, a.shown), field(k, b.shown))
			return
		}
		m.side(Equal, path, indent, head(k))
		if xn, yn, ok := n.Items(xs, ys); ok {
			m.named(path, indent, x, y, xn, yn, n.Item())
		} else {
			m.listed(path, indent, x, y, n.Item())
		}
	}
}

// named pairs items by their names, in the order of the newer side.
func (m *merger) named(path string, indent int, a, b []value, x, y []string, n diff.Names) {
	old := make(map[string]int, len(x))
	for i, name := range x {
		old[name] = i
	}
	kept := make(map[string]bool, len(y))
	for _, name := range y {
		kept[name] = true
	}
	for _, e := range znkr.Edits(x, y) {
		switch i, was := old[e.Y]; {
		case e.Op == znkr.Match:
			m.item(path+"["+e.X+"]", indent, a[e.PosX], b[e.PosY], n)
		case e.Op == znkr.Delete && !kept[e.X]:
			m.item(path+"["+e.X+"]", indent, a[e.PosX], value{}, n)
		case e.Op == znkr.Insert && was:
			m.moved++
			m.item(path+"["+e.Y+"]", indent, a[i], b[e.PosY], n)
		case e.Op == znkr.Insert:
			m.item(path+"["+e.Y+"]", indent, value{}, b[e.PosY], n)
		}
	}
}

// listed pairs items by their content, else by their position.
func (m *merger) listed(path string, indent int, a, b []value, n diff.Names) {
	at := func(i int) string { return path + "[" + strconv.Itoa(i) + "]" }
	if len(a) == len(b) {
		for i := range a {
			m.item(at(i), indent, a[i], b[i], n)
		}
		return
	}
	for _, e := range znkr.EditsFunc(a, b, func(x, y value) bool { return diff.Equal(x.real, y.real) }) {
		switch e.Op {
		case znkr.Match:
			m.item(at(e.PosY), indent, e.X, e.Y, n)
		case znkr.Delete:
			m.item(at(e.PosX), indent, e.X, value{}, n)
		default:
			m.item(at(e.PosY), indent, value{}, e.Y, n)
		}
	}
}

// item writes an item of a list.
func (m *merger) item(path string, indent int, a, b value, n diff.Names) {
	switch {
	case a.real == nil && b.real == nil:
	case a.real == nil:
		m.side(Added, path, indent, item(b.shown))
	case b.real == nil:
		m.side(Removed, path, indent, item(a.shown))
	case diff.Equal(a.real, b.real):
		m.side(Equal, path, indent, item(b.shown))
	case a.fields() && b.fields():
		m.oldDash, m.newDash = true, true
		m.maps(path, indent+2, a, b, n)
		m.oldDash, m.newDash = false, false
	default:
		m.lines(path, indent, item(a.shown), item(b.shown))
	}
}

// side writes lines that are on one side only, or equal on both.
func (m *merger) side(op Op, path string, indent int, lines []text.Line) {
	for _, l := range lines {
		r := Row{Op: op, Path: path}
		if op != Added {
			r.Old = indented(l, indent, &m.oldDash)
		}
		if op != Removed {
			r.New = indented(l, indent, &m.newDash)
		}
		m.rows = append(m.rows, r)
	}
}

// lines compares two values line by line: a line that was replaced by another one is beside it.
func (m *merger) lines(path string, indent int, a, b []text.Line) {
	same := func(x, y text.Line) bool { return x.Text == y.Text }
	edits := znkr.EditsFunc(a, b, same)
	if len(a) == 1 && len(b) == 1 { // also where both are masked: they differ, else nobody had asked
		edits = []znkr.Edit[text.Line]{{Op: znkr.Delete, X: a[0]}, {Op: znkr.Insert, Y: b[0]}}
	}
	for i := 0; i < len(edits); {
		if edits[i].Op == znkr.Match {
			m.side(Equal, path, indent, []text.Line{edits[i].Y})
			i++
			continue
		}
		var gone, come []text.Line
		for ; i < len(edits) && edits[i].Op != znkr.Match; i++ {
			if edits[i].Op == znkr.Delete {
				gone = append(gone, edits[i].X)
			} else {
				come = append(come, edits[i].Y)
			}
		}
		both := min(len(gone), len(come))
		for j := range both {
			x, y := words(indented(gone[j], indent, &m.oldDash), indented(come[j], indent, &m.newDash))
			m.rows = append(m.rows, Row{Op: Changed, Path: path, Old: x, New: y})
		}
		m.side(Removed, path, indent, gone[both:])
		m.side(Added, path, indent, come[both:])
	}
}

// field draws a field up.
func field(k string, v any) []text.Line { return decode.YAML(map[string]any{k: v}).Lines }

// head is the line above what is in a field.
func head(k string) []text.Line {
	return decode.YAML(map[string]any{k: map[string]any{"a": true}}).Lines[:1]
}

// item draws an item of a list up.
func item(v any) []text.Line { return decode.YAML(map[string]any{"a": []any{v}}).Lines[1:] }

// indented moves a line to the right; the first line of an item gets its dash.
func indented(l text.Line, n int, dash *bool) text.Line {
	before := strings.Repeat(" ", n)
	if *dash && n >= 2 {
		before, *dash = before[2:]+"- ", false
	}
	spans := make([]text.Span, 0, len(l.Spans)+1)
	if n > 0 {
		spans = append(spans, text.Span{End: uint32(n), Role: text.Punct})
	}
	for _, s := range l.Spans {
		spans = append(spans, text.Span{End: s.End + uint32(n), Role: s.Role})
	}
	return text.Line{Text: before + l.Text, W: l.W + n, Spans: spans}
}
