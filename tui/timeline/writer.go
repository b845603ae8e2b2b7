package timeline

import (
	"cmp"
	"maps"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Attribute says who wrote some of the key's versions, by revision.
func (p *Pane) Attribute(who map[int64]attribution.Verdict) {
	if p.who == nil {
		p.who = map[int64]attribution.Verdict{}
	}
	maps.Copy(p.who, who)
	if !p.filter.Empty() && len(who) > 0 {
		p.sync()
	}
}

// Changes returns the rows, newest first. They must not be changed.
func (p *Pane) Changes() []change.Change { return p.rows }

// Verdict returns what is known of the writer of a revision.
func (p *Pane) Verdict(rev int64) attribution.Verdict { return p.who[rev] }

// mark is the sign of a grade.
func (p *Pane) mark(c attribution.Confidence) string {
	if c == attribution.Certain {
		return p.style.Theme.Glyphs.Good
	}
	return c.Mark(true)
}

// writer paints who wrote a revision, with the grade of that, or that no API server did; false where neither is known.
func (p *Pane) writer(r *pane.Painter, rev int64) bool {
	v := p.who[rev]
	role, mark := text.OK, p.mark(v.Confidence)
	if v.OutOfBand != "" {
		role, mark = text.Error, p.style.Theme.Glyphs.Warn
	}
	switch {
	case v.Writer != "":
		r.Text(text.Accent, clean.Middle(cmp.Or(v.Controller, v.Writer), max(min(p.w/3, 24), 8)))
		r.Gap(1)
	case v.OutOfBand != "":
		mark += " out of band"
	default:
		return false
	}
	r.Text(role, mark)
	r.Gap(1)
	return true
}

// evidence says who wrote a revision and when, and what that rests on.
func (p *Pane) evidence(rev int64) []detail {
	v, ok := p.who[rev]
	if !ok || v.Evidence == "" && v.OutOfBand == "" {
		return nil
	}
	var out []detail
	if v.OutOfBand != "" {
		out = append(out, p.wrapped(text.Error, p.style.Theme.Glyphs.Warn+" not written by an API server: "+v.OutOfBand)...)
	}
	who := "writer not known"
	if v.Writer != "" {
		who = v.Writer
		if v.Controller != "" {
			who += " (" + v.Controller + ")"
		}
		if v.User != "" && v.Lane == attribution.LaneClient {
			who += " by " + v.User
			if v.As != "" {
				who += " as " + v.As
			}
		}
		who += ", " + v.Confidence.String()
	}
	if !v.Time.IsZero() {
		at := v.Time.UTC().Format("2006-01-02 15:04:05.000Z")
		if lo, hi, vague := v.Bounds(); vague {
			at += " (between " + lo.UTC().Format("15:04:05.0") + " and " + hi.UTC().Format("15:04:05.0") + ")"
		} else if v.NotBefore() {
			at = "not before " + at
		}
		who = at + "  " + who
	}
	out = append(out, p.wrapped(text.Accent, who)...)
	return append(out, p.wrapped(text.Muted, v.Evidence)...)
}

// wrapped breaks safe text into rows of the pane.
func (p *Pane) wrapped(role text.Role, s string) (out []detail) {
	for _, line := range widget.Wrap(s, max(p.w-3, 20)) {
		out = append(out, detail{2, role, line})
	}
	return out
}
