package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// line paints row j of the content.
func (p *Pane) line(r *pane.Painter, j int) {
	c := p.content
	switch p.section {
	case Waiting:
		p.waitingLine(r, &c.Waiting[j])
	case Fights:
		p.fightLine(r, &c.Fights[j])
	case Converged:
		e := &c.Converged[j]
		object, _, _, _ := p.columns()
		right(r, text.Plain, took(e), 8)
		r.Gap(2)
		cell(r, text.Key, p.name(e.Key), object)
		r.Text(text.Muted, strings.Join(e.Why, "; "))
	case Deleted:
		p.deletedLine(r, &c.Deleted[j])
	case Writers:
		w := &c.Writers[j]
		object, _, _, _ := p.columns()
		role := text.Muted
		if w.Recent > 0 {
			role = text.Plain
		}
		right(r, role, widget.Thousands(int64(w.Recent)), 11)
		right(r, text.Plain, widget.Thousands(int64(w.Count)), 9)
		r.Gap(2)
		cell(r, text.Key, writerName(w), object)
		r.Text(text.Muted, p.name(w.Most.Name))
	case Objects:
		p.hotLine(r, c.Objects, j, p.name(c.Objects[j].Name))
	case Fields:
		p.hotLine(r, c.Fields, j, clean.Key([]byte(c.Fields[j].Name)))
	case Clocks:
		o := &c.Clocks[j]
		object, _, _, _ := p.columns()
		right(r, text.Warning, ahead(o), 14)
		r.Gap(2)
		cell(r, text.Key, clean.Key([]byte(o.Source)), object)
		r.Text(text.Muted, widget.Thousands(int64(o.Stamps))+" stamps")
	}
}

// deletedLine paints an object that was deleted: when, what, and by whom.
func (p *Pane) deletedLine(r *pane.Painter, g *reconcile.Gone) {
	object, _, _, _ := p.columns()
	sign, when := "", "?"
	if !g.Time.IsZero() {
		sign = p.style.Theme.Glyphs.Bound(g.NotBefore, g.NotAfter)
		when = g.Time.UTC().Format("15:04:05")
	}
	right(r, text.Muted, widget.Thousands(g.Revision), 10)
	r.Gap(2 - widget.Width(sign))
	cell(r, text.Plain, sign+when, 9+widget.Width(sign))
	role := text.Key
	if g.Owned {
		role = text.Muted
	}
	cell(r, role, p.name(g.Key), object)
	r.Text(text.Muted, deletedBy(g))
}

// deletedBy says who deleted an object.
func deletedBy(g *reconcile.Gone) string { return clean.Key([]byte(cmp.Or(g.Writer, "not known"))) }

// ahead says how far a clock is off.
func ahead(o *clock.Offset) string {
	side := " ahead"
	if o.By < 0 {
		side = " behind"
	}
	return short(o.By.Abs()) + side
}

func writerName(w *reconcile.Wrote) string {
	if w.Writer == "" {
		return "not known"
	}
	if w.SelfDeclared {
		return clean.Key([]byte(w.Name())) + ", self-declared"
	}
	return clean.Key([]byte(w.Name()))
}

// hotLine paints a count, its share of the largest as a bar, and a name.
func (p *Pane) hotLine(r *pane.Painter, list []reconcile.Hot, j int, name string) {
	right(r, text.Plain, widget.Thousands(int64(list[j].Count)), 9)
	r.Gap(2)
	if w := p.bar(); w > 0 {
		r.Text(text.Accent, widget.Gauge(float64(list[j].Count)/float64(max(list[0].Count, 1)), w, p.style.Theme))
		r.Gap(2)
	}
	r.Text(text.Plain, clean.Middle(name, max(r.Free()-1, 8)))
}

// bar is the width of the bars that compare counts.
func (p *Pane) bar() int {
	if p.w < 72 {
		return 0
	}
	return min(p.w/6, 24)
}

// barGap is the room that a bar takes in front of a name.
func (p *Pane) barGap() int {
	if w := p.bar(); w > 0 {
		return w + 2
	}
	return 0
}

func (p *Pane) waitingLine(r *pane.Painter, s *reconcile.Status) {
	object, a, b, c := p.columns()
	g := &p.style.Theme.Glyphs
	role, sign := text.Warning, g.Warn
	if s.Weight >= 70 {
		role, sign = text.Error, g.Bad
	} else if s.Weight <= 10 {
		role, sign = text.Muted, g.Half
	}
	r.TextW(role, sign, 1)
	r.Gap(1)
	cell(r, text.Plain, p.name(s.Key), object)
	if a > 0 {
		cell(r, text.Plain, desired(s), a)
		cell(r, role, observed(s), b)
	}
	right(r, text.Plain, p.lasts(s), c)
	r.Gap(2)
	r.Text(text.Muted, strings.Join(s.Why, "; "))
}

// desired and observed say what is wanted and what there is, in one column each.
func desired(s *reconcile.Status) string {
	return both(s.Want, s.Generation, s.Observed >= 0 && s.Observed != s.Generation)
}

func observed(s *reconcile.Status) string {
	return both(s.Ready, s.Observed, s.Observed >= 0 && s.Observed != s.Generation)
}

func both(n, gen int64, tell bool) string {
	var out []string
	if n >= 0 {
		out = append(out, widget.Thousands(n))
	}
	if tell {
		out = append(out, fmt.Sprintf("gen %d", gen))
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, ", ")
}

// lasts says for how long an object has not converged.
func (p *Pane) lasts(s *reconcile.Status) string {
	if s.Unreadable {
		return "–"
	}
	if s.Since.Time.IsZero() || p.content.Now.IsZero() {
		return "?"
	}
	age := widget.Age(p.content.Now.Sub(s.Since.Time))
	if s.AtLeast {
		return ">" + age
	}
	return age
}

func took(e *reconcile.Episode) string {
	if e.Since.Time.IsZero() || e.EndTime.IsZero() {
		return "?"
	}
	return short(e.Took())
}

// short writes a duration.
func short(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return words.Lasted(d)
}

func side(s *reconcile.Side) string {
	verb := " wants "
	if s.Varies {
		verb = " writes others, last "
	}
	return clean.Key([]byte(cmp.Or(s.Controller, s.Writer, "an unknown writer"))) + verb + s.Value
}

func (p *Pane) fightLine(r *pane.Painter, f *reconcile.Fight) {
	object, a, b, c := p.columns()
	cell(r, text.Warning, p.name(f.Key), object)
	cell(r, text.Key, clean.Key([]byte(f.Path)), a)
	if b > 0 {
		cell(r, text.Plain, side(&f.Sides[0]), b)
		cell(r, text.Plain, side(&f.Sides[1]), c)
	}
	r.Text(text.Muted, undone(f))
}

func undone(f *reconcile.Fight) string {
	s := widget.Thousands(int64(f.Undone)) + " times"
	if b := f.Beat(); b > 0 {
		s += ", every " + b.Round(100*time.Millisecond).String()
	}
	return s
}
