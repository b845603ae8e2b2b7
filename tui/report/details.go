package report

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// details says in full what the row under the cursor is about; the first line is its heading.
func (p *Pane) details() []detail {
	s := p.section
	i := p.lists[s].Cursor()
	if i >= len(p.rows[s]) {
		return nil
	}
	c, j := p.content, p.rows[s][i]
	switch s {
	case Waiting:
		return p.waitingDetails(&c.Waiting[j])
	case Fights:
		return p.fightDetails(&c.Fights[j])
	case Converged:
		return p.episodeDetails(&c.Converged[j])
	case Deleted:
		return p.deletedDetails(&c.Deleted[j])
	case Writers:
		return p.writerDetails(&c.Writers[j])
	case Objects:
		return []detail{{text.Muted, p.name(c.Objects[j].Name)}, {text.Plain, widget.Plural(c.Objects[j].Count, "write") + " in this window"}, {text.Muted, "enter goes there, with its timeline"}}
	case Clocks:
		return p.clockDetails(&c.Clocks[j])
	}
	return []detail{{text.Muted, clean.Key([]byte(c.Fields[j].Name))}, {text.Plain, "changed " + times(c.Fields[j].Count) + " in this window, in all objects of the kind"}}
}

// deletedDetails says when and by whom an object was deleted, and what can be done.
func (p *Pane) deletedDetails(g *reconcile.Gone) []detail {
	out := []detail{{text.Muted, p.name(g.Key)}}
	when := at(g.Revision, g.Time)
	if bound := map[bool]string{g.NotBefore: ", not before ", g.NotAfter: ", not after "}[true]; bound != "" && !g.Time.IsZero() {
		when = at(g.Revision, time.Time{}) + bound + g.Time.UTC().Format("2006-01-02 15:04:05Z")
	}
	who := deletedBy(g)
	if g.Writer == "" {
		who = "a writer that is not known"
	}
	out = append(out, p.wrap(text.Plain, "deleted at "+when+", by "+who+"; its last version is revision "+widget.Thousands(g.Last))...)
	switch {
	case g.Unrestorable:
		out = append(out, p.wrap(text.Warning, "its last version cannot be decoded, or is no Kubernetes object: it cannot be brought back as YAML")...)
		return append(out, detail{text.Muted, "enter shows its last value"})
	case g.Owned:
		out = append(out, detail{text.Plain, "it had an owner, which makes such objects and takes them away"})
	}
	return append(out, detail{text.Muted, "enter shows its last value, a brings it back"})
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return widget.Thousands(int64(n)) + " times"
}

// at writes a revision and its time.
func at(rev int64, t time.Time) string {
	s := "revision " + widget.Thousands(rev)
	if !t.IsZero() {
		s += ", " + t.UTC().Format("2006-01-02 15:04:05Z")
	}
	return s
}

func (p *Pane) waitingDetails(s *reconcile.Status) []detail {
	out := []detail{{text.Muted, p.name(s.Key)}}
	since := "not converged since " + at(s.Since.Revision, s.Since.Time)
	if s.Unreadable {
		since = "written at " + at(s.Since.Revision, s.Since.Time) + "; nothing is known of its state"
	} else if age := p.lasts(s); age != "?" {
		since += ", for " + age
	}
	if s.AtLeast {
		since += ", or longer: that is the oldest version that was seen"
	}
	out = append(out, p.wrap(text.Plain, since)...)
	if d := facts(s); d != "" {
		out = append(out, detail{text.Plain, d})
	}
	for _, why := range s.Why {
		out = append(out, p.wrap(text.Warning, why)...)
	}
	return append(out, p.eventDetails(s)...)
}

// maxEvents is how many Events are shown of one object.
const maxEvents = 3

// eventDetails are the Events about an object that another etcd keeps, from the time on at which it stopped being as it should.
func (p *Pane) eventDetails(s *reconcile.Status) (out []detail) {
	since := s.Since.Time
	if s.AtLeast {
		since = time.Time{}
	}
	for _, e := range events.About(p.content.Events, s.Kind, s.Namespace, s.Name, since, maxEvents) {
		line := e.Type + " " + e.Reason
		if e.Count > 1 {
			line += ", " + times(int(e.Count))
		}
		said, _, _ := clean.Line(line+": "+e.Message, 1)
		out = append(out, p.wrap(text.Plain, "Event "+e.Last.UTC().Format("15:04:05Z")+" in etcd "+p.content.Etcd+": "+clean.End(said, 300))...)
	}
	return out
}

