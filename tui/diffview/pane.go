package diffview

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Mode is a way to show a comparison.
type Mode uint8

// The modes, in the order in which they are cycled.
const (
	Unified Mode = iota
	Beside
	Fields
	modes
)

func (m Mode) String() string { return [...]string{"unified", "side by side", "fields"}[m] }

// besideW is the width from which the sides stand beside each other unless another mode was chosen.
const besideW = 160

// Pane shows a comparison.
type Pane struct {
	style   *pane.Style
	w, h    int
	content *Content
	note    string // shown while there is no content: it is being read, or why it cannot be
	mode    Mode
	chosen  bool // the mode was chosen by hand
	noise   bool
	open    map[int]bool
	lines   []line
	hunks   int
	list    widget.List
	left    int // columns that are scrolled out
	who     Who // nil: nobody is named
	found
}

// New returns an empty pane.
func New(style *pane.Style) *Pane { return &Pane{style: style, open: map[int]bool{}} }

// Wait says what is being read.
func (p *Pane) Wait(note string) {
	p.note, p.content, p.lines = note, nil, nil
	p.list.SetCount(0)
}

// Show shows a comparison from its first hunk on.
func (p *Pane) Show(c *Content) {
	p.content, p.note, p.open, p.left = c, "", map[int]bool{}, 0
	p.list.SetCursor(0)
	p.relay()
	for i := range p.lines {
		if p.lines[i].kind == lineHead {
			p.look(i)
			return
		}
	}
}

// Replace shows the same comparison drawn up again, at the place where it was.
func (p *Pane) Replace(c *Content) {
	p.content = c
	p.relay()
}

// Content returns what is shown, nil when nothing is.
func (p *Pane) Content() *Content { return p.content }

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	if !p.chosen {
		p.mode = Unified
		if w >= besideW {
			p.mode = Beside
		}
	}
	p.relay()
}

// relay lays the lines out again; the cursor stays on its line as far as it is there.
func (p *Pane) relay() {
	if p.content != nil {
		p.lines, p.hunks = p.content.lay(layout{p.mode, p.noise, p.open})
		p.lines = p.broken(p.lines)
	}
	p.seek()
	p.list.Resize(p.w, p.h-p.head())
	p.list.SetCount(len(p.lines))
}

// head is the number of rows above the list.
func (p *Pane) head() int {
	n := 1
	if p.content != nil {
		n += len(p.content.Words)
		if p.mode == Beside {
			n++
		}
	}
	return min(n, max(p.h-3, 1))
}

// Name says what is compared: "Deployment default/web", "pods a and b".
func (c *Content) Name() string {
	o := c.To.Object
	if o == nil {
		o = c.From.Object
	}
	if o == nil || o.Name == "" || string(c.From.Key) != string(c.To.Key) {
		a, b := clean.Key(c.From.Key), clean.Key(c.To.Key)
		if a == b {
			return b
		}
		return a + " and " + b
	}
	name := clean.Key([]byte(o.Name))
	if o.Namespace != "" {
		name = clean.Key([]byte(o.Namespace)) + "/" + name
	}
	return strings.TrimSpace(clean.Key([]byte(o.Kind)) + " " + name)
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	c := p.content
	if c == nil {
		return pane.Title{Left: "Diff"}
	}
	const arrow = " → "
	t := pane.Title{Left: c.Name(), Right: c.From.short() + arrow + c.To.short()}
	if c.Steps > 1 {
		t.Right += fmt.Sprintf("  (%s writes)", widget.Thousands(int64(c.Steps)))
	}
	if p.w < 60 {
		t.Left = "Diff"
	}
	t.Left = clean.Middle(t.Left, max(p.w-widget.Width(t.Right)-12, 8))
	return t
}

