package diffview

import (
	"fmt"

	"github.com/etcdscope/etcdscope/tui/widget"
)

// found is what is looked for in a comparison, and the lines where it is.
type found struct {
	search widget.Search
	hits   []int // positions in lines, ascending
	wrap   bool  // long lines are broken
}

// Search looks for a text; equal lines that hold it are unfolded. "" ends the search.
func (p *Pane) Search(s string) {
	p.search = widget.Search(s)
	if p.content == nil {
		return
	}
	for i := range p.lines {
		l := &p.lines[i]
		for row := l.fold; l.kind == lineFold && row < l.foldTo; row++ {
			if r := &p.content.Rows[row]; p.in(r.Old.Text) || p.in(r.New.Text) {
				p.open[l.fold] = true
			}
		}
	}
	p.again()
	if s != "" {
		p.hit(p.list.Cursor()-1, +1)
	}
}

// Searching reports whether a search is under way.
func (p *Pane) Searching() bool { return p.search != "" }

func (p *Pane) in(s string) bool {
	_, ok := p.search.In(s, 0)
	return ok
}

// seek finds the lines of the text.
func (p *Pane) seek() {
	p.hits = p.hits[:0]
	for i := range p.lines {
		if l := &p.lines[i]; p.search != "" && l.skip == 0 && (p.in(l.left.Text) || l.right.Text != l.left.Text && p.in(l.right.Text)) {
			p.hits = append(p.hits, i)
		}
	}
}

// hit goes to the next line behind a position with the text, or to the one before it; round at the ends.
func (p *Pane) hit(at, dir int) {
	n := len(p.hits)
	if n == 0 {
		return
	}
	to := p.hits[0]
	if dir < 0 {
		to = p.hits[n-1]
	}
	for i := range p.hits {
		h := p.hits[i]
		if dir < 0 {
			h = p.hits[n-1-i]
		}
		if dir > 0 && h > at || dir < 0 && h < at {
			to = h
			break
		}
	}
	p.look(to)
}

// where says which of the matches the cursor is at.
func (p *Pane) where() string {
	n := 0
	for _, h := range p.hits {
		if h <= p.list.Cursor() {
			n++
		}
	}
	return fmt.Sprintf("match %d/%d", n, len(p.hits))
}

// besideLeft and unifiedLeft are the columns before the text of a line.
const (
	besideLeft  = numberW + 2
	unifiedLeft = 2*(numberW-1) + 4
	fieldsLeft  = 4
)

// broken breaks the lines that are wider than the pane, where that is wanted.
func (p *Pane) broken(lines []line) []line {
	w := p.w - unifiedLeft
	switch p.mode {
	case Beside:
		w = p.half() - besideLeft
	case Fields:
		w = p.w - fieldsLeft
	}
	if !p.wrap || w < 8 {
		return lines
	}
	out := make([]line, 0, len(lines))
	for _, l := range lines {
		out = append(out, l)
		if l.kind == lineHead || l.kind == lineFold {
			continue
		}
		for l.skip = w; l.skip < max(l.left.W, l.right.W); l.skip += w {
			l.oldNo, l.no = 0, 0
			out = append(out, l)
		}
	}
	return out
}

// from returns the columns of a line that are scrolled out, or stand on the lines above.
func (p *Pane) from(l *line) int {
	if p.wrap {
		return l.skip
	}
	return p.left
}
