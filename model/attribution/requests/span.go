package requests

import (
	"cmp"
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// anchor remembers when a revision was made; ok is false where that contradicts what is known.
func (t *Log) anchor(rev int64, q *audit.Request) (ok bool) {
	a := anchor{rev: rev, lo: q.Received, hi: q.Answered, latest: q.Received}
	if n := len(t.anchors); n > 0 {
		last := &t.anchors[n-1]
		if a.hi < last.latest {
			return false
		}
		a.latest = max(a.lo, last.latest)
	}
	if t.anchors = append(t.anchors, a); len(t.anchors) > maxAnchors {
		t.anchors = append(t.anchors[:0], t.anchors[maxAnchors/2:]...)
	}
	return true
}

// maxAfter is how many anchors after a revision are looked at: the first of them bound it best.
const maxAfter = 64

// bounds returns when a revision was made, by the anchors around it; 0 where a bound is not known.
func (t *Log) bounds(rev int64) (lo, hi int64) {
	i, own := slices.BinarySearchFunc(t.anchors, rev, func(a anchor, r int64) int { return cmp.Compare(a.rev, r) })
	last := i - 1
	if own {
		last = i
	}
	if last >= 0 {
		lo = t.anchors[last].latest - blur
	}
	for j := i; j < min(i+maxAfter, len(t.anchors)); j++ {
		if h := t.anchors[j].hi + blur; hi == 0 || h < hi {
			hi = h
		}
	}
	return lo, hi
}

// received returns when a revision had been received, forever where that is not known.
func (t *Log) received(rev int64) int64 {
	i, _ := slices.BinarySearchFunc(t.arrivals, rev, func(a arrival, r int64) int { return cmp.Compare(a.rev, r) })
	if i == len(t.arrivals) {
		return forever
	}
	return t.arrivals[i].at
}

// spanOf returns when a revision was made: between the anchors around it, and when the clock says. Where the two contradict
// each other, the times of the audit log count.
func (m *match) spanOf(rev int64) span {
	lo, hi := m.log.bounds(rev)
	d := m.Date
	if rev != m.Mod {
		d = m.Memory.Clock.At(rev)
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
	if at := m.log.received(rev); at != forever && at+vague >= s.lo {
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
