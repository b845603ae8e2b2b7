package attribution

import (
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// The line of an audit log that is followed comes some moments after the change was received. Changes are attributed at
// once then, without the log, and checked again:
//
//	Add, Take ─► verdict without the log ─┐
//	Heard(requests), Arrived(revision) ───┴─► Again(before) ─► verdict with the log
//
// Nothing is concluded from the log before its lines had time to come: a request that is alone now may not be the only one.

// judged is a change whose request the log may still contain.
type judged struct {
	evidence.Change
	rules.Finding
	date clock.Date
	from string // what dates it
}

// recheck keeps the newest changes whose requests are not known yet.
type recheck struct {
	list  []judged
	bytes int // of their values
}

const (
	maxRecheck      = 512     // changes that are checked again
	maxRecheckBytes = 8 << 20 // of their values
)

func (r *recheck) keep(j judged) {
	if j.Ref.Name == "" || j.OutOfBand != "" || j.Writer == evidence.Etcd {
		return
	}
	r.list = append(r.list, j)
	r.bytes += len(j.Value)
	n := 0
	for ; len(r.list)-n > maxRecheck || r.bytes > maxRecheckBytes && n < len(r.list); n++ {
		r.bytes -= len(r.list[n].Value)
	}
	r.list = slices.Delete(r.list, 0, n)
}

// Follow makes the engine take requests of the audit log from now on by Heard.
func (e *Engine) Follow() { e.requests.Follow() }

// Heard takes requests of the audit log that is followed.
func (e *Engine) Heard(list []audit.Request) { e.requests.Heard(list) }

// Arrived says when everything up to a revision had been received, by the clock of the machine that the audit log is on.
func (e *Engine) Arrived(rev int64, at time.Time) { e.requests.Arrived(rev, at) }

// Again returns those of the changes that arrived before a time whose requests are known now, in order, with their new
// verdicts. The result is valid until the next call of Again or Take.
func (e *Engine) Again(before time.Time) []Attributed {
	e.out = e.out[:0]
	settled := e.requests.Settled(before)
	if settled == 0 {
		return nil
	}
	r := &e.recheck
	for i := range r.list {
		if j := &r.list[i]; j.Mod <= settled {
			e.requests.Match(&j.Change)
		}
	}
	kept := r.list[:0]
	for i := range r.list {
		j := r.list[i]
		if j.Mod <= settled {
			c := &rules.Case{Change: &j.Change, Memory: e.memory, Date: j.date}
			if f, q := e.requests.Ask(c, j.Finding); q != nil {
				r.bytes -= len(j.Value)
				e.out = append(e.out, Attributed{Change: j.Change.Change, Verdict: verdictOf(c, f, q, j.from)})
				continue
			}
		}
		kept = append(kept, j)
	}
	clear(r.list[len(kept):])
	r.list = kept
	return e.out
}
