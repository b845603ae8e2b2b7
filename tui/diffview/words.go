package diffview

import (
	"unicode"

	znkr "znkr.io/diff"

	"github.com/etcdscope/etcdscope/decode/text"
)

// longest is the longest line within which words are compared, in bytes.
const longest = 16 << 10

// words marks what differs within two lines that stand beside each other. Where little is the same, nothing is marked:
// all of it is new.
func words(a, b text.Line) (text.Line, text.Line) {
	if len(a.Text) > longest || len(b.Text) > longest || a.Text == b.Text {
		return a, b
	}
	x, y := tokens(a.Text), tokens(b.Text)
	edits := znkr.Edits(x, y)
	same := 0
	var old, come []text.Span
	i, j := 0, 0
	for _, e := range edits {
		switch e.Op {
		case znkr.Match:
			i, j = i+len(e.X), j+len(e.Y)
			same += len(e.X)
			old, come = span(old, i, text.Removed), span(come, j, text.Added)
		case znkr.Delete:
			i += len(e.X)
			old = span(old, i, text.RemovedWord)
		default:
			j += len(e.Y)
			come = span(come, j, text.AddedWord)
		}
	}
	if same*5 < min(len(a.Text), len(b.Text)) {
		return a, b
	}
	a.Spans, b.Spans = old, come
	return a, b
}

func span(spans []text.Span, end int, role text.Role) []text.Span {
	if n := len(spans); n > 0 && spans[n-1].Role == role {
		spans[n-1].End = uint32(end)
		return spans
	}
	return append(spans, text.Span{End: uint32(end), Role: role})
}

// tokens cuts a line into words, numbers, blanks and single signs.
func tokens(s string) []string {
	var out []string
	class := func(r rune) int {
		switch {
		case unicode.IsDigit(r):
			return 1
		case unicode.IsLetter(r) || unicode.IsMark(r):
			return 2
		case r == ' ':
			return 3
		}
		return 0
	}
	from, last := 0, -1
	for i, r := range s {
		c := class(r)
		if i > 0 && (c != last || c == 0) {
			out, from = append(out, s[from:i]), i
		}
		last = c
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

// whole gives a line one role, but leaves words that were marked.
func whole(l text.Line, role, word text.Role) text.Line {
	for _, s := range l.Spans {
		if s.Role == word {
			return l
		}
	}
	l.Spans = []text.Span{{End: uint32(len(l.Text)), Role: role}}
	return l
}
