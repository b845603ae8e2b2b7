package diffview

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// context is the number of equal lines that stay around what differs.
const context = 3

// lineKind says how a line is drawn.
type lineKind uint8

const (
	lineEqual lineKind = iota
	lineRemoved
	lineAdded
	lineChanged // side by side: both sides
	lineHead    // of a hunk
	lineFold    // equal lines that are folded
	lineNote
)

// line is a line of the screen.
type line struct {
	kind        lineKind
	oldNo, no   int // numbers on the sides, 0 where it has none
	left, right text.Line
	hunk        int // number of the hunk, from 1; 0 outside of one
	fold        int // of lineFold: the first row of it, and the one behind the last
	foldTo      int
	skip        int     // columns of it that are on lines above: it was broken
	revs        []int64 // of lineHead: the writes that made the hunk so, ascending, as far as they are known
	path        string  // of lineHead: the field that left names in its first span
}

// numbered is a row that is shown, with its numbers.
type numbered struct {
	*Row
	i         int // in Content.Rows
	oldNo, no int
	differs   bool
}

// visible returns the rows without what is folded away as noise.
func (c *Content) visible(withNoise bool) []numbered {
	out := make([]numbered, 0, len(c.Rows))
	oldNo, no := 0, 0
	for i := range c.Rows {
		r := &c.Rows[i]
		if !withNoise && within(r.Path, ".metadata.managedFields") {
			continue
		}
		n := numbered{Row: r, i: i, differs: r.Op != Equal && (withNoise || !r.Noise)}
		if r.Op != Added {
			oldNo++
			n.oldNo = oldNo
		}
		if r.Op != Removed {
			no++
			n.no = no
		}
		if !withNoise && r.Noise && (r.Op == Removed || r.Op == Added) {
			continue
		}
		out = append(out, n)
	}
	return out
}

// layout is the way in which a comparison is laid out.
type layout struct {
	mode  Mode
	noise bool
	open  map[int]bool // folds that were opened, by their first row
}

// lay writes the lines of a comparison and returns how many hunks there are.
func (c *Content) lay(o layout) (lines []line, hunks int) {
	if o.mode == Fields {
		return c.layFields(o.noise)
	}
	rows := c.visible(o.noise)
	for at := 0; at < len(rows); {
		from := at
		for from < len(rows) && !rows[from].differs {
			from++
		}
		to := hunkEnd(rows, from)
		if from == len(rows) { // the rest is equal
			lines = c.laySame(lines, rows[at:], o, hunks == 0)
			break
		}
		first := max(from-context, at)
		lines = c.laySame(lines, rows[at:first], o, false)
		last := min(to+context, len(rows))
		hunks++
		head := c.header(rows[from:to])
		head.hunk = hunks
		lines = append(lines, head)
		for _, r := range rows[first:last] {
			lines = append(lines, r.lines(o.mode, hunks)...)
		}
		at = last
	}
	return lines, hunks
}

// hunkEnd returns the end of the hunk that begins at a row: what differs nearby belongs to it.
func hunkEnd(rows []numbered, from int) int {
	end := from
	for i := from; i < len(rows) && i <= end+2*context; i++ {
		if rows[i].differs {
			end = i + 1
		}
	}
	return end
}

// laySame writes equal rows, folded unless they are few or were opened; all reports that nothing else is there.
func (c *Content) laySame(lines []line, rows []numbered, o layout, all bool) []line {
	if len(rows) == 0 {
		return lines
	}
	if len(rows) > 2 && !o.open[rows[0].i] {
		s := fmt.Sprintf("⋯ %d equal lines ⋯", len(rows))
		if all {
			s = fmt.Sprintf("⋯ all %d lines are equal ⋯", len(rows))
		}
		return append(lines, line{kind: lineFold, left: plain(text.Comment, s), fold: rows[0].i, foldTo: rows[len(rows)-1].i + 1})
	}
	for _, r := range rows {
		lines = append(lines, r.lines(o.mode, 0)...)
	}
	return lines
}

// lines writes a row: two lines where it changed and both sides stand below each other.
func (n numbered) lines(m Mode, hunk int) []line {
	l := line{oldNo: n.oldNo, no: n.no, left: n.Old, right: n.New, hunk: hunk}
	gone, come := whole(n.Old, text.Removed, text.RemovedWord), whole(n.New, text.Added, text.AddedWord)
	switch {
	case !n.differs:
		if m == Unified { // also folded noise: as it is now
			l.left = n.New
		}
		return []line{l}
	case n.Op == Removed:
		l.kind, l.left = lineRemoved, gone
	case n.Op == Added && m == Unified:
		l.kind, l.left = lineAdded, come
	case n.Op == Added:
		l.kind, l.right = lineAdded, come
	case m == Unified:
		return []line{
			{kind: lineRemoved, oldNo: n.oldNo, left: gone, hunk: hunk},
			{kind: lineAdded, no: n.no, left: come, hunk: hunk},
		}
	default:
		l.kind, l.left, l.right = lineChanged, gone, come
	}
	return []line{l}
}

