package pane

import (
	"cmp"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The cells that rows of changes begin with, in every pane that has such: the clock, the grade and the writer.

// Clock is how the times of rows are drawn.
type Clock struct {
	Layout  string
	W       int
	Undated string // drawn where nothing dates the row
}

// Cell draws when a change was made, in W columns and those of the sign before a time that is only a bound.
func (c Clock) Cell(r *Painter, v *attribution.Verdict) {
	before, when, w := "", c.Undated, c.W
	if !v.Time.IsZero() {
		when = v.Time.UTC().Format(c.Layout)
		if v.NotAfter() && v.Time.Nanosecond() == 0 { // a bound to the second
			when = when[:min(len(time.TimeOnly), len(when))]
		}
		before = r.th.Glyphs.Bound(v.NotBefore(), v.NotAfter())
	}
	w = max(w, widget.Width(when))
	free, signW := r.Free(), widget.Width(r.th.Glyphs.NotBefore)
	r.TextW(text.Muted, before, widget.Width(before))
	r.To(free - signW)
	if v.Time.IsZero() {
		r.Gap(w - widget.Width(when))
	}
	r.TextW(text.Muted, when, widget.Width(when))
	r.To(free - w - signW)
}

// WriterCell paints the grade of who made a change, and who, in w+3 columns. It is blank where v is nil: the writer is not looked up yet.
func WriterCell(r *Painter, th *theme.Theme, v *attribution.Verdict, w int) {
	free := r.Free()
	switch {
	case v == nil:
	case v.Writer != "":
		r.TextW(text.OK, Grade(th, v), 1)
		r.Gap(1)
		r.Text(text.Accent, clean.Middle(Signer(v), w))
	case v.OutOfBand != "":
		r.Text(text.Error, clean.End(th.Glyphs.Warn+" out of band", w+2))
	default:
		r.Gap(2)
		r.Text(text.Muted, clean.End(Unsigned, w))
	}
	r.To(free - w - 3)
}

// Unsigned is written in the place of a writer where nothing says who it was.
const Unsigned = "not known"

// Grade is the sign of how sure a writer is.
func Grade(th *theme.Theme, v *attribution.Verdict) string {
	if v.OutOfBand != "" {
		return th.Glyphs.Warn
	}
	return GradeSign(th, v.Confidence)
}

// GradeSign is the sign of a grade, a blank where no writer is known.
func GradeSign(th *theme.Theme, c attribution.Confidence) string {
	switch c {
	case attribution.Certain:
		return th.Glyphs.Good
	case attribution.Likely:
		return th.Glyphs.Likely
	}
	return c.Mark(true)
}

// Signer is the person behind a client, where the audit log has it, and what the writer is called.
func Signer(v *attribution.Verdict) string {
	name := cmp.Or(v.Controller, v.Writer)
	if who := cmp.Or(v.As, v.User); who != "" && v.Lane == attribution.LaneClient {
		return who + ": " + name
	}
	return name
}

// ShortLayout is the layout of a time in at most 8 columns: the clock, or the day where it is more than a day before the newest.
func ShortLayout(at, newest time.Time) string {
	if newest.Sub(at) > 24*time.Hour {
		return "Jan _2"
	}
	return "15:04:05"
}
