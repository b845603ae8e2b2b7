package widget

import (
	"fmt"
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// Pager shows a document: it scrolls, folds, wraps and searches. The zero Pager is empty.
//
// Its rows are pieces of lines: one a line, or, when lines are wrapped, as many as a line needs. The index of visible
// lines changes with folds only; where a wrapped line breaks is computed for what is on the screen.
type Pager struct {
	doc    *text.Doc
	lines  []int        // visible lines, in order
	closed map[int]bool // folds that are closed, by their first line
	list   List         // positions in lines
	left   int          // columns that are scrolled out at the left
	wrap   bool
	skip   int // pieces of the cursor's line above the screen, where it is wrapped and higher than the screen
	w, h   int
	finding
	long map[int][]stop // how far long lines have been measured
}

// Resize sets the size of the pager.
func (p *Pager) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h)
}

// SetDoc shows a document from its top.
func (p *Pager) SetDoc(d *text.Doc) {
	p.list.SetCursor(0)
	p.left = 0
	p.install(d, nil)
}

// Replace shows another version of the document: the place in it, and what was folded by hand, stay.
func (p *Pager) Replace(d *text.Doc) {
	at := 0
	if c := p.list.Cursor(); c < len(p.lines) {
		at = p.lines[c]
	}
	folds := map[string]bool{}
	if p.doc != nil {
		for _, f := range p.doc.Folds {
			folds[p.doc.Lines[f.From].Text] = p.closed[f.From]
		}
	}
	p.install(d, folds)
	p.goLine(at)
}

// Follow is Replace that goes to where the two versions first differ, what is counted with every write left out.
func (p *Pager) Follow(d *text.Doc) {
	old := p.doc
	if p.Replace(d); old == nil {
		return
	}
	for i := range d.Lines {
		now := d.Lines[i].Text
		if i >= len(old.Lines) || now != old.Lines[i].Text && !strings.HasPrefix(strings.TrimLeft(now, " "), "resourceVersion: ") {
			p.show(i)
			return
		}
	}
}

func (p *Pager) install(d *text.Doc, folds map[string]bool) {
	p.doc, p.closed, p.long, p.skip = d, map[int]bool{}, nil, 0
	for _, f := range d.Folds {
		closed := f.Closed
		if c, ok := folds[d.Lines[f.From].Text]; ok {
			closed = c
		}
		if closed {
			p.closed[f.From] = true
		}
	}
	p.reindex()
	p.Search(p.search)
}

// reindex lists the lines that no closed fold hides.
func (p *Pager) reindex() {
	p.lines = p.lines[:0]
	hidden, next := 0, 0
	for i := range p.doc.Lines {
		for next < len(p.doc.Folds) && p.doc.Folds[next].From < i {
			if f := p.doc.Folds[next]; p.closed[f.From] {
				hidden = max(hidden, f.To)
			}
			next++
		}
		if i >= hidden {
			p.lines = append(p.lines, i)
		}
	}
	p.list.SetCount(len(p.lines))
}

// goLine moves the cursor to a line of the document, or to the fold that hides it.
func (p *Pager) goLine(line int) {
	i := sort.SearchInts(p.lines, line)
	if i >= len(p.lines) || p.lines[i] != line {
		i--
	}
	p.list.SetCursor(max(i, 0))
}

// current returns the line under the cursor.
func (p *Pager) current() int {
	if c := p.list.Cursor(); c < len(p.lines) {
		return p.lines[c]
	}
	return 0
}

// show moves to a line and opens the folds that hide it.
func (p *Pager) show(line int) {
	changed := false
	for _, f := range p.doc.Folds {
		if f.From < line && line < f.To && p.closed[f.From] {
			delete(p.closed, f.From)
			changed = true
		}
	}
	if changed {
		p.reindex()
	}
	p.goLine(line)
}

// Position says which line the cursor is on.
func (p *Pager) Position() string {
	if p.doc == nil || len(p.doc.Lines) == 0 {
		return ""
	}
	return fmt.Sprintf("line %d of %d", p.current()+1, len(p.doc.Lines))
}

// Line returns the line of the document under the cursor.
func (p *Pager) Line() int { return p.current() }

// Scroll moves the window by rows.
func (p *Pager) Scroll(rows int) {
	if !p.within(rows) {
		p.list.Scroll(rows)
	}
}

