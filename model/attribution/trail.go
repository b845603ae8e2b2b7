package attribution

import (
	"cmp"
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// fact is a change of a key that the audit log knows, kept as long as requests may be meant for it.
type fact struct {
	mod   int64
	did   did
	span  span // when it was made; empty while that is not settled
	owner *audit.Request
}

// forever is the end of a span that is not known.
const forever = 1<<62 - 1

// span is a time in nanoseconds since 1970, with its bounds.
type span struct{ lo, hi int64 }

func (s span) meets(q *audit.Request) bool { return q.Received <= s.hi && q.Answered >= s.lo }

// anchor is a revision that was made while a request was served.
type anchor struct {
	rev, lo, hi int64
	most        int64 // largest lo up to here
}

// trail is what the audit log adds to an Engine.
type trail struct {
	log     *audit.Log
	facts   map[string][]fact // by key, in the order of revisions
	order   []string          // keys of facts as they were added, oldest first
	anchors []anchor
	// When changes were received, while the log is followed.
	arrivals []arrival
}

const (
	maxFacts   = 1 << 16
	maxAnchors = 1 << 14
	maxNear    = 128 // changes of a key before and after one that are looked at with it
	// blur is how far times of the log may be off from each other, and vague how far the clock's, in nanoseconds.
	blur, vague = int64(50e6), int64(500e6)
)

func newTrail(l *audit.Log) trail { return trail{log: l, facts: map[string][]fact{}} }

// object names the object of a change as the log does.
func (p *pending) object() audit.Object {
	r := &p.Ref
	return audit.ObjectOf(r.Group, r.Plural, r.Namespace, r.Name)
}

// add takes a change into the trail, with the request whose answer carries its revision, or which alone created it.
func (t *trail) add(p *pending, follows bool) {
	if t.log == nil || p.Ref.Name == "" {
		return
	}
	f := fact{mod: p.Mod, did: didOf(&p.Change, p.prev, p.cur)}
	if p.Object != nil && p.Before != nil && p.Changes == nil && p.silent {
		f.did |= inStatus | inConditions | inSpec | inMeta | inReplicas
	}
	if !follows {
		t.own(p, &f)
	}
	key := string(p.Key)
	t.facts[key] = append(t.facts[key], f)
	if t.order = append(t.order, key); len(t.order) > maxFacts {
		t.drop()
	}
	switch {
	case f.owner != nil:
		t.anchor(p.Mod, f.owner)
	case f.did&made != 0 && !p.Kept && !follows:
		if q := t.maker(p.object()); q != nil {
			t.anchor(p.Mod, q)
		}
	}
}

// maker returns the request that made an object, if all of the log knows one only.
func (t *trail) maker(o audit.Object) (maker *audit.Request) {
	for _, q := range t.log.Of(o) {
		if q.Made && q.Subresource == "" {
			if maker != nil {
				return nil
			}
			maker = q
		}
	}
	return maker
}

// drop forgets the oldest facts.
func (t *trail) drop() {
	for _, key := range t.order[:maxFacts/4] {
		if list := t.facts[key]; len(list) > 1 {
			t.facts[key] = list[1:]
		} else {
			delete(t.facts, key)
		}
	}
	t.order = append(t.order[:0], t.order[maxFacts/4:]...)
}

// anchor notes when a revision was made, unless that contradicts what is known.
func (t *trail) anchor(rev int64, q *audit.Request) {
	a := anchor{rev: rev, lo: q.Received, hi: q.Answered, most: q.Received}
	if n := len(t.anchors); n > 0 {
		last := &t.anchors[n-1]
		if a.hi < last.most {
			return
		}
		a.most = max(a.lo, last.most)
	}
	if t.anchors = append(t.anchors, a); len(t.anchors) > maxAnchors {
		t.anchors = append(t.anchors[:0], t.anchors[maxAnchors/2:]...)
	}
}

// maxAfter is how many anchors behind a revision are looked at: the first of them bound it best.
const maxAfter = 64

// bounds returns when a revision was made, by the requests around it.
func (t *trail) bounds(rev int64) (lo, hi int64) {
	i, own := slices.BinarySearchFunc(t.anchors, rev, func(a anchor, r int64) int { return cmp.Compare(a.rev, r) })
	last := i - 1
	if own {
		last = i
	}
	if last >= 0 {
		lo = t.anchors[last].most - blur
	}
	for j := i; j < min(i+maxAfter, len(t.anchors)); j++ {
		if h := t.anchors[j].hi + blur; hi == 0 || h < hi {
			hi = h
		}
	}
	return lo, hi
}

// spanOf returns when a revision was made: between the requests around it, and when the clock says. Where the two do not
// agree, the log's own times count.
func (c *ctx) spanOf(rev int64) span {
	lo, hi := c.e.trail.bounds(rev)
	d := c.date
	if rev != c.Mod {
		d = c.e.clock.At(rev)
	}
	s := span{0, forever}
	if !d.Time.IsZero() {
		if !d.Lo.IsZero() {
			s.lo = d.Lo.UnixNano() - vague
		}
		if !d.Hi.IsZero() {
			s.hi = d.Hi.UnixNano() + vague
		}
	}
	if at := c.e.trail.seen(rev); at != forever && at+vague >= s.lo {
		s.hi = min(s.hi, at+vague)
	}
	if lo != 0 && max(lo, s.lo) <= s.hi {
		s.lo = max(lo, s.lo)
	} else if lo != 0 {
		s.lo, s.hi = lo, forever
	}
	if hi != 0 && min(hi, s.hi) >= s.lo {
		s.hi = min(hi, s.hi)
	} else if hi != 0 {
		s.lo, s.hi = lo, hi
	}
	return s
}
