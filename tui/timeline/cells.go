package timeline

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The cells that rows of both panes begin with: the clock, the grade and the writer.

// clocked is how the times of rows are drawn.
type clocked struct {
	layout  string
	w       int
	undated string // drawn where nothing dates the row
}

// cell draws when a change was made: a time that is only a lower bound has its sign before it.
func (c clocked) cell(r *pane.Painter, v *attribution.Verdict) {
	before, when, w := "", c.undated, c.w
	if !v.Time.IsZero() {
		when = v.Time.UTC().Format(c.layout)
		if v.NotBefore() {
			before = "≥"
		}
	}
	w = max(w, widget.Width(when))
	free := r.Free()
	r.TextW(text.Muted, before, widget.Width(before))
	r.To(free - 1)
	r.Gap(w - widget.Width(when))
	r.TextW(text.Muted, when, widget.Width(when))
	r.To(free - w - 1)
}

// writerCell paints the grade of who made a change, and who; blank where neither is known.
func writerCell(r *pane.Painter, th *theme.Theme, v *attribution.Verdict, w int) {
	free := r.Free()
	switch {
	case v.Writer != "":
		r.TextW(text.OK, grade(th, v), 1)
		r.Gap(1)
		r.Text(text.Accent, clean.Middle(signer(v), w))
	case v.OutOfBand != "":
		r.Text(text.Error, clean.End(th.Glyphs.Warn+" out of band", w+2))
	}
	r.To(free - w - 3)
}

// grade is the sign of how sure a writer is.
func grade(th *theme.Theme, v *attribution.Verdict) string {
	switch {
	case v.OutOfBand != "":
		return th.Glyphs.Warn
	case v.Confidence == attribution.Certain:
		return th.Glyphs.Good
	}
	return v.Confidence.Mark(true)
}
