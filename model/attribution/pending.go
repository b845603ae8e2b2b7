package attribution

import (
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// Pending holds changes back until the lines of an audit log that is followed had time to come, for whoever can say each
// verdict only once:
//
//	Engine.Take ─► Add ─► AuditWait later: Due
//
// The zero Pending with an Engine holds nothing. It is used by one goroutine.
type Pending struct {
	Engine *Engine
	Tail   *audit.Tail // what is appended to the audit log
	queue  []pending
}

// pending is a change that has been attributed by what etcd stores.
type pending struct {
	Attributed
	since time.Time
}

// asks reports whether an audit log may say more of a change: the API server's own keys are no requests.
func (p *pending) asks() bool { return p.Ref.Name != "" && p.OutOfBand == "" }

// Add takes a change that came at a time. Changes are added in their order.
func (p *Pending) Add(a *Attributed, at time.Time) { p.queue = append(p.queue, pending{*a, at}) }

// Due returns the changes that have waited long enough, in order, with what the audit log says of them.
func (p *Pending) Due(now time.Time) []Attributed {
	n, asks := 0, false
	for ; n < len(p.queue); n++ {
		w := &p.queue[n]
		if w.asks() && now.Sub(w.since) < AuditWait {
			break
		}
		asks = asks || w.asks()
	}
	if asks {
		p.Engine.Heard(p.Tail.Take())
		better := map[[2]int64]Verdict{}
		for _, a := range p.Engine.Again(now.Add(-AuditWait).Add(1)) {
			better[[2]int64{a.Mod, a.Sub}] = a.Verdict
		}
		for i := range p.queue[:n] {
			if v, ok := better[[2]int64{p.queue[i].Mod, p.queue[i].Sub}]; ok {
				p.queue[i].Verdict = v
			}
		}
	}
	return p.first(n)
}

// All returns all changes that wait, as they were added.
func (p *Pending) All() []Attributed { return p.first(len(p.queue)) }

func (p *Pending) first(n int) (out []Attributed) {
	for i := range p.queue[:n] {
		out = append(out, p.queue[i].Attributed)
	}
	rest := copy(p.queue, p.queue[n:])
	clear(p.queue[rest:])
	p.queue = p.queue[:rest]
	return out
}

// Wait is how long it is until the next change has waited long enough, at least a millisecond.
func (p *Pending) Wait(now time.Time) time.Duration {
	if len(p.queue) == 0 {
		return time.Hour
	}
	return max(AuditWait-now.Sub(p.queue[0].since), time.Millisecond)
}
