package reconcile

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Wrote is how much one writer wrote.
type Wrote struct {
	Writer       string // the manager as stored, or the component; "": not known
	Controller   string // inside kube-controller-manager, "" if none is known
	SelfDeclared bool   // clients that only call themselves so, counted apart from the component of that name
	Count        int
	Kept         int   // versions from before a compaction, not counted in Count nor in what follows
	Sure         int   // of Count, graded certain or likely
	Recent       int   // of Count, in the minute that ends with the newest change
	Most         Hot   // the key it wrote most
	Revision     int64 // of the last one
	Time         Stamp // likewise
}

// ID identifies a writer in a report.
func (w *Wrote) ID() string {
	return w.Writer + "\x00" + w.Controller + "\x00" + strconv.FormatBool(w.SelfDeclared)
}

// Name is what the writer is called: the controller where it is known.
func (w *Wrote) Name() string { return cmp.Or(w.Controller, w.Writer) }

// Bounds of what is counted by writer.
const (
	maxWriters    = 512
	maxWriterKeys = 512 // of each
	minute        = 60  // seconds
)

// pen is what is counted of one writer.
type pen struct {
	Wrote
	keys   hot
	second int64 // of the newest bucket
	recent [minute]int
}

// by names a writer among the pens.
type by struct {
	writer, controller string
	selfDeclared       bool
}

// signed counts a change for its writer.
func (t *Tracker) signed(in *Input) {
	id := by{in.Writer, in.Controller, in.SelfDeclared}
	p := t.pens[id]
	if p == nil {
		if len(t.pens) >= maxWriters {
			t.strangers++
			return
		}
		p = &pen{Wrote: Wrote{Writer: in.Writer, Controller: in.Controller, SelfDeclared: in.SelfDeclared}, keys: hot{}}
		t.pens[id] = p
	}
	if in.Kept {
		p.Kept++
		return
	}
	p.Count++
	if in.Sure {
		p.Sure++
	}
	p.keys.count(in.Key, maxWriterKeys)
	p.Revision = in.Mod
	if in.When.IsZero() {
		return
	}
	p.Time = in.When
	if sec := in.When.Unix(); sec >= t.newest {
		t.newest = sec
		p.advance(sec)
		p.recent[sec%minute]++
	}
}

// advance empties the buckets of the seconds in which nothing was written.
func (p *pen) advance(sec int64) {
	for p.second = max(p.second, sec-minute); p.second < sec; {
		p.second++
		p.recent[p.second%minute] = 0
	}
}

// Writers returns who wrote, the one that wrote most first.
func (t *Tracker) Writers() []Wrote {
	out := make([]Wrote, 0, len(t.pens))
	for _, p := range t.pens {
		w := p.Wrote
		if t.newest > 0 {
			p.advance(t.newest)
		}
		for _, n := range p.recent {
			w.Recent += n
		}
		if top := p.keys.top(1); len(top) > 0 {
			w.Most = top[0]
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Wrote) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Recent, a.Recent), cmp.Compare(a.Writer, b.Writer), cmp.Compare(a.Controller, b.Controller), cmp.Compare(strconv.FormatBool(a.SelfDeclared), strconv.FormatBool(b.SelfDeclared)))
	})
	return out
}

// Newest is the time of the newest dated change, to the second; zero where none is dated.
func (t *Tracker) Newest() time.Time {
	if t.newest == 0 {
		return time.Time{}
	}
	return time.Unix(t.newest, 0).UTC()
}
