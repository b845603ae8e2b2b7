package requests

import (
	"cmp"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// record is a change of a key, kept as long as requests may be meant for it.
type record struct {
	mod     int64
	effect  effect
	span    span           // when it was made; zero while that is not settled
	request *audit.Request // that made it, nil while that is not known
	placed  *audit.Request // that alone can have made it, as far as times tell; nil for none
}

// forever is the end of a span that is not known.
const forever = 1<<62 - 1

// span is a time in nanoseconds since 1970, with its bounds.
type span struct{ lo, hi int64 }

// meets reports whether a request was served within a span.
func (s span) meets(q *audit.Request) bool { return q.Received <= s.hi && q.Answered >= s.lo }

// anchor is a revision that was made while a request was served.
type anchor struct {
	rev, lo, hi int64
	latest      int64 // largest lo of the anchors up to here
}

// arrival is when everything up to a revision had been received, in nanoseconds since 1970.
type arrival struct{ rev, at int64 }

// Log connects changes to the requests of an audit log.
type Log struct {
	audit    *audit.Log // nil: there is none
	follows  bool       // requests come after the changes that they made
	records  map[string][]record
	order    []string // keys of records as they were added, oldest first
	anchors  []anchor
	arrivals []arrival
}

const (
	maxRecords  = 1 << 16
	maxAnchors  = 1 << 14
	maxArrivals = 1 << 12
	maxNear     = 128 // changes of a key before and after one that are looked at with it
	// blur is how far times of the log may be off from each other, and vague how far those of the clock, in nanoseconds.
	blur, vague = int64(50e6), int64(500e6)
)

// New returns a Log of an audit log, nil for none.
func New(l *audit.Log) *Log { return &Log{audit: l, records: map[string][]record{}} }

// Use takes the audit log that knows the changes that are added from now on.
func (t *Log) Use(l *audit.Log) { t.audit = l }

// Follow makes the log take requests from now on by Heard, after the changes that they made.
func (t *Log) Follow() {
	t.follows = true
	if t.audit == nil {
		t.audit = audit.New()
	}
}

// Follows reports whether requests come after the changes that they made.
func (t *Log) Follows() bool { return t.follows }

// Heard takes requests of the log that is followed.
func (t *Log) Heard(list []audit.Request) {
	if len(list) > 0 {
		t.audit.Add(list)
	}
}

// Arrived says when everything up to a revision had been received, by the clock of the machine that the log is on.
func (t *Log) Arrived(rev int64, at time.Time) {
	if n := len(t.arrivals); n > 0 && t.arrivals[n-1].rev >= rev {
		return
	}
	if t.arrivals = append(t.arrivals, arrival{rev, at.UnixNano()}); len(t.arrivals) > maxArrivals {
		t.arrivals = append(t.arrivals[:0], t.arrivals[maxArrivals/2:]...)
	}
}

// Settled returns the newest revision that had been received before a time, 0 where none is known.
func (t *Log) Settled(before time.Time) int64 {
	n, _ := slices.BinarySearchFunc(t.arrivals, before.UnixNano(), func(a arrival, t int64) int { return cmp.Compare(a.at, t) })
	if n == 0 {
		return 0
	}
	return t.arrivals[n-1].rev
}

// objectOf names the object of a change as the audit log does.
func objectOf(c *evidence.Change) audit.Object {
	r := &c.Ref
	return audit.ObjectOf(r.Group, r.Plural, r.Namespace, r.Name)
}

// Add takes a change, and returns the request whose answer carries its revision, or which alone created the object; nil
// where there is none.
func (t *Log) Add(c *evidence.Change) *audit.Request {
	if t.audit == nil || c.Ref.Name == "" {
		return nil
	}
	r := record{mod: c.Mod, effect: effectOf(c)}
	if c.Object != nil && c.Before != nil && c.Changes == nil && c.Silent { // its fields were not compared
		r.effect |= statusChanged | condChanged | specChanged | metaChanged | replicasChanged
	}
	if !t.follows {
		t.own(c, &r)
	}
	key := string(c.Key)
	t.records[key] = append(t.records[key], r)
	if t.order = append(t.order, key); len(t.order) > maxRecords {
		t.drop()
	}
	q := r.request
	if q == nil && r.effect&created != 0 && !c.Kept && !t.follows {
		q = t.creator(c)
	}
	if q != nil && t.anchor(c.Mod, q) {
		return q
	}
	return nil
}

// creator returns the request that created an object, if the whole log has only one.
func (t *Log) creator(c *evidence.Change) (creator *audit.Request) {
	for _, q := range t.audit.Of(objectOf(c)) {
		if q.Made && q.Subresource == "" && stamped(q, created, c) {
			if creator != nil {
				return nil
			}
			creator = q
		}
	}
	return creator
}

// drop forgets the oldest records.
func (t *Log) drop() {
	for _, key := range t.order[:maxRecords/4] {
		if list := t.records[key]; len(list) > 1 {
			t.records[key] = list[1:]
		} else {
			delete(t.records, key)
		}
	}
	t.order = append(t.order[:0], t.order[maxRecords/4:]...)
}

// Match looks for the request of a change whose answer carries its revision, among those that came after the change.
func (t *Log) Match(c *evidence.Change) {
	list := t.records[string(c.Key)]
	i, ok := find(list, c.Mod)
	if !ok || list[i].request != nil {
		return
	}
	if t.own(c, &list[i]); list[i].request != nil && (len(t.anchors) == 0 || t.anchors[len(t.anchors)-1].rev < c.Mod) {
		t.anchor(c.Mod, list[i].request)
	}
}

func find(list []record, mod int64) (int, bool) {
	return slices.BinarySearchFunc(list, mod, func(x record, mod int64) int { return cmp.Compare(x.mod, mod) })
}

// own finds the request of a change by the revision in its answer.
func (t *Log) own(c *evidence.Change, r *record) {
	o := objectOf(c)
	for _, q := range t.audit.Answered(c.Mod) {
		if q.Object == o && !q.Idle && fits(q, r.effect, o.Resource) && stamped(q, r.effect, c) {
			r.request = q
			return
		}
	}
}
