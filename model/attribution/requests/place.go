package requests

import (
	"cmp"
	"slices"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// A log whose answers carry no revisions dates changes all the same: where one request only can have made a change, the
// change was made while that was served. What lies between such changes is bounded by them, so that more requests are the
// only ones to fit:
//
//	revision  10          11        12          13
//	          lease ✓     ?         ?           lease ✓
//	          └ 2.004 s ──┴─ one fits only now ─┴ 4.010 s

// placings is how often the changes that wait are looked at again with what was found.
const placings = 4

// Place looks for the requests of changes that come, before any of them is asked for, and gives the clock their times.
func (t *Log) Place(m *evidence.Memory, coming []evidence.Change) {
	if t.audit.Len() == 0 || t.follows {
		return
	}
	for range placings {
		if t.placeOnce(m, coming) == 0 {
			return
		}
	}
}

// placeOnce returns how many requests were found.
func (t *Log) placeOnce(m *evidence.Memory, coming []evidence.Change) (found int) {
	var open []*match
	for i := range coming {
		if k := t.matchOf(&rules.Case{Change: &coming[i], Memory: m}); k != nil && k.own.request == nil && k.own.placed == nil {
			k.Date = m.Clock.At(k.Mod)
			k.own.span = k.spanOf(k.Mod)
			open = append(open, k)
		}
	}
	byKey := map[string][]*match{}
	for _, k := range open {
		if q := k.only(); q != nil {
			k.own.placed = q
			found++
		} else if k.own.effect&(unseen|disrupted|marked|graceShortened|wasMarked) == 0 {
			byKey[string(k.Key)] = append(byKey[string(k.Key)], k)
		}
	}
	for _, list := range byKey {
		found += align(list)
	}
	for _, k := range open {
		if q := k.own.placed; q != nil {
			t.insert(k.Mod, q)
			m.Clock.Add(StampOf(k.Change, q))
		}
	}
	if found > 0 {
		t.chain()
	}
	return found
}

// only returns the request that alone can have made a change, and no other change of the key; nil where there is none.
func (m *match) only() *audit.Request {
	fit := m.candidates()
	if len(fit) != 1 || !m.fitsNoOther(fit[0]) {
		return nil
	}
	return fit[0]
}

// candidates returns the requests that can have made a change and agree with the entry that moved. One that may have
// changed nothing must have left an entry.
func (m *match) candidates() []*audit.Request {
	if m.own.effect&unseen != 0 || m.Kept {
		return nil
	}
	var by rules.Finding
	if m.Prev != nil && m.Cur != nil {
		if moved := m.Moved(); len(moved) == 1 {
			by.Writer = moved[0].Manager
		}
	}
	return slices.DeleteFunc(m.fitting(), func(q *audit.Request) bool {
		return by.Writer != "" && !agrees(&by, q) || !q.Writes() && m.own.effect&deleted == 0 && !m.hasEntryOf(q)
	})
}

// align gives changes of one key, in order, the requests that were served one after the other, where that is possible in
// one way only: each has the first request that is left for it, and the last.
func align(list []*match) (found int) {
	var all []*audit.Request
	can := make([]map[*audit.Request]bool, len(list))
	for i, k := range list {
		can[i] = map[*audit.Request]bool{}
		for _, q := range k.candidates() {
			if can[i][q] = true; !slices.Contains(all, q) {
				all = append(all, q)
			}
		}
	}
	slices.SortFunc(all, func(a, b *audit.Request) int { return cmp.Compare(a.Answered, b.Answered) })
	if len(all) < 2 || len(all) > maxAligned {
		return 0
	}
	first, last := make([]int, len(list)), make([]int, len(list))
	at := -1
	for i := range list {
		if first[i] = next(all, can[i], at, 1); first[i] >= 0 {
			at = first[i]
		}
	}
	at = len(all)
	for i := len(list) - 1; i >= 0; i-- {
		if last[i] = next(all, can[i], at, -1); last[i] >= 0 {
			at = last[i]
		}
	}
	for i, k := range list {
		if j := first[i]; j >= 0 && j == last[i] && alone(all, j) {
			k.own.placed = all[j]
			found++
		}
	}
	return found
}

// maxAligned is how many requests about one key are put in order.
const maxAligned = 256

// next returns the place of the next request that can have made a change, -1 where there is none.
func next(all []*audit.Request, can map[*audit.Request]bool, at, step int) int {
	for at += step; at >= 0 && at < len(all); at += step {
		if can[all[at]] {
			return at
		}
	}
	return -1
}

// alone reports whether a request was served while none of those beside it was.
func alone(all []*audit.Request, i int) bool {
	return (i == 0 || all[i-1].Answered < all[i].Received) && (i == len(all)-1 || all[i].Answered < all[i+1].Received)
}

// insert adds an anchor in its place. The order of those after it is checked by chain.
func (t *Log) insert(rev int64, q *audit.Request) {
	i, _ := slices.BinarySearchFunc(t.anchors, rev, func(a anchor, r int64) int { return cmp.Compare(a.rev, r) })
	t.anchors = slices.Insert(t.anchors, i, anchor{rev: rev, lo: q.Received, hi: q.Answered})
}

// chain leaves out the anchors that run back.
func (t *Log) chain() {
	latest := int64(0)
	kept := t.anchors[:0]
	for _, a := range t.anchors {
		if a.hi < latest {
			continue
		}
		latest = max(latest, a.lo)
		a.latest = latest
		kept = append(kept, a)
	}
	if t.anchors = kept; len(kept) > maxAnchors {
		t.anchors = append(kept[:0], kept[maxAnchors/2:]...)
	}
}

// StampOf returns the stamp by which a request dates the change that it made.
func StampOf(c *evidence.Change, q *audit.Request) clock.Stamp {
	return clock.Stamp{Revision: c.Mod, Kind: clock.Request, From: q.From(), To: q.To(), Kept: c.Kept}
}
