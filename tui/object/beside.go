package object

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Beside is what other objects say of the one that is shown, above its document; the zero Beside says nothing. All of it is safe text.
type Beside struct {
	Role  text.Role
	Head  string
	More  string // behind it, where there is room
	Lines []Line // below it, where there is room
	Key   string // what leads on, and where to
	To    string
}

// Line is a line of a Beside.
type Line struct {
	Role text.Role
	Sign string // one column
	Text string // cut in the middle where there is no room for it and End
	End  string
}

// beside is a Beside in the rows that it has.
type beside struct {
	Beside
	rows int
}

// MostBeside is how many lines of a Beside are shown, in a pane of minBeside rows or more.
const (
	MostBeside = 6
	minBeside  = 12
)

// SetBeside sets what other objects say of the one that is shown.
func (p *Pane) SetBeside(b Beside) {
	if was := &p.beside.Beside; was.Head != b.Head || was.More != b.More || was.Key != b.Key || was.To != b.To || was.Role != b.Role || !slices.Equal(was.Lines, b.Lines) {
		p.beside.Beside = b
		p.Resize(p.w, p.h)
	}
}

// layOut sets the rows of a Beside in a pane of a height.
func (b *beside) layOut(h int) int {
	switch b.rows = 0; {
	case b.Head == "" || h < 6:
	case h < minBeside:
		b.rows = 1
	default:
		b.rows = 1 + min(len(b.Lines), h/5, MostBeside)
	}
	return b.rows
}

// besideRow paints row y of what other objects say.
func (p *Pane) besideRow(b []byte, y int) []byte {
	s := &p.beside
	r := pane.Paint(b, p.style.Theme, p.w, "")
	r.Gap(1)
	if y > 0 {
		l := &s.Lines[y-1]
		r.Gap(2)
		r.TextW(l.Role, l.Sign, 1)
		r.Gap(1)
		r.Text(l.Role, clean.Middle(l.Text, max(r.Free()-1-widget.Width(l.End), 8)))
		r.Text(text.Muted, l.End)
		return r.End()
	}
	r.Text(s.Role, s.Head)
	lead := widget.Width(s.Key+s.To) + 4
	if s.More != "" && r.Free() > widget.Width(s.More)+3+lead {
		r.Gap(2)
		r.Text(text.Muted, s.More)
	}
	if s.Key != "" && r.Free() >= lead {
		r.Gap(3)
		r.Text(text.Accent, s.Key)
		r.Text(text.Muted, " "+s.To)
	}
	return r.End()
}
