package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap breaks a text at blanks into lines of at most w columns, and a word that is wider than that where it must. A
// hyphen is no place to break at: --flag stays whole. What a line begins with stays, blanks included.
func Wrap(s string, w int) (out []string) {
	w = max(w, 1)
	for line := range strings.SplitSeq(s, "\n") {
		if Width(line) <= w {
			out = append(out, line)
			continue
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		if len(indent) >= w {
			indent = ""
		}
		now, empty := indent, true
		for _, word := range strings.Fields(line) {
			if !empty && Width(now)+1+Width(word) > w {
				out, now, empty = append(out, now), "", true
			}
			if !empty {
				now += " "
			}
			now, empty = now+word, false
			if Width(now) > w {
				pieces := strings.Split(ansi.Hardwrap(now, w, true), "\n")
				out, now = append(out, pieces[:len(pieces)-1]...), pieces[len(pieces)-1]
			}
		}
		out = append(out, now)
	}
	return out
}
