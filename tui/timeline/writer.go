package timeline

import (
	"maps"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Attribute says who wrote some of the key's versions, by revision.
func (p *Pane) Attribute(who map[int64]attribution.Verdict) {
	if p.who == nil {
		p.who = map[int64]attribution.Verdict{}
	}
	maps.Copy(p.who, who)
	p.survey()
	if !p.filter.Empty() && len(who) > 0 {
		p.sync()
	}
}

// shownColumns is which columns the rows have.
type shownColumns struct {
	dated  bool // the time of a version is known
	days   bool // they are of more than one day
	signed bool // a writer is known
}

// survey finds out which columns the rows have.
func (p *Pane) survey() {
	var first, last time.Time
	for _, v := range p.who {
		p.signed = p.signed || v.Writer != "" || v.OutOfBand != ""
		if v.Time.IsZero() {
			continue
		}
		if first.IsZero() || v.Time.Before(first) {
			first = v.Time
		}
		if v.Time.After(last) {
			last = v.Time
		}
	}
	p.dated = !first.IsZero()
	p.days = p.dated && first.UTC().YearDay() != last.UTC().YearDay() || last.Sub(first) > 24*time.Hour
}

// Changes returns the rows, newest first. They must not be changed.
func (p *Pane) Changes() []change.Change { return p.rows }

// Verdict returns what is known of the writer of a revision.
func (p *Pane) Verdict(rev int64) attribution.Verdict { return p.who[rev] }

// evidence says who wrote a revision and when, and what that rests on.
func (p *Pane) evidence(rev int64) []Line {
	v, ok := p.who[rev]
	if !ok || v.Evidence == "" && v.OutOfBand == "" {
		return nil
	}
	var out []Line
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
		} else if v.NotAfter() {
			at = "not after " + at
		}
		who = at + "  " + who
	}
	out = append(out, p.wrapped(text.Accent, who)...)
	return append(out, p.wrapped(text.Muted, v.Evidence)...)
}

// wrapped breaks safe text into rows of the pane.
func (p *Pane) wrapped(role text.Role, s string) (out []Line) {
	for _, line := range widget.Wrap(s, max(p.w-3, 20)) {
		out = append(out, Line{2, role, line})
	}
	return out
}
