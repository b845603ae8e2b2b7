package overview

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// sifted is the filter of the lines, and how many of all pass it.
type sifted struct {
	pane.Sifting
	passed, all int
}

// sift leaves the lines that pass the filter, by their cells and the title of their section, and the sections that have such.
func (p *Pane) sift() {
	if p.passed, p.all = 0, 0; p.Sifted() == "" {
		return
	}
	var out []overview.Section
	for _, s := range p.sections {
		lines := s.Lines
		s.Lines = nil
		for i := range lines {
			if p.Passes(s.Title + " " + strings.Join(lines[i].Cells, " ")) {
				s.Lines = append(s.Lines, lines[i])
			}
		}
		p.all, p.passed = p.all+len(lines), p.passed+len(s.Lines)
		if len(s.Lines) > 0 {
			out = append(out, s)
		}
	}
	p.sections = out
}
