package widget

import (
	"sort"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
)

// A line can be a megabyte. What is drawn of it is cut out first, and it is measured only as far as it has been scrolled.

const (
	longLine = 4096 // bytes from which a line is cut before it is drawn
	stopGap  = 1024 // columns between two stops
)

// stop is a place in a line: a byte, and the column that it is drawn in.
type stop struct{ at, col int }

// window cuts out of a long line what columns [left, left+w) need, and returns left as it is in the piece. What lies a
// little before them stays, for a match that begins there.
func (p *Pager) window(n int, l text.Line, left int) (text.Line, int) {
	if len(l.Text) < longLine {
		return l, left
	}
	if l.W == len(l.Text) {
		from := min(max(left-len(p.search), 0), len(l.Text))
		return piece(l, from, min(left+p.w+len(p.search), len(l.Text))), left - from
	}
	stops := p.measured(n, l, left+p.w+stopGap)
	i := max(sort.Search(len(stops), func(i int) bool { return stops[i].col > left })-2, 0)
	end := len(l.Text)
	if j := sort.Search(len(stops), func(i int) bool { return stops[i].col >= left+p.w }); j+1 < len(stops) {
		end = stops[j+1].at
	}
	return piece(l, stops[i].at, end), left - stops[i].col
}

// measured returns the stops of a line up to a column at least, where it is so long.
func (p *Pager) measured(n int, l text.Line, to int) []stop {
	stops := p.long[n]
	if len(stops) == 0 {
		stops = []stop{{}}
	}
	last := stops[len(stops)-1]
	for s, next := last, last.col+stopGap; last.col < to && s.at < len(l.Text); {
		c, w := ansi.FirstGraphemeCluster(l.Text[s.at:], ansi.GraphemeWidth)
		s.at, s.col = s.at+len(c), s.col+w
		if s.col >= next {
			last, next = s, s.col+stopGap
			stops = append(stops, s)
		}
	}
	if p.long == nil {
		p.long = map[int][]stop{}
	}
	p.long[n] = stops
	return stops
}

// piece is the text [from, to) of a line.
func piece(l text.Line, from, to int) text.Line {
	to = max(from, to)
	out := text.Line{Text: l.Text[from:to], Depth: l.Depth, W: -1} // not known: it is measured
	if l.W == len(l.Text) {
		out.W = to - from
	}
	for _, s := range l.Spans {
		if end := min(int(s.End), to) - from; end > 0 {
			out.Spans = append(out.Spans, text.Span{End: uint32(end), Role: s.Role})
			if int(s.End) >= to {
				break
			}
		}
	}
	return out
}

// sideways is how far one press goes: half a screen.
func (p *Pager) sideways() int { return max(p.w/2, 8) }

// widest is the columns of the widest line on the screen.
func (p *Pager) widest() int {
	w := 0
	for i := p.list.Top(); i < min(p.list.Top()+p.h, len(p.lines)); i++ {
		w = max(w, p.doc.Lines[p.lines[i]].W)
	}
	return w
}

// toggleWrap breaks long lines, or not; what was on the screen of the cursor's line stays there.
func (p *Pager) toggleWrap() {
	p.wrap = !p.wrap
	switch here := len(p.hits) > 0 && p.hits[p.hit].line == p.current(); {
	case p.w <= 0:
	case p.wrap:
		p.skip, p.left = max(min(p.left/p.w, p.pieces(p.list.Cursor())-p.h), 0), 0
		if here {
			p.goHit(p.hit)
		}
	default:
		p.left, p.skip = p.skip*p.w, 0
	}
}

// within scrolls by rows inside of a wrapped line that is higher than the screen; it reports whether there was one, and
// room in it.
func (p *Pager) within(rows int) bool {
	most := 0
	if p.wrap && p.w > 0 && p.doc != nil {
		most = p.pieces(p.list.Cursor()) - p.h
	}
	if most <= 0 || p.skip == 0 && rows < 0 || p.skip >= most && rows > 0 {
		p.skip = 0
		return false
	}
	p.skip = max(min(p.skip+rows, most), 0)
	return true
}

// doWithin is List.Do for such a line. A line that is reached from below is shown at its end.
func (p *Pager) doWithin(a keymap.Action) bool {
	page := max(p.h-2, 1)
	by, ok := map[keymap.Action]int{keymap.Up: -1, keymap.Down: 1, keymap.PageUp: -page, keymap.PageDown: page,
		keymap.HalfUp: -max(p.h/2, 1), keymap.HalfDown: max(p.h/2, 1)}[a]
	switch {
	case !p.wrap:
		return false
	case ok && p.within(by):
		return true
	case ok && by < 0 && p.list.Cursor() > 0:
		p.list.Do(a)
		p.skip = max(p.pieces(p.list.Cursor())-p.h, 0)
		return true
	case a == keymap.First || a == keymap.Last:
		p.skip = 0
	}
	return false
}
