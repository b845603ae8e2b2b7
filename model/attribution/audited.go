package attribution

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// audited asks the audit log, and returns what it adds to what was found, and the request that it was; nil for none.
func (c *ctx) audited(f finding) (finding, *audit.Request) {
	t := &c.e.trail
	if t.log.Len() == 0 || c.Ref.Name == "" || f.outOfBand != "" || f.writer == etcd {
		return f, nil
	}
	list := t.facts[string(c.Key)]
	i, ok := slices.BinarySearchFunc(list, c.Mod, func(x fact, mod int64) int { return cmp.Compare(x.mod, mod) })
	if !ok {
		return f, nil
	}
	from := max(i-maxNear, 0)
	list, i = list[from:min(i+maxNear, len(list))], i-from
	own := &list[i]
	own.span = c.spanOf(c.Mod)
	if q := own.owner; q != nil {
		return c.answered(f, own)
	}
	return c.timed(f, list, i)
}

// answered is for a request whose answer carries the revision.
func (c *ctx) answered(f finding, own *fact) (finding, *audit.Request) {
	q := own.owner
	same := agrees(&f, q)
	if !same && f.stored && f.grade == Certain { // the request changed nothing, and was answered with what was there
		own.owner = nil
		return f, nil
	}
	grade := Certain
	if !own.span.meets(q) || c.rivals(q) && !same {
		grade = Likely
	}
	if c.prev == nil && !q.Writes() && !same && !c.signedBy(q) {
		grade = Likely
	}
	return c.name(f, q, grade, "its answer carries this revision"), q
}

// signedBy reports whether the version has an entry of who sent a request, of the second in which it was served.
func (c *ctx) signedBy(q *audit.Request) bool {
	if c.cur == nil {
		return false
	}
	for i := range c.cur.entries {
		e := &c.cur.entries[i]
		at := e.Time.UnixNano()
		if f := (finding{writer: e.Manager}); !e.Time.IsZero() && agrees(&f, q) && at <= q.Answered && at > q.Received-int64(time.Second) {
			return true
		}
	}
	return false
}

// rivals reports whether somebody else's request was answered with the same revision while this one was served.
func (c *ctx) rivals(q *audit.Request) bool {
	for _, o := range c.e.trail.log.Answered(q.Revision) {
		if o != q && o.Object == q.Object && !o.Idle && o.Received < q.Answered && o.Sender.Program() != q.Sender.Program() {
			return true
		}
	}
	return false
}

// timed is for requests that are told by their object and their time.
func (c *ctx) timed(f finding, facts []fact, i int) (finding, *audit.Request) {
	fit := c.fitting(facts, i)
	unclear := facts[i].did&unseen != 0 // the request may be that of a version before, which is not held any more
	if f.grade >= Likely || unclear {
		agreeing := slices.DeleteFunc(slices.Clone(fit), func(q *audit.Request) bool { return !agrees(&f, q) })
		if len(agreeing) > 0 || f.grade == Certain || unclear {
			fit = agreeing
		}
	}
	if len(fit) == 0 {
		return f, nil
	}
	q := fit[0]
	switch {
	case unclear && len(fit) > 1:
		return f, nil
	case unclear:
		return c.name(f, q, f.grade, "fits object and time"), q
	case len(fit) > 1 && sameSender(fit):
		unnamed := *q
		unnamed.ID = ""
		return c.name(f, &unnamed, Likely, fmt.Sprintf("one of %d such requests of theirs at this time", len(fit))), q
	case len(fit) > 1:
		if q = c.inOrder(fit, facts, i); q == nil {
			return f, nil
		}
		return c.name(f, q, Likely, fmt.Sprintf("by the order of %d requests and as many changes", len(fit))), q
	case !c.alone(q, facts, i):
		return c.name(f, q, Likely, "fits object and time"), q
	}
	grade := Likely
	if q.Writes() || agrees(&f, q) {
		grade = Certain
	}
	facts[i].owner = q
	return c.name(f, q, grade, "the only request that fits object and time"), q
}

// inOrder returns the request that made a change where as many changes of the key as requests fit each other, and the
// requests came one after the other; nil where that is not so.
func (c *ctx) inOrder(fit []*audit.Request, facts []fact, i int) *audit.Request {
	for j := 1; j < len(fit); j++ {
		if fit[j-1].Answered >= fit[j].Received {
			return nil
		}
	}
	n, place := 0, 0
	for j := range facts {
		x := &facts[j]
		if x.owner != nil && j != i {
			continue
		}
		if slices.ContainsFunc(fit, func(q *audit.Request) bool { return c.meets(x, q) }) {
			if j == i {
				place = n
			}
			n++
		}
	}
	if n != len(fit) || !c.meets(&facts[i], fit[place]) {
		return nil
	}
	return fit[place]
}