// header is the line above a hunk: the field that holds all that differs, and the revisions that made it so.
func (c *Content) header(rows []numbered) line {
	path, some := "", false
	var revs []int64
	for _, r := range rows {
		if !r.differs {
			continue
		}
		p := parent(r.Path)
		if some {
			p = common(path, p)
		}
		path, some = p, true
		if r.Rev != 0 && !slices.Contains(revs, r.Rev) {
			revs = append(revs, r.Rev)
		}
	}
	slices.Sort(revs)
	name := strings.TrimPrefix(clean.Key([]byte(path)), ".")
	if name == "" {
		name = "object"
	}
	var b text.Builder
	add(&b, text.Accent, "@@ "+name+" @@")
	switch {
	case c.Steps == 1:
		revs = []int64{c.To.Rev}
	case len(revs) > 0:
		add(&b, text.Muted, "  written at "+list(revs))
	}
	return line{kind: lineHead, left: b.Line(), revs: revs, path: name}
}

// shortened is a lineHead's text in w columns, where cutting its path suffices: the path keeps its end.
func (l *line) shortened(w int) text.Line {
	t, over := l.left, l.left.W-w
	room := widget.Width(l.path) - over
	if over <= 0 || room < minPath || len(t.Spans) == 0 {
		return t
	}
	first := strings.Replace(t.Text[:t.Spans[0].End], l.path, widget.PathEnd(l.path, room), 1)
	var b text.Builder
	add(&b, t.Spans[0].Role, first)
	for i := 1; i < len(t.Spans); i++ {
		add(&b, t.Spans[i].Role, t.Text[t.Spans[i-1].End:t.Spans[i].End])
	}
	return b.Line()
}

// minPath is how many columns of a path stay at least where it is cut.
const minPath = 12

// list writes revisions, at most three of them.
func list(revs []int64) string {
	var s []string
	for i, r := range revs {
		if i == 3 {
			s = append(s, fmt.Sprintf("and %d more", len(revs)-i))
			break
		}
		s = append(s, widget.Thousands(r))
	}
	return strings.Join(s, ", ")
}

// layFields lists the changed fields, each a hunk of its own.
func (c *Content) layFields(withNoise bool) (lines []line, hunks int) {
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Noise && !withNoise {
			continue
		}
		hunks++
		var b text.Builder
		path := clean.Key([]byte(f.Path))
		add(&b, text.Key, path)
		var revs []int64
		switch {
		case c.Steps == 1:
			revs = []int64{c.To.Rev}
		case f.Rev != 0:
			add(&b, text.Muted, "  written at "+widget.Thousands(f.Rev))
			revs = []int64{f.Rev}
		}
		lines = append(lines, line{kind: lineHead, left: b.Line(), hunk: hunks, revs: revs, path: path})
		x, y := plain(text.Removed, change.Value(f.Old)), plain(text.Added, change.Value(f.New))
		if f.Op == "replace" {
			x, y = words(x, y)
		}
		if f.Op != "add" {
			lines = append(lines, line{kind: lineRemoved, left: x, hunk: hunks})
		}
		if f.Op != "remove" {
			lines = append(lines, line{kind: lineAdded, left: y, hunk: hunks})
		}
	}
	return lines, hunks
}

func add(b *text.Builder, role text.Role, s string) { b.Add(role, s, widget.Width(s)) }

func plain(role text.Role, s string) text.Line {
	return text.Line{Text: s, W: widget.Width(s), Spans: []text.Span{{End: uint32(len(s)), Role: role}}}
}

// Patch returns the comparison as text, as it is shown in one column: for copying and for a file.
func (c *Content) Patch(title string, withNoise bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", title)
	for _, w := range c.Words {
		fmt.Fprintf(&b, "# %s\n", w)
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", c.From.name(), c.To.name())
	lines, _ := c.lay(layout{noise: withNoise})
	for _, l := range lines {
		b.WriteString(map[lineKind]string{lineRemoved: "-", lineAdded: "+", lineEqual: " ", lineFold: "# "}[l.kind])
		b.WriteString(l.left.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// name says which version a side is.
func (s *Side) name() string {
	n := clean.Key(s.Key) + " at revision " + widget.Thousands(s.Rev)
	if s.Object == nil {
		n = clean.Key(s.Key) + " does not exist at revision " + widget.Thousands(s.Rev)
	}
	if s.Label != "" {
		n += " (" + s.Label + ")"
	}
	return n
}
