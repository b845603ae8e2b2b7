package attribution

import (
	"cmp"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// An audit log that is followed tells of a request some moments after the change was seen. Changes are attributed at once
// then, without it, and asked about again:
//
//	Add, Take ─► verdict without the log ─┐
//	Heard(requests), Arrived(revision) ───┴─► Again(before) ─► verdict with the log
//
// Nothing is concluded from the log before its lines had time to come: who is alone now may not be the only one.

// judged is a change whose request the log may still tell.
type judged struct {
	pending
	finding
	date     clock.Date
	timeFrom string
}

// waiting is what an engine keeps while the audit log is followed.
type waiting struct {
	follows   bool
	late      []judged // the newest changes whose requests are not known yet
	lateBytes int      // of their values
}

const (
	maxLate      = 512     // changes that are asked about again
	maxLateBytes = 8 << 20 // of their values
	maxArrivals  = 1 << 12
)

// arrival is when everything up to a revision had been received, in nanoseconds.
type arrival struct{ rev, at int64 }

// Follow makes the engine take what the audit log tells from now on by Heard.
func (e *Engine) Follow() {
	e.follows = true
	if e.trail.log == nil {
		e.trail.log = audit.New()
	}
}

// Heard takes requests of the log that is followed.
func (e *Engine) Heard(list []audit.Request) {
	if len(list) > 0 {
		e.trail.log.Add(list)
	}
}

// Arrived tells when everything up to a revision had been received, by the clock of the machine that the log is on.
func (e *Engine) Arrived(rev int64, at time.Time) {
	t := &e.trail
	if n := len(t.arrivals); n > 0 && t.arrivals[n-1].rev >= rev {
		return
	}
	if t.arrivals = append(t.arrivals, arrival{rev, at.UnixNano()}); len(t.arrivals) > maxArrivals {
		t.arrivals = append(t.arrivals[:0], t.arrivals[maxArrivals/2:]...)
	}
}

// later keeps a change to be asked about again.
func (e *Engine) later(c *ctx, f finding) {
	if c.Ref.Name == "" || f.outOfBand != "" || f.writer == etcd {
		return
	}
	e.late = append(e.late, judged{*c.pending, f, c.date, c.timeFrom})
	e.lateBytes += len(c.Value)
	n := 0
	for ; len(e.late)-n > maxLate || e.lateBytes > maxLateBytes && n < len(e.late); n++ {
		e.lateBytes -= len(e.late[n].Value)
	}
	e.late = slices.Delete(e.late, 0, n)
}

// Again returns those of the changes that arrived before a time whose requests are known now, in order, with their new
// verdicts. The result is valid until the next call of Again or Take.
func (e *Engine) Again(before time.Time) []Attributed {
	e.out = e.out[:0]
	upTo, _ := slices.BinarySearchFunc(e.trail.arrivals, before.UnixNano(), func(a arrival, t int64) int { return cmp.Compare(a.at, t) })
	if upTo == 0 {
		return nil
	}
	settled := e.trail.arrivals[upTo-1].rev
	for i := range e.late {
		if j := &e.late[i]; j.Mod <= settled {
			e.trail.match(&j.pending)
		}
	}
	kept := e.late[:0]
	for i := range e.late {
		j := e.late[i]
		c := &ctx{e: e, pending: &j.pending, date: j.date, timeFrom: j.timeFrom}
		if j.Mod <= settled {
			if f, q := c.audited(j.finding); q != nil {
				e.lateBytes -= len(j.Value)
				e.out = append(e.out, Attributed{Change: j.Change, Verdict: c.verdict(f, q)})
				continue
			}
		}
		kept = append(kept, j)
	}
	clear(e.late[len(kept):])
	e.late = kept
	return e.out
}

// match looks for the request of a change whose answer carries its revision.
func (t *trail) match(p *pending) {
	list := t.facts[string(p.Key)]
	i, ok := slices.BinarySearchFunc(list, p.Mod, func(x fact, mod int64) int { return cmp.Compare(x.mod, mod) })
	if !ok || list[i].owner != nil {
		return
	}
	if t.own(p, &list[i]); list[i].owner != nil && (len(t.anchors) == 0 || t.anchors[len(t.anchors)-1].rev < p.Mod) {
		t.anchor(p.Mod, list[i].owner)
	}
}

// own finds the request of a fact by the revision in its answer.
func (t *trail) own(p *pending, f *fact) {
	o := p.object()
	for _, q := range t.log.Answered(p.Mod) {
		if q.Object == o && !q.Idle && fits(q, f.did, o.Resource) {
			f.owner = q
			return
		}
	}
}

// seen returns when a revision had been received, forever where that is not known.
func (t *trail) seen(rev int64) int64 {
	i, _ := slices.BinarySearchFunc(t.arrivals, rev, func(a arrival, r int64) int { return cmp.Compare(a.rev, r) })
	if i == len(t.arrivals) {
		return forever
	}
	return t.arrivals[i].at
}