// facts are the numbers that are wanted and observed.
func facts(s *reconcile.Status) string {
	out := ""
	if s.Want >= 0 {
		out = fmt.Sprintf("wanted %d, there %d   ", s.Want, s.Ready)
	}
	if s.Observed >= 0 {
		out += fmt.Sprintf("generation %d, observed %d", s.Generation, s.Observed)
	}
	return out
}

func (p *Pane) fightDetails(f *reconcile.Fight) []detail {
	out := []detail{{text.Muted, p.name(f.Key)}, {text.Key, clean.Key([]byte(f.Path))}}
	for i := range f.Sides {
		out = append(out, p.wrap(text.Plain, side(&f.Sides[i]))...)
	}
	return append(out, detail{text.Plain, "one undid what the other wrote " + undone(f)},
		detail{text.Muted, "from " + at(f.From, f.First) + " to " + at(f.To, f.Last)})
}

func (p *Pane) episodeDetails(e *reconcile.Episode) []detail {
	out := []detail{{text.Muted, p.name(e.Key)}, {text.Plain, "from " + at(e.Since.Revision, e.Since.Time) + " to " + at(e.End, e.EndTime) + ": " + took(e)}}
	if d := facts(&e.Status); d != "" {
		out = append(out, detail{text.Plain, "at its worst " + d})
	}
	for _, why := range e.Why {
		out = append(out, p.wrap(text.Muted, why)...)
	}
	return out
}

func (p *Pane) writerDetails(w *reconcile.Wrote) []detail {
	name := writerName(w)
	if w.Controller != "" {
		name = clean.Key([]byte(w.Writer)) + ", " + name
	}
	out := []detail{{text.Muted, name}}
	line := widget.Plural(w.Count, "write") + ", " + fmt.Sprintf("%d%% of them named certain or likely", 100*w.Sure/max(w.Count, 1))
	if w.Writer == "" {
		line = widget.Plural(w.Count, "write") + " of which nothing that is stored says who made them"
	}
	out = append(out, detail{text.Plain, line})
	if !p.content.Minute.IsZero() {
		out = append(out, detail{text.Plain, fmt.Sprintf("%s in the minute before %s: %s a second", widget.Plural(w.Recent, "write"), p.content.Minute.Format("15:04:05Z"), widget.Rate(float64(w.Recent)/60))})
	}
	return append(out, detail{text.Muted, "most: " + p.name(w.Most.Name) + ", " + times(w.Most.Count) + "; the last one " + at(w.Revision, w.Time)},
		detail{text.Muted, "enter lists its changes"})
}

// off says how far a clock is from another one, which is named next.
func off(o *clock.Offset) string {
	if o.By < 0 {
		return ahead(o)
	}
	return ahead(o) + " of"
}

func (p *Pane) clockDetails(o *clock.Offset) []detail {
	whose := "Its own clock"
	if o.Server {
		whose = "The clock of the API server that it writes to"
	}
	out := []detail{{text.Muted, clean.Key([]byte(o.Source))}}
	out = append(out, p.wrap(text.Plain, whose+" is "+off(o)+" the one that dates revisions: "+widget.Thousands(int64(o.Stamps))+" of its times tell so.")...)
	return append(out, p.wrap(text.Muted, "Revisions are dated without it; times that it wrote into objects are off.")...)
}

// detailRow paints the box about the row under the cursor.
func (p *Pane) detailRow(b []byte, y int) []byte {
	th := p.style.Theme
	r := pane.Paint(b, th, p.w, "")
	lines := p.details()
	switch {
	case y == 0:
		r.Rule(th.Line, 1)
		if len(lines) > 0 {
			r.Text(text.Muted, " "+clean.Middle(lines[0].text, max(p.w-6, 8))+" ")
		}
		r.Rule(th.Line, r.Free())
	case y < len(lines):
		r.Gap(2)
		r.Text(lines[y].role, lines[y].text)
	case y == p.detailRows()-1 && p.content.Note != "":
		r.Gap(2)
		r.Text(text.Comment, p.content.Note)
	}
	return r.End()
}

type detail struct {
	role text.Role
	text string
}

// wrap breaks safe text into lines of the box.
func (p *Pane) wrap(role text.Role, s string) (out []detail) {
	for _, l := range widget.Wrap(s, max(p.w-4, 20)) {
		out = append(out, detail{role, l})
	}
	return out
}
