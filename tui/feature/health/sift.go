package health

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// sifted is the filter of the lines, and how many of all pass it.
type sifted struct {
	pane.Sifting
	passed, all int
}

// sift leaves the lines that pass the filter: members below their heads, and whole sentences, whatever lines they are broken into.
func sift(p *Pane) {
	p.all, p.passed = len(p.lines), len(p.lines)
	if p.Sifted() == "" {
		return
	}
	var out []line
	heads := -1
	for from := 0; from < len(p.lines); {
		to, all := whole(p.lines, from)
		switch l := &p.lines[from]; {
		case l.id == "heads":
			heads = from
		case l.id == "" || !p.Passes(all):
		default:
			if l.member != "" && heads >= 0 {
				out, heads = append(out, p.lines[heads]), -1
			}
			out = append(out, p.lines[from:to]...)
		}
		from = to
	}
	if p.lines, p.passed = out, len(out); len(out) == 0 {
		p.say("none", text.Muted, p.Nothing("line"))
	}
}

// whole is where the lines of a sentence end that begins at a place, and its text.
func whole(lines []line, from int) (to int, all string) {
	l := &lines[from]
	all = l.text + strings.Join(l.cells, " ")
	for to = from + 1; to < len(lines) && l.id != "" && strings.TrimRight(lines[to].id, "+") == strings.TrimRight(l.id, "+"); to++ {
		all += " " + lines[to].text
	}
	return to, all
}