// meets reports whether a request can have made a change of the key.
func (c *ctx) meets(x *fact, q *audit.Request) bool {
	s := x.span
	if s == (span{}) {
		s = c.spanOf(x.mod)
	}
	return s.meets(q) && fits(q, x.did, c.Ref.Plural)
}

// fitting returns the requests that can have made a change, by what it did and when.
func (c *ctx) fitting(facts []fact, i int) (out []*audit.Request) {
	own, t := &facts[i], &c.e.trail
	o := c.object()
	for _, o := range []audit.Object{o, {Group: o.Group, Resource: o.Resource, Namespace: o.Namespace}} {
		for _, q := range t.log.Between(o, own.span.lo, own.span.hi) {
			if fits(q, own.did, o.Resource) && c.free(q, facts, i) {
				out = append(out, q)
			}
		}
	}
	return out
}

// free reports whether a request is not known to be another change's.
func (c *ctx) free(q *audit.Request, facts []fact, i int) bool {
	own := &facts[i]
	switch {
	case q.Revision == 0:
	case deletion(q): // what it did before it was answered
		if i+1 >= len(facts) || facts[i+1].mod != q.Revision {
			return false
		}
	case own.did&gone == 0 || i == 0 || facts[i-1].mod != q.Revision: // who deletes in taking a finalizer off is answered with the version before
		return false
	}
	for j := range facts {
		if j != i && facts[j].owner == q && q.Object.Name != "" && !steps(q, own, &facts[j]) {
			return false
		}
	}
	return true
}

func deletion(q *audit.Request) bool {
	return q.Verb == audit.Delete || q.Verb == audit.DeleteCollection || q.Subresource == "eviction"
}

// steps reports whether two changes can be steps of one deletion: it tells who disrupts a pod, marks it, shortens its
// grace period and deletes it.
func steps(q *audit.Request, a, b *fact) bool {
	const each = disruptNow | markedNow | graceNow | gone
	return deletion(q) && a.did&each != 0 && b.did&each != 0 && a.did&b.did&each == 0
}

// alone reports whether a request fits no other change of the key.
func (c *ctx) alone(q *audit.Request, facts []fact, i int) bool {
	if q.Object.Name == "" { // it can be meant for other objects
		return false
	}
	for j := range facts {
		x := &facts[j]
		if j == i || x.owner != nil && x.owner != q || steps(q, &facts[i], x) {
			continue
		}
		if c.meets(x, q) {
			return false
		}
	}
	return true
}

func sameSender(list []*audit.Request) bool {
	for _, q := range list {
		if a, b := q.Sender, list[0].Sender; a.User != b.User || a.As != b.As || a.Program() != b.Program() {
			return false
		}
	}
	return true
}

// agrees reports whether the writer that was found is who sent a request.
func agrees(f *finding, q *audit.Request) bool {
	if f.writer == "" {
		return false
	}
	is := func(name string) bool {
		return name != "" && (component(name) == component(f.writer) || name == "kubectl" && strings.HasPrefix(f.writer, "kubectl-"))
	}
	return is(q.Sender.Program()) || is(q.Sender.Manager)
}

// name names who sent a request, beside what was found, where the two agree.
func (c *ctx) name(f finding, q *audit.Request, g Confidence, how string) finding {
	text := tell(q) + ", " + how
	if !agrees(&f, q) {
		program := q.Sender.Program()
		f = finding{writer: program, grade: g, evidence: text}
	} else {
		if m := q.Sender.Manager; g == Certain && f.grade < Certain && m != "" {
			f.writer = m
		}
		f.grade = max(f.grade, g)
		f.evidence = text + "; " + f.evidence
	}
	if who := controllerOfSender(q.Sender); component(f.writer) == controlMgr && who != "" && (f.controller == "" || g == Certain && controllers[who]) {
		f.controller = who
	}
	return f
}

// tell is a request in words.
func tell(q *audit.Request) string {
	s := q.Sender
	who := s.User
	if s.As != "" {
		who += " as " + s.As
	}
	agent, _, _ := strings.Cut(s.Agent, " ")
	if agent == "" {
		agent = "a client without a name"
	}
	text := fmt.Sprintf("audit log: %s by %s with %s", q.What(), who, agent)
	if q.ID != "" {
		text += " (" + q.ID + ")"
	}
	return text
}

// controllerOfSender is the controller inside kube-controller-manager that sent a request: each has an account of its own.
func controllerOfSender(s *audit.Sender) string {
	const account = "system:serviceaccount:kube-system:"
	if name, ok := strings.CutPrefix(s.User, account); ok && controllers[name] {
		return name
	}
	if i := strings.LastIndexByte(s.Agent, '/'); i >= 0 {
		if name := strings.TrimPrefix(s.Agent[i+1:], account); controllers[name] {
			return name
		}
	}
	return ""
}
