package clock

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Kind says what a stamp was read from.
type Kind uint8

// The kinds of stamps, from the one that dates best.
const (
	None    Kind = iota
	Lease        // a lease's renewTime
	Event        // the nanoseconds at the end of an Event's name
	Second       // managedFields: when an entry moved
	Create       // metadata.creationTimestamp
	Delete       // metadata.deletionTimestamp less the grace period
	Request      // an audit log: when the request that wrote was served
)

// String is the word that the command line prints as timeFrom.
func (k Kind) String() string {
	return [...]string{"interpolated", "lease", "eventName", "managedFields", "creationTimestamp", "deletionTimestamp", "auditLog"}[k]
}

// Stamp is a time that was read from one version of an object.
type Stamp struct {
	Revision int64
	Kind     Kind
	Fine     time.Time // by the writer's clock; zero where there is none
	Second   time.Time // by the API server's clock, cut to the second; zero where there is none
	From, To time.Time // of a Request: when it was received and answered
	Source   string    // whose clock Fine is: a node, a holder of a lease
	Writer   string    // for whom an API server wrote Second, "" for all but kubelets and leaders
	Kept     bool      // a version from before the compaction: the stamps around it are far away
	Open     bool      // Second is that of some write to the object, not always the last: the revision may be later
}

// Date is when a revision was made.
type Date struct {
	Time time.Time // zero where nothing is known
	// From is the Kind of the revision's own stamp, None where it was found between others'.
	From Kind
	// Off is what was taken off the revision's own stamp, because the clock of Source is ahead by that; Server reports that
	// it is not Source's own clock, but that of the API server which it writes to.
	Off    time.Duration
	Source string
	Server bool
	// Lo and Hi are the bounds of Time; a zero Hi is: not known.
	Lo, Hi time.Time
}

// second is one in nanoseconds.
const second = int64(time.Second)

// slack is how far a stamp may lie beyond the leases around it.
const slack = 3 * second

// apart is how far exact stamps may lie apart for the revisions between them to be spread evenly: leases are renewed more
// often.
const apart = 60 * second

const (
	never  = math.MinInt64
	always = math.MaxInt64
)

// point is a stamp as it is used: its best time and its bounds.
type point struct {
	rev    int64
	kind   Kind
	t      int64 // the fine time, corrected; never where there is none
	lo, hi int64
	kept   bool
	wrong
}

// wrong is what was taken off a stamp: how far the clock of a source is ahead, or that of its API server.
type wrong struct {
	off    int64
	source string
	server bool
}

// Clock dates revisions by the stamps that were added. It is not safe for concurrent use.
type Clock struct {
	stamps []Stamp
	sorted bool
	floor  point // what was dropped: its newest revision, time and lower bound

	built   bool
	offsets map[string]Offset // of fine stamps, by source
	servers map[string]Offset // of seconds, by writer
	elected string            // whose seconds count
	leases  map[string]bool   // sources that renew leases
	// What the stamps said that were dropped, and with those that are there: of seconds, of fine stamps against seconds,
	// and of fine stamps against each other.
	oldSeconds, oldFine, oldClose samples
	newSeconds, newFine, newClose samples

	points []point
	frame  []point // the longest run of leases that goes forward
	exact  []point
	low    []int64 // largest lower bound up to each point
	high   []int64 // smallest upper bound from each point on
}

// New returns a clock that knows nothing.
func New() *Clock {
	return &Clock{floor: point{t: never, lo: never, hi: always}, leases: map[string]bool{}}
}

// Add adds a stamp. A time that lies beyond all that a cluster's clock can say is none.
func (c *Clock) Add(s Stamp) {
	if !plausible(s.Fine) {
		s.Fine = time.Time{}
	}
	if !plausible(s.Second) {
		s.Second = time.Time{}
	}
	if s.Kind == Request && (!plausible(s.From) || !plausible(s.To) || s.To.Before(s.From)) {
		return
	}
	if s.Kind != Request && s.Fine.IsZero() && s.Second.IsZero() || s.Revision < c.floor.rev {
		return
	}
	if n := len(c.stamps); n > 0 && c.stamps[n-1].Revision > s.Revision {
		c.sorted = false
	}
	c.stamps = append(c.stamps, s)
	c.built = false
}

// Drop forgets the stamps of the revisions before rev; the times of later ones still do not fall behind them.
func (c *Clock) Drop(rev int64) {
	c.build()
	d := c.at(rev)
	c.remember()
	i := 0
	keep := c.stamps[:0]
	for ; i < len(c.stamps); i++ {
		if c.stamps[i].Revision >= rev {
			keep = append(keep, c.stamps[i])
		}
	}
	c.stamps = keep
	if d.t != never {
		c.floor = point{rev: rev, t: d.t, lo: max(d.lo, c.floor.lo), hi: always}
	}
	c.built = false
}