func (s *Side) short() string {
	n := widget.Thousands(s.Rev)
	if s.Object == nil {
		n = "absent at " + n
	}
	if s.Label != "" {
		n += " " + s.Label
	}
	return n
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	th, c := p.style.Theme, p.content
	if c == nil {
		r := pane.Paint(b, th, p.w, "")
		if y == 1 {
			r.Gap(2)
			r.Text(text.Muted, p.note)
		}
		return r.End()
	}
	head := p.head()
	switch {
	case y == 0:
		return p.summary(b)
	case y <= len(c.Words) && y < head:
		r := pane.Paint(b, th, p.w, "")
		r.Gap(1)
		r.Text(text.Changed, c.Words[y-1])
		return r.End()
	case y < head:
		return p.sides(b)
	}
	i := p.list.Top() + y - head
	if i >= len(p.lines) {
		r := pane.Paint(b, th, p.w, "")
		return r.End()
	}
	base := ""
	if i == p.list.Cursor() {
		base = th.Cursor
	}
	l := &p.lines[i]
	if p.mode == Beside && l.kind != lineHead && l.kind != lineFold {
		return p.besideRow(b, l, base)
	}
	return p.unifiedRow(b, l, base)
}

// summary says how much differs and what is hidden.
func (p *Pane) summary(b []byte) []byte {
	c := p.content
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.Gap(1)
	fields, added, removed := c.counts(p.noise)
	s := fmt.Sprintf("%d fields differ", fields)
	if fields == 1 {
		s = "1 field differs"
	}
	r.Bold(text.Plain, s)
	r.Gap(2)
	r.Text(text.Added, fmt.Sprintf("+%d", added))
	r.Gap(1)
	r.Text(text.Removed, fmt.Sprintf("−%d", removed))
	if c.Moved > 0 {
		r.Gap(2)
		r.Text(text.Muted, fmt.Sprintf("%d moved in lists", c.Moved))
	}
	if n := c.noisy(); n > 0 {
		r.Gap(2)
		r.Text(text.Comment, map[bool]string{false: fmt.Sprintf("%d noise folded (i)", n), true: fmt.Sprintf("%d noise shown (i)", n)}[p.noise])
	}
	if c.Masked {
		r.Gap(2)
		r.Text(text.Masked, "masked (R)")
	} else if secret(c.From.Object) || secret(c.To.Object) {
		r.Gap(2)
		r.Bold(text.Warning, "REVEALED")
	}
	right := p.mode.String()
	if p.Searching() {
		right = p.where()
	} else if p.hunks > 0 {
		right = fmt.Sprintf("hunk %d/%d  %s", max(p.hunk(), 1), p.hunks, right)
	}
	if p.hunks > 0 && !p.Searching() && r.Free() < widget.Width(right)+2 {
		right = fmt.Sprintf("hunk %d/%d", max(p.hunk(), 1), p.hunks)
	}
	if w := widget.Width(right); r.Free() > w+2 {
		r.To(w + 1)
		r.Text(text.Muted, right)
	}
	return r.End()
}

// half returns the columns of a side.
func (p *Pane) half() int { return (p.w - 1) / 2 }

// sides is the row with the names of the sides.
func (p *Pane) sides(b []byte) []byte {
	th, c := p.style.Theme, p.content
	put := func(b []byte, s *Side, w int) []byte {
		r := pane.Paint(b, th, w, "")
		r.Rule(th.Line, 1)
		r.Text(text.Muted, " "+s.long()+" ")
		r.Rule(th.Line, r.Free())
		return r.End()
	}
	b = put(b, &c.From, p.half())
	b = append(append(append(b, th.Line...), th.Glyphs.Joint(false, true, true, true)...), "\x1b[m"...)
	return put(b, &c.To, p.w-p.half()-1)
}

func (s *Side) long() string {
	n := s.short()
	if o := s.Object; o != nil && o.Generation > 0 {
		n += fmt.Sprintf("  generation %d", o.Generation)
	}
	return n
}

const numberW = 5

