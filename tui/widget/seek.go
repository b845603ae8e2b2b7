package widget

import (
	"strings"
	"unicode"

	"github.com/etcdscope/etcdscope/decode/text"
)

// Search is a text that is looked for, without regard to case unless it has capitals; "" is none.
type Search string

// In returns where the text is in s, from a position on.
func (f Search) In(s string, from int) (at int, ok bool) {
	want := string(f)
	if want == "" || from > len(s) {
		return 0, false
	}
	if !strings.ContainsFunc(want, unicode.IsUpper) {
		s, want = lower(s), lower(want)
	}
	i := strings.Index(s[from:], want)
	return from + i, i >= 0
}

// Mark gives what is looked for the role of a match.
func (f Search) Mark(l text.Line) text.Line {
	var out []text.Span
	at := 0
	for {
		i, ok := f.In(l.Text, at)
		if !ok {
			break
		}
		out = roles(out, l, at, i)
		out = append(out, text.Span{End: uint32(i + len(f)), Role: text.Match})
		at = i + len(f)
	}
	if at == 0 {
		return l
	}
	l.Spans = roles(out, l, at, len(l.Text))
	return l
}
