package widget

import (
	"fmt"
	"sort"
	"strings"
	"unicode"

	"github.com/etcdscope/etcdscope/decode/text"
)

// maxHits bounds the matches that are remembered: a megabyte of one letter has a million.
const maxHits = 10000

// finding is what a pager looks for.
type finding struct {
	search string
	hits   []hit // in order
	hit    int   // the one that was jumped to last
}

// hit is a match: its line of the document, and where in it, in bytes.
type hit struct{ line, from int }

// Search looks for a text, without regard to case unless it has capitals; "" ends the search. The cursor moves to the
// first match at or behind it.
func (p *Pager) Search(s string) {
	p.finding = finding{search: s}
	if s == "" || p.doc == nil {
		return
	}
	for i := range p.doc.Lines {
		for _, from := range p.matches(p.doc.Lines[i].Text, maxHits-len(p.hits)) {
			p.hits = append(p.hits, hit{i, from})
		}
	}
	if len(p.hits) > 0 {
		p.goHit(p.behind(p.current()-1) % len(p.hits))
	}
}

// Searching reports whether a search is under way.
func (p *Pager) Searching() bool { return p.search != "" }

// matches returns where in a text the search matches, at most n times.
func (p *Pager) matches(s string, n int) (out []int) {
	want := p.search
	if !strings.ContainsFunc(want, unicode.IsUpper) {
		s, want = lower(s), lower(want)
	}
	for at := 0; len(out) < n; at += len(want) {
		i := strings.Index(s[at:], want)
		if i < 0 {
			break
		}
		at += i
		out = append(out, at)
	}
	return out
}

// lower folds ASCII letters only, so that positions stay the same.
func lower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// behind is the first match in a line behind the given one.
func (p *Pager) behind(line int) int {
	return sort.Search(len(p.hits), func(i int) bool { return p.hits[i].line > line })
}

// goHit moves to a match: its line, and sideways as far as it takes.
func (p *Pager) goHit(i int) {
	p.hit = i
	h := p.hits[i]
	p.show(h.line)
	if p.w <= 0 {
		return
	}
	l := p.doc.Lines[h.line]
	col := h.from
	if l.W != len(l.Text) {
		col = Width(l.Text[:h.from])
	}
	switch end := col + len(p.search); {
	case p.wrap:
		p.skip = max(min(col/p.w-p.h/3, p.pieces(p.list.Cursor())-p.h), 0)
	case end <= p.w:
		p.left = 0
	case col < p.left || end > p.left+p.w:
		p.left = max(col-p.w/3, 0)
	}
}

// Found says where among the matches the cursor is: "3/17", "no match", "" without a search.
func (p *Pager) Found() string {
	switch {
	case p.search == "":
		return ""
	case len(p.hits) == 0:
		return "no match"
	}
	at := p.hit + 1
	if p.hits[p.hit].line != p.current() {
		at = max(p.behind(p.current()), 1)
	}
	more := ""
	if len(p.hits) == maxHits {
		more = "+"
	}
	return fmt.Sprintf("%d/%d%s", at, len(p.hits), more)
}

// jump goes to the next match, or the one before.
func (p *Pager) jump(forward bool) {
	n := len(p.hits)
	if n == 0 {
		return
	}
	here := p.hits[p.hit].line == p.current()
	switch {
	case forward && here:
		p.goHit((p.hit + 1) % n)
	case forward:
		p.goHit(p.behind(p.current()) % n)
	case here:
		p.goHit((p.hit - 1 + n) % n)
	default:
		p.goHit((p.behind(p.current()-1) - 1 + n) % n)
	}
}

// marked gives what was searched for the role of a match.
func (p *Pager) marked(l text.Line) text.Line {
	var out []text.Span
	at := 0
	for _, i := range p.matches(l.Text, len(l.Text)) {
		out = roles(out, l, at, i)
		at = i + len(p.search)
		out = append(out, text.Span{End: uint32(at), Role: text.Match})
	}
	if at == 0 {
		return l
	}
	l.Spans = roles(out, l, at, len(l.Text))
	return l
}

// roles appends the line's own spans of the text [from, to).
func roles(out []text.Span, l text.Line, from, to int) []text.Span {
	start := 0
	for _, s := range append(l.Spans[:len(l.Spans):len(l.Spans)], text.Span{End: uint32(len(l.Text)), Role: text.Plain}) {
		end := min(int(s.End), to)
		if end > max(start, from) {
			out = append(out, text.Span{End: uint32(end), Role: s.Role})
		}
		start = int(s.End)
	}
	return out
}
