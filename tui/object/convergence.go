package object

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Convergence is what is said above the document of an object that has not converged; the zero Convergence says nothing.
// All of it is safe text.
type Convergence struct {
	Role text.Role
	Sign string // one column
	Why  string // "not converged: 2 of 4 ready"
	For  string // "12s", "" where it is not known
	Foot string // since when
	Key  string // what leads on, and where to
	To   string
}

// convergence is a Convergence laid out in the rows that it has.
type convergence struct {
	Convergence
	why  []string
	rows int
}

// SetConvergence sets what is said above the document.
func (p *Pane) SetConvergence(s Convergence) {
	if p.convergence.Convergence != s {
		p.convergence.Convergence = s
		p.Resize(p.w, p.h)
	}
}

// Convergence returns what is said above the document.
func (p *Pane) Convergence() Convergence { return p.convergence.Convergence }

// standingRows lays out what is said above the document, and returns the rows that this takes.
func (p *Pane) standingRows() int {
	s := &p.convergence
	s.why, s.rows = nil, 0
	if s.Why == "" {
		return 0
	}
	room := min(p.h/3, 4)
	if p.h < 8 {
		why := s.Why
		if s.For != "" {
			why = s.For + "  " + why
		}
		s.why, s.rows = []string{why}, 1
		return 1
	}
	s.why = widget.Wrap(s.Why, max(p.w-4, 8))
	if n := room - 1; len(s.why) > n {
		s.why[n-1] = clean.End(strings.Join(s.why[n-1:], " "), max(p.w-4, 8))
		s.why = s.why[:n]
	}
	s.rows = len(s.why) + 1
	return s.rows
}

// convergenceRow paints row y of what is said above the document.
func (p *Pane) convergenceRow(b []byte, y int) []byte {
	s := &p.convergence
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.Gap(1)
	if y < len(s.why) {
		sign := s.Sign
		if y > 0 {
			sign = " "
		}
		r.TextW(s.Role, sign, 1)
		r.Gap(1)
		r.Text(s.Role, s.why[y])
		return r.End()
	}
	r.Gap(2)
	r.Text(text.Muted, s.Foot)
	if s.Key != "" && r.Free() > len(s.Key)+len(s.To)+4 {
		r.Gap(3)
		r.Text(text.Accent, s.Key)
		r.Text(text.Muted, " "+s.To)
	}
	return r.End()
}