// Known reports whether any revision can be dated.
func (c *Clock) Known() bool { return len(c.stamps) > 0 || c.floor.t != never }

// At dates a revision.
func (c *Clock) At(rev int64) Date {
	c.build()
	p := c.at(rev)
	if p.t == never {
		return Date{}
	}
	d := Date{Time: stamp(p.t), From: p.kind, Lo: stamp(p.lo)}
	if p.kind != None {
		d.Off, d.Source, d.Server = time.Duration(p.off), p.source, p.server
	}
	if p.hi != always {
		d.Hi = stamp(p.hi)
	}
	if p.lo == never {
		d.Lo = time.Time{}
	}
	return d
}

// Before returns the newest revision in [from, to] that was made at a time or before it, from-1 where none was.
func (c *Clock) Before(t time.Time, from, to int64) int64 {
	c.build()
	switch {
	case t.Before(oldest):
		t = oldest
	case t.After(newest):
		t = newest
	}
	want := t.UnixNano()
	for from <= to {
		mid := from + (to-from)/2
		if p := c.at(mid); p.t == never || p.t <= want {
			from = mid + 1
		} else {
			to = mid - 1
		}
	}
	return from - 1
}

// The times that a stamp can say: those between them fit into nanoseconds, with room for what is added to them. A
// machine without a battery begins at the oldest.
var oldest, newest = time.Unix(0, 0), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

func plausible(t time.Time) bool { return !t.Before(oldest) && !t.After(newest) }

func stamp(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// at finds a revision between the points around it.
func (c *Clock) at(rev int64) point {
	out := point{rev: rev, t: never, lo: c.floor.lo, hi: always}
	i, own := slices.BinarySearchFunc(c.points, rev, func(p point, r int64) int { return cmp.Compare(p.rev, r) })
	last := i - 1 // the newest point at or before rev
	if own {
		last = i
		out.kind, out.wrong = c.points[i].kind, c.points[i].wrong
	}
	if last >= 0 {
		out.lo = max(out.lo, c.low[last])
	}
	if i < len(c.points) {
		out.hi = c.high[i]
	}
	c.estimate(&out, i)
	if out.t == never {
		return out
	}
	if out.lo > out.hi {
		out.hi = out.lo
	}
	if out.t = min(max(out.t, out.lo), out.hi); out.t == out.hi && out.hi > out.lo {
		out.t-- // a second ends before the next one begins
	}
	if c.floor.t != never && rev >= c.floor.rev && out.t < c.floor.t { // what was returned before does not change
		out.t, out.hi = c.floor.t, max(out.hi, c.floor.t)
	}
	if out.kind != None && own && c.points[i].lo != never && out.t < c.points[i].lo {
		out.kind = None // something later said that it was earlier
	}
	return out
}

// estimate sets the time of a revision from the exact points around it, else from its bounds. i is the first point at or
// after it.
func (c *Clock) estimate(out *point, i int) {
	before, after := c.around(out.rev)
	switch {
	case c.heldOnly(i, out.rev) && out.lo != never && before.t == never:
		out.t = out.lo
	case out.lo != never && before.t != never && after.t != never && after.rev > before.rev && after.t-before.t > apart:
		out.t = out.lo // nothing says when in all that time: not before
		out.hi = min(out.hi, max(after.t, out.lo))
	case before.t != never && after.t != never && after.rev > before.rev:
		out.t = before.t + int64(float64(after.t-before.t)*float64(out.rev-before.rev)/float64(after.rev-before.rev))
		out.hi = min(out.hi, max(after.t, out.lo))
	case before.t != never:
		out.t = before.t
	case after.t != never:
		out.t = after.t
		out.hi = min(out.hi, max(after.t, out.lo))
	case out.lo != never:
		out.t = out.lo
	case out.hi != always:
		out.t = out.hi - second // the second that follows
		if i < len(c.points) && c.low[i] != never {
			out.t = min(out.t, c.low[i])
		}
	}
}

// heldOnly reports whether point i is that of the revision, and nothing but a held version's bounds.
func (c *Clock) heldOnly(i int, rev int64) bool {
	return i < len(c.points) && c.points[i].rev == rev && c.points[i].kept && c.points[i].t == never
}

// around returns the exact points on both sides of a revision, the point itself as both where it is one.
func (c *Clock) around(rev int64) (before, after point) {
	before, after = c.floor, point{t: never}
	i, own := slices.BinarySearchFunc(c.exact, rev, func(p point, r int64) int { return cmp.Compare(p.rev, r) })
	if own {
		return c.exact[i], point{t: never}
	}
	if i > 0 {
		before = c.exact[i-1]
	}
	if i < len(c.exact) {
		after = c.exact[i]
	}
	return before, after
}
