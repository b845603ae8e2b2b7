package frame

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// The rows below the header say at what time the screen is:
//
//	 compacted ░░░░▏────────────────◆───────────▕ now 5,643
//	 3,001 10:02:11Z ▁▂▁▁▃▂▁▅▂▁▁▂▁▁▃▂▅▁▁        41 writes/s here
//	 Compared with now:  + 14 later  − 3 gone  ~ 22 differ

// scale is the line of time on the screen: its columns, and the revisions at its ends.
type scale struct {
	x, w        int
	first, last int64
}

// labels of the scale's ends have fixed widths, so that it does not jump.
const (
	hatchW = 5
	leftW  = 11 + hatchW
	rightW = 16
)

// scaleOf is the line of time of a view on a screen of w columns.
func scaleOf(t *view.View, w int) scale {
	return scale{leftW + 1, max(w-leftW-rightW-2, 1), max(t.State.Info.Compacted, 1), max(t.State.Head, 1)}
}

// column returns the column of a revision.
func (s scale) column(rev int64) int {
	if s.last <= s.first || s.w < 2 {
		return 0
	}
	return int(min(max(rev-s.first, 0), s.last-s.first) * int64(s.w-1) / (s.last - s.first))
}

// revision returns what is at a column of the screen.
func (s scale) revision(x int) int64 {
	x = min(max(x-s.x, 0), s.w-1)
	if s.w < 2 {
		return s.last
	}
	return s.first + int64(x)*(s.last-s.first)/int64(s.w-1)
}

// timeBar paints the rows below the header.
type timeBar struct{ f *Frame }

// pastRow paints row y of those below the header.
func (p *timeBar) pastRow(b []byte, t *view.View, y int) []byte {
	r := pane.Paint(b, p.f.Scene.Style.Theme, p.f.Scene.Lay.W, "")
	r.Gap(1)
	s := scaleOf(t, p.f.Scene.Lay.W)
	switch y {
	case 0:
		p.scaleRow(&r, t, s)
	case 1:
		p.writesRow(&r, t, s)
	default:
		p.comparedRow(&r, t)
	}
	return r.End()
}

func (p *timeBar) scaleRow(r *pane.Painter, t *view.View, s scale) {
	g := &p.f.Scene.Style.Theme.Glyphs
	switch c := t.State.Info.Compacted; {
	case c > 0:
		r.Text(text.Muted, "compacted ")
		r.Fill(text.Muted, g.Empty, hatchW)
	case c < 0:
		r.Text(text.Muted, "not known yet")
	default:
		r.Text(text.Muted, "all retained")
	}
	r.To(p.f.Scene.Lay.W - s.x)
	at := s.column(t.State.At)
	r.Fill(text.Travel, g.Horizontal, at)
	r.Bold(text.Travel, g.Diamond)
	r.Fill(text.Muted, g.Horizontal, s.w-at-1)
	r.Gap(1)
	r.Text(text.Muted, "now "+widget.Thousands(s.last))
}

// writesRow paints the rate of writes along the scale, and in it those of the selected key; only these where no dates are
// known.
func (p *timeBar) writesRow(r *pane.Painter, t *view.View, s scale) {
	from := "from " + widget.Thousands(s.first)
	if at := t.Times.At(s.first); !at.IsZero() {
		if d := widget.Thousands(s.first) + " " + words.Stamp(at, at); len(d) < leftW {
			from = d
		}
	}
	r.Text(text.Muted, from)
	r.To(p.f.Scene.Lay.W - s.x)
	if t.Times.Dated() {
		p.rateRow(r, t, s)
		return
	}
	columns := make([]int, s.w)
	some := false
	for _, rev := range t.Panes.History.Revisions() {
		columns[s.column(rev)]++
		some = true
	}
	if !some {
		return
	}
	most, bars := 1, p.f.Scene.Style.Theme.Glyphs.Bars
	for _, n := range columns {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range columns {
		if n == 0 {
			b.WriteByte(' ')
		} else {
			b.WriteString(bars[min((n*len(bars)-1)/most, len(bars)-1)])
		}
	}
	r.TextW(text.Accent, b.String(), s.w)
	r.Gap(1)
	r.Text(text.Muted, "its writes")
}

func (p *timeBar) comparedRow(r *pane.Painter, t *view.View) {
	d := t.State.Then
	switch {
	case d == nil:
		return
	case !d.Whole && t.AtHand():
		r.Text(text.Muted, "comparing with now …")
		return
	case d.Whole:
		r.Text(text.Muted, "Compared with now:")
	default:
		r.Text(text.Muted, "Now, in open folders:")
	}
	r.Gap(2)
	for _, c := range []struct {
		role text.Role
		mark session.Mark
		what string
	}{{text.Added, session.Later, "+ %s later"}, {text.Removed, session.Gone, "− %s gone"}, {text.Changed, session.Differs, "~ %s differ"}} {
		r.Text(c.role, fmt.Sprintf(c.what, widget.Thousands(int64(d.Count(c.mark)))))
		r.Gap(2)
	}
	r.Text(text.Accent, "c")
	r.Text(text.Muted, " lists them")
}