// Click moves the cursor to a visible row.
func (p *Pager) Click(y int) {
	if p.doc != nil {
		line, _ := p.at(y)
		p.list.SetCursor(line)
	}
}

// Do carries out an action; it reports whether it was one of the pager's.
func (p *Pager) Do(a keymap.Action) bool {
	if p.doc == nil {
		return false
	}
	if p.doWithin(a) || p.list.Do(a) {
		return true
	}
	switch a {
	case keymap.Left:
		p.left = max(p.left-p.sideways(), 0)
	case keymap.Right:
		p.left = max(min(p.left+p.sideways(), p.widest()-1), p.left)
	case keymap.Wrap:
		p.toggleWrap()
	case keymap.Fold, keymap.Open:
		p.fold()
	case keymap.FoldAll, keymap.UnfoldAll:
		line := p.current()
		for _, f := range p.doc.Folds {
			if a == keymap.FoldAll {
				p.closed[f.From] = true
			} else {
				delete(p.closed, f.From)
			}
		}
		p.reindex()
		p.goLine(line)
	case keymap.SearchNext, keymap.SearchPrev:
		p.jump(a == keymap.SearchNext)
	default:
		return false
	}
	return true
}

// fold folds or unfolds the innermost fold around the cursor.
func (p *Pager) fold() {
	line, best := p.current(), -1
	for i, f := range p.doc.Folds {
		if f.From <= line && line < f.To {
			best = i
		}
	}
	if best < 0 {
		return
	}
	from := p.doc.Folds[best].From
	if p.closed[from] {
		delete(p.closed, from)
	} else {
		p.closed[from] = true
	}
	p.reindex()
	p.goLine(from)
}

// Row appends row y. focus reports whether the cursor line is marked.
func (p *Pager) Row(b []byte, y int, th *theme.Theme, focus bool) []byte {
	i, piece := p.at(y)
	if i >= len(p.lines) || p.doc == nil {
		return Paint(b, text.Line{}, 0, p.w, "", th)
	}
	n := p.lines[i]
	l := p.doc.Lines[n]
	base := ""
	if focus && i == p.list.Cursor() {
		base = th.Cursor
	}
	left := p.left
	if p.wrap {
		left = piece * p.w
	}
	if p.closed[n] {
		l = folded(l, p.foldAt(n))
	}
	more := !p.wrap && l.W-left > p.w
	l, left = p.window(n, l, left)
	if p.search != "" {
		l = p.marked(l)
	}
	return PaintCut(b, l, left, p.w, base, th, more)
}

// at returns the visible line that row y belongs to, and which piece of it.
func (p *Pager) at(y int) (line, piece int) {
	top := p.list.Top()
	if !p.wrap || p.w <= 0 {
		return top + y, 0
	}
	if c := p.list.Cursor(); p.pieces(c) > p.h {
		return c, min(p.skip, p.pieces(c)-p.h) + y
	}
	// The cursor's line must be on the screen: skip lines at the top until it is.
	for rows := 0; top < p.list.Cursor(); top++ {
		rows = 0
		for i := top; i <= p.list.Cursor(); i++ {
			rows += p.pieces(i)
		}
		if rows <= p.h {
			break
		}
	}
	for ; top < len(p.lines); top++ {
		n := p.pieces(top)
		if y < n {
			return top, y
		}
		y -= n
	}
	return top, 0
}

func (p *Pager) pieces(i int) int {
	if i >= len(p.lines) {
		return 1
	}
	return max((p.doc.Lines[p.lines[i]].W+p.w-1)/p.w, 1)
}

func (p *Pager) foldAt(line int) text.Fold {
	for _, f := range p.doc.Folds {
		if f.From == line {
			return f
		}
	}
	return text.Fold{}
}

// folded appends what is hidden to the line that stays.
func folded(l text.Line, f text.Fold) text.Line {
	note := f.Note
	if note == "" {
		note = fmt.Sprintf("%d lines folded", f.To-f.From-1)
	}
	note = "  … " + note
	spans := append([]text.Span(nil), l.Spans...)
	if n := len(spans); n == 0 || int(spans[n-1].End) < len(l.Text) {
		spans = append(spans, text.Span{End: uint32(len(l.Text)), Role: text.Plain})
	}
	l.Text += note
	l.W += Width(note)
	l.Spans = append(spans, text.Span{End: uint32(len(l.Text)), Role: text.Comment})
	return l
}
