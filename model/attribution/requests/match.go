package requests

import (
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// Ask returns what the audit log adds to the finding of the rules, and the request that made the change; nil for none.
func (t *Log) Ask(c *rules.Case, f rules.Finding) (rules.Finding, *audit.Request) {
	if t.audit.Len() == 0 || c.Ref.Name == "" || f.OutOfBand != "" || f.Writer == evidence.Etcd {
		return f, nil
	}
	m := t.matchOf(c)
	if m == nil {
		return f, nil
	}
	m.own.span = m.spanOf(c.Mod)
	var q *audit.Request
	if m.own.request != nil {
		f, q = m.answered(f)
	} else {
		f, q = m.timed(f)
	}
	if q != nil && f.Component != evidence.APIServer {
		f.Component = c.ComponentOf(f.Writer, f.Controller)
		doubtUser(q.Sender, &f)
	}
	return f, q
}

// match is the search for the request that made one change.
type match struct {
	*rules.Case
	log  *Log
	near []record // of the changes of the key before and after this one
	i    int      // place of this change in near
	own  *record  // of this change
}

// matchOf begins the search for a change, nil for one of which there is no record.
func (t *Log) matchOf(c *rules.Case) *match {
	list := t.records[string(c.Key)]
	i, ok := find(list, c.Mod)
	if !ok {
		return nil
	}
	from := max(i-maxNear, 0)
	m := &match{Case: c, log: t, near: list[from:min(i+maxNear, len(list))], i: i - from}
	m.own = &m.near[m.i]
	return m
}

// answered is for a request whose answer carries the revision.
func (m *match) answered(f rules.Finding) (rules.Finding, *audit.Request) {
	q := m.own.request
	same := agrees(&f, q)
	if !same && f.Stored && f.Grade == rules.Certain && !m.moved(q) { // the request changed nothing, and was answered with the version that was there
		m.own.request = nil
		return f, nil
	}
	grade := rules.Certain
	if !m.own.span.meets(q) || m.hasRival(q) && !same {
		grade = rules.Likely
	}
	if m.Prev == nil && !q.Writes() && !same && !m.hasEntryOf(q) {
		grade = rules.Likely
	}
	return name(f, q, grade, "its answer carries this revision"), q
}

// hasRival reports whether somebody else's request was answered with the same revision while this one was served.
func (m *match) hasRival(q *audit.Request) bool {
	for _, o := range m.log.audit.Answered(q.Revision) {
		if o != q && o.Object == q.Object && !o.Idle && o.Received < q.Answered && o.Sender.Program() != q.Sender.Program() {
			return true
		}
	}
	return false
}

// timed is for requests that are identified by their object, their time and their effect.
func (m *match) timed(f rules.Finding) (rules.Finding, *audit.Request) {
	if m.own.effect&unseen != 0 && m.Cur != nil && !m.Cur.Created.IsZero() {
		if q, g, how := m.lone(); q != nil && (g == rules.Certain || f.Grade < rules.Certain || agrees(&f, q)) {
			m.own.request = q
			return name(f, q, g, how), q
		}
	}
	unclear := m.own.effect&unseen != 0 // the request may be that of a version before, which is not held any more
	fit := m.agreeing(f, unclear)
	switch {
	case len(fit) == 0:
		return m.unlogged(f), nil
	case unclear && len(fit) > 1:
		return missing(f, fitMore(fit)), nil
	case unclear:
		return name(f, fit[0], f.Grade, "fits object and time"), fit[0]
	case len(fit) > 1:
		return m.oneOf(f, fit)
	}
	q := fit[0]
	if !m.fitsNoOther(q) {
		return name(f, q, rules.Likely, "fits object and time"), q
	}
	grade := rules.Likely
	if q.Writes() || agrees(&f, q) || m.moved(q) {
		grade = rules.Certain
	}
	m.own.request = q
	return name(f, q, grade, "the only request that fits object and time"), q
}

// agreeing returns the requests that fit; those only that agree with what the rules found, where that counts more.
func (m *match) agreeing(f rules.Finding, unclear bool) []*audit.Request {
	fit := m.fitting()
	if f.Grade >= rules.Likely || unclear {
		agreeing := slices.DeleteFunc(slices.Clone(fit), func(q *audit.Request) bool { return !agrees(&f, q) })
		if len(agreeing) > 0 || unclear {
			return agreeing
		}
		if f.Grade == rules.Certain { // only what left the entry contradicts it
			return slices.DeleteFunc(fit, func(q *audit.Request) bool { return !f.Stored || !q.Made && !m.moved(q) })
		}
	}
	return fit
}

// oneOf is for several requests that fit.
func (m *match) oneOf(f rules.Finding, fit []*audit.Request) (rules.Finding, *audit.Request) {
	if q := m.strictly(fit); q != nil {
		return name(f, q, rules.Likely, fmt.Sprintf("the one of %d requests that fits the order of answers", len(fit))), q
	}
	if q := m.own.placed; slices.Contains(fit, q) {
		return name(f, q, rules.Likely, fmt.Sprintf("the one of %d requests that fits the order of the changes", len(fit))), q
	}
	if q := m.inOrder(fit); q != nil {
		return name(f, q, rules.Likely, fmt.Sprintf("by the order of %d requests and as many changes", len(fit))), q
	}
	if sameSender(fit) {
		q := oneOfTheirs(fit)
		return name(f, q, rules.Likely, fmt.Sprintf("one of %d such requests of theirs at this time", len(fit))), q
	}
	return oneProgram(f, fit), nil
}

// oneOfTheirs is a request without a name in the place of several of one sender: it was served while some of them were.
func oneOfTheirs(fit []*audit.Request) *audit.Request {
	q := *fit[0]
	q.ID = ""
	for _, r := range fit[1:] {
		q.Received, q.Answered = min(q.Received, r.Received), max(q.Answered, r.Answered)
	}
	return &q
}

// strictly returns the only one of the requests that was served between those before and after the change to the
// microsecond, as where one API server wrote all of the log; nil where that is not one.
func (m *match) strictly(fit []*audit.Request) (q *audit.Request) {
	lo, hi := m.log.bounds(m.Mod)
	if lo == 0 || hi == 0 {
		return nil
	}
	for _, r := range fit {
		if s := (span{lo + blur, hi - blur}); s.lo > s.hi || !s.meets(r) {
			continue
		} else if q != nil {
			return nil
		}
		q = r
	}
	return q
}

// inOrder returns the request of this change where as many changes of the key as requests fit each other, and the requests
// were served one after the other; nil where that is not so.
func (m *match) inOrder(fit []*audit.Request) *audit.Request {
	for j := 1; j < len(fit); j++ {
		if fit[j-1].Answered >= fit[j].Received {
			return nil
		}
	}
	n, place := 0, 0
	for j := range m.near {
		r := &m.near[j]
		if r.request != nil && j != m.i {
			continue
		}
		if slices.ContainsFunc(fit, func(q *audit.Request) bool { return m.canHaveMade(q, r) }) {
			if j == m.i {
				place = n
			}
			n++
		}
	}
	if n != len(fit) || !m.canHaveMade(fit[place], m.own) {
		return nil
	}
	return fit[place]
}

// canHaveMade reports whether a request can have made a change of the key, by its time and effect.
func (m *match) canHaveMade(q *audit.Request, r *record) bool {
	s := r.span
	if s == (span{}) {
		s = m.spanOf(r.mod)
	}
	return s.meets(q) && fits(q, r.effect, m.Ref.Plural)
}

// fitting returns the requests that can have made this change.
func (m *match) fitting() (out []*audit.Request) {
	o := objectOf(m.Change)
	for _, o := range []audit.Object{o, {Group: o.Group, Resource: o.Resource, Namespace: o.Namespace}} {
		for _, q := range m.log.audit.Between(o, m.own.span.lo, m.own.span.hi) {
			if fits(q, m.own.effect, o.Resource) && stamped(q, m.own.effect, m.Change) && m.isFree(q) {
				out = append(out, q)
			}
		}
	}
	return out
}

// isFree reports whether a request is not known to be another change's.
func (m *match) isFree(q *audit.Request) bool {
	switch {
	case q.Revision == 0:
	case deletes(q): // it may have marked the object before the revision that it was answered with
		if m.i+1 >= len(m.near) || m.near[m.i+1].mod != q.Revision {
			return false
		}
	case m.own.effect&deleted == 0:
		return false
	default: // who deletes by removing a finalizer is answered with a version before, not always the last
		if _, ok := find(m.near[:m.i], q.Revision); !ok {
			return false
		}
	}
	for j := range m.near {
		if r := &m.near[j]; j != m.i && (r.request == q || r.placed == q) && q.Object.Name != "" && !oneDeletion(q, m.own, r) {
			return false
		}
	}
	return true
}

// fitsNoOther reports whether a request fits no other change of the key.
func (m *match) fitsNoOther(q *audit.Request) bool {
	if q.Object.Name == "" { // it can be meant for other objects
		return false
	}
	for j := range m.near {
		r := &m.near[j]
		if j == m.i || r.request != nil && r.request != q || oneDeletion(q, m.own, r) {
			continue
		}
		if m.canHaveMade(q, r) {
			return false
		}
	}
	return true
}

func deletes(q *audit.Request) bool {
	return q.Verb == audit.Delete || q.Verb == audit.DeleteCollection || q.Subresource == "eviction"
}

// each are the effects of which one request to delete has several, each in a revision of its own.
const each = disrupted | marked | graceShortened | deleted

// oneDeletion reports whether one request to delete can have made two changes: it sets DisruptionTarget, marks the object,
// shortens the grace period and deletes.
func oneDeletion(q *audit.Request, a, b *record) bool {
	return deletes(q) && a.effect&each != 0 && b.effect&each != 0 && a.effect&b.effect&each == 0
}

func sameSender(list []*audit.Request) bool {
	for _, q := range list {
		if a, b := q.Sender, list[0].Sender; a.User != b.User || a.As != b.As || a.Program() != b.Program() {
			return false
		}
	}
	return true
}