func number(r *pane.Painter, n int) {
	s := ""
	if n > 0 {
		s = fmt.Sprint(n)
	}
	r.Gap(max(numberW-1-len(s), 0))
	r.TextW(text.Muted, s, len(s))
}

// mark paints the sign of a line: colour never says it alone.
func mark(r *pane.Painter, k lineKind) {
	switch k {
	case lineRemoved:
		r.TextW(text.Removed, "−", 1)
	case lineAdded:
		r.TextW(text.Added, "+", 1)
	case lineChanged:
		r.TextW(text.Changed, "~", 1)
	default:
		r.Gap(1)
	}
}

func (p *Pane) unifiedRow(b []byte, l *line, base string) []byte {
	th := p.style.Theme
	r := pane.Paint(b, th, p.w, base)
	switch l.kind {
	case lineHead, lineFold:
		if l.kind == lineFold {
			r.Gap(8)
		}
		r.Gap(1)
	default:
		if p.mode != Fields {
			number(&r, l.oldNo)
			number(&r, l.no)
		}
		r.Gap(2)
		mark(&r, l.kind)
		r.Gap(1)
	}
	w, left := r.Free(), p.from(l)
	if l.kind == lineFold {
		left = 0
	}
	if l.kind != lineHead {
		r.Inside(w, func(b []byte) []byte { return p.text(b, l.left, left, w, base) })
		return r.B
	}
	t := l.left
	if left == 0 && !p.wrap {
		t = l.shortened(w)
	}
	head := min(max(t.W-left, 0), w)
	r.Inside(head, func(b []byte) []byte { return p.text(b, t, left, head, base) })
	p.signed(&r, l)
	return r.End()
}

// text paints columns [x, x+w) of a line; what is cut at its end shows that, unless the rest is on the lines below.
func (p *Pane) text(b []byte, t text.Line, x, w int, base string) []byte {
	return widget.PaintCut(b, p.search.Mark(t), x, w, base, p.style.Theme, !p.wrap && t.W-x > w)
}

func (p *Pane) besideRow(b []byte, l *line, base string) []byte {
	th := p.style.Theme
	put := func(b []byte, n int, t text.Line, missing bool, w int, k lineKind) []byte {
		r := pane.Paint(b, th, w, base)
		mark(&r, k)
		number(&r, n)
		r.Gap(2)
		if missing {
			r.Fill(text.Punct, th.Glyphs.Hatch, min(r.Free()-1, 40))
			return r.End()
		}
		free := r.Free()
		r.Inside(free, func(b []byte) []byte { return p.text(b, t, p.from(l), free, base) })
		return r.B
	}
	old, now := l.kind, l.kind
	switch l.kind {
	case lineAdded:
		old = lineEqual
	case lineRemoved:
		now = lineEqual
	case lineChanged:
		old = lineEqual
	}
	b = put(b, l.oldNo, l.left, l.kind == lineAdded, p.half(), old)
	b = append(append(append(b, th.Line...), th.Glyphs.Vertical...), "\x1b[m"...)
	return put(b, l.no, l.right, l.kind == lineRemoved, p.w-p.half()-1, now)
}

// hunk returns the number of the hunk under the cursor, or of the last one above it.
func (p *Pane) hunk() int {
	for i := min(p.list.Cursor(), len(p.lines)-1); i >= 0; i-- {
		if n := p.lines[i].hunk; n > 0 {
			return n
		}
	}
	return 0
}

// jump goes to the next hunk, or to the one before; at the ends it stays. What belongs to it comes into view.
func (p *Pane) jump(dir int) {
	for i := p.list.Cursor() + dir; i >= 0 && i < len(p.lines); i += dir {
		if p.lines[i].kind == lineHead {
			p.look(i)
			return
		}
	}
}

// look moves the cursor to a line, and shows what follows it.
func (p *Pane) look(i int) {
	p.list.SetCursor(min(i+max(p.h-p.head()-2-context, 0)*2/3, len(p.lines)-1))
	p.list.SetCursor(i)
}
