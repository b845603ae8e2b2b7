package widget

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/theme"
)

const reset = "\x1b[m"

// Width returns the columns of safe text.
func Width(s string) int { return ansi.StringWidth(s) }

// Paint appends columns [x, x+w) of a line, exactly w wide. base is a sequence under the whole of it, "" for none.
func Paint(b []byte, l text.Line, x, w int, base string, th *theme.Theme) []byte {
	if w <= 0 {
		return b
	}
	b = append(b, base...)
	n, start := 0, 0
	for i := 0; i <= len(l.Spans) && n < w; i++ {
		end, role := len(l.Text), text.Plain
		if i < len(l.Spans) {
			end, role = int(l.Spans[i].End), l.Spans[i].Role
		}
		if end > start {
			var wide int
			b, wide = stretch(b, l, start, end, &x, w-n, th.Role(role, base), base)
			n += wide
			start = end
		}
	}
	for ; n < w; n++ {
		b = append(b, ' ')
	}
	if base != "" {
		b = append(b, reset...)
	}
	return b
}

// PaintCut is Paint with an ellipsis in the last column where more of the line lies beyond it.
func PaintCut(b []byte, l text.Line, x, w int, base string, th *theme.Theme, more bool) []byte {
	if !more || w <= 0 {
		return Paint(b, l, x, w, base, th)
	}
	b = Paint(b, l, x, w-1, base, th)
	b = append(append(append(b, base...), th.Role(text.Muted, base)...), "…"...)
	return append(b, reset...)
}

// stretch appends what is visible of the text [start, end): x columns of it are skipped, at most w are painted. It
// returns the columns it painted, and takes what it skipped off x.
func stretch(b []byte, l text.Line, start, end int, x *int, w int, sgr, base string) ([]byte, int) {
	s := l.Text[start:end]
	wide := len(s)
	if l.W != len(l.Text) { // not one column a byte: measure
		wide = ansi.StringWidth(s)
	}
	skip := min(*x, wide)
	*x -= skip
	take := min(wide-skip, w)
	if take <= 0 {
		return b, 0
	}
	b = append(b, sgr...)
	switch {
	case skip == 0 && take == wide:
		b = append(b, s...)
	case l.W == len(l.Text):
		b = append(b, s[skip:skip+take]...)
	default:
		b = cut(b, s, skip, skip+take)
	}
	if sgr != "" {
		b = append(append(b, reset...), base...)
	}
	return b, take
}

// cut appends columns [from, to) of text that has wide characters; halves of them become blanks.
func cut(b []byte, s string, from, to int) []byte {
	for at := 0; s != "" && at < to; {
		c, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		s = s[len(c):]
		if at >= from && at+w <= to {
			b = append(b, c...)
		} else {
			for i := max(at, from); i < min(at+w, to); i++ {
				b = append(b, ' ')
			}
		}
		at += w
	}
	return b
}

// Sentence returns line y of a sentence that is broken at blanks into lines of at most w columns, "" where it has none.
func Sentence(s string, w, y int) string {
	if fits := Width(s) <= w; s == "" || y < 0 || fits && y > 0 {
		return ""
	} else if fits {
		return s
	}
	lines := Wrap(s, max(w, 8))
	if y >= len(lines) {
		return ""
	}
	return lines[y]
}
