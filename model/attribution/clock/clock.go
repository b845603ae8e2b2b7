package clock

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Kind says what a stamp was read from.
type Kind uint8

// The kinds of stamps, from the one that dates best.
const (
	None     Kind = iota
	Lease         // a lease's renewTime
	Event         // the nanoseconds at the end of an Event's name
	Second        // managedFields: when an entry moved
	Create        // metadata.creationTimestamp
	Delete        // metadata.deletionTimestamp less the grace period
	Request       // an audit log, or the source itself: when the request that wrote was served
	Bound         // nothing near: not before that
	Received      // the source itself: when what noted the change received it; it was made then, or before
)

// String is the word that the command line prints as timeFrom.
func (k Kind) String() string {
	return [...]string{"interpolated", "lease", "eventName", "managedFields", "creationTimestamp", "deletionTimestamp", "auditLog", "notBefore", "received"}[k]
}

// Stamp is a time that was read from one version of an object.
type Stamp struct {
	Revision int64
	Kind     Kind
	Fine     time.Time // by the writer's clock; zero where there is none
	Second   time.Time // by the API server's clock, cut to the second; zero where there is none
	From, To time.Time // of a Request: when it was received and answered; of Received: NotBefore and Time of the change
	Source   string    // whose clock Fine is: a node, a holder of a lease
	Writer   string    // for whom an API server wrote Second, "" for all but kubelets and leaders
	Kept     bool      // a version from before the compaction: the stamps around it are far away
	Open     bool      // Second is that of some write to the object, not always the last: the revision may be later
	Gone     bool      // read from a later version: that of the revision is gone
}

// Date is when a revision was made.
type Date struct {
	Time time.Time // zero where nothing is known
	// From is the Kind of the revision's own stamp, None where it was found between others', Bound where these only say
	// that it was not before Time.
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
	soft   int64 // the end of the second that is its own as a rule: hi, but for stamps that are open
	kept   bool
	weak   bool // of a stamp that is Open, or whose version is Gone: says less than others
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

	built                bool
	offsets              map[string]Offset // of fine stamps, by source
	servers              map[string]Offset // of seconds, by writer
	elected              string            // whose seconds count
	meter                meter
	leases               map[string]bool   // sources that renew leases
	texts                map[string]string // one copy of each source and writer
	seconds, fine, close track             // of seconds, of fine stamps against seconds, and of fine stamps against each other

	points []point
	some   []point // of points
	frame  []point // the longest run of leases that goes forward
	exact  []point
	low    []int64 // largest lower bound up to each point
	high   []int64 // smallest upper bound from each point on
	soft   []int64 // the same, of the seconds that are the points' own as a rule
}

// New returns a clock that knows nothing.
func New() *Clock {
	return &Clock{floor: point{t: never, lo: never, hi: always}, leases: map[string]bool{}, texts: map[string]string{}}
}

// Add adds a stamp. A time that lies beyond all that a cluster's clock can say is none.
func (c *Clock) Add(s Stamp) {
	if !plausible(s.Fine) {
		s.Fine = time.Time{}
	}
	if !plausible(s.Second) {
		s.Second = time.Time{}
	}
	bounds := s.Kind == Request || s.Kind == Received
	if bounds && (!plausible(s.From) && (s.Kind == Request || !s.From.IsZero()) || !plausible(s.To) || s.To.Before(s.From)) {
		return
	}
	if !bounds && s.Fine.IsZero() && s.Second.IsZero() || s.Revision < c.floor.rev {
		return
	}
	if n := len(c.stamps); n > 0 && c.stamps[n-1].Revision > s.Revision {
		c.sorted = false
	}
	s.Source, s.Writer = c.own(s.Source), c.own(s.Writer) // not parts of the versions that they are from
	c.stamps = append(c.stamps, s)
	c.built = false
}

// own returns the text as one copy for all stamps.
func (c *Clock) own(s string) string {
	kept, ok := c.texts[s]
	if !ok {
		kept = strings.Clone(s)
		c.texts[kept] = kept
	}
	return kept
}

// Drop forgets the stamps of the revisions before rev; the times of later ones still do not fall behind them.
func (c *Clock) Drop(rev int64) {
	c.build()
	d := c.at(rev)
	for _, t := range []*track{&c.seconds, &c.fine, &c.close} {
		t.remember()
	}
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
	} else if p.kind == None && p.t == p.lo && p.hi-p.t > apart {
		d.From = Bound
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
	out := point{rev: rev, t: never, lo: c.floor.lo, hi: always, soft: always}
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
		if out.hi, out.soft = c.high[i], c.soft[i]; out.soft <= out.lo {
			out.soft = out.hi
		}
	}
	c.estimate(&out, i)
	if out.t == never {
		return out
	}
	if out.lo > out.hi {
		out.hi = out.lo
	}
	out.t = min(max(out.t, out.lo), out.hi)
	if c.floor.t != never && rev >= c.floor.rev && out.t < c.floor.t { // what was returned before does not change
		out.t, out.hi = c.floor.t, max(out.hi, c.floor.t)
	}
	if own && !c.points[i].dates(&out) {
		out.kind = None
	}
	return out
}

// dates reports whether a revision was made when its own stamp says: nothing later says that it was earlier, and where there
// may have been other writes since, nothing earlier that it was later.
func (p *point) dates(r *point) bool {
	return (p.lo == never || r.t >= p.lo) && (!p.weak || p.soft > r.lo)
}

// estimate sets the time of a revision from the exact points around it, else from its bounds: where nothing near says when it
// was made, from the lower one. i is the first point at or after it.
func (c *Clock) estimate(out *point, i int) {
	before, after := c.around(out.rev)
	switch {
	case before.t != never && after.t != never && after.rev > before.rev:
		out.hi = min(out.hi, max(after.t, out.lo))
		if out.t = before.t; after.t-before.t <= apart {
			out.spread(&before, &after)
		}
	case before.t != never:
		out.t = before.t
	case after.t != never:
		out.hi = min(out.hi, max(after.t, out.lo))
		switch {
		case out.lo == never && c.low[i] != never:
			out.t = min(after.t, c.low[i])
		case out.lo == never || after.t-out.lo <= apart:
			out.t = out.late(after.t, never)
		default:
			out.t = out.lo
		}
	case out.lo != never:
		out.t = out.lo
	case out.hi != always:
		out.t = out.hi - second // the second that follows
		if i < len(c.points) && c.low[i] != never {
			out.t = min(out.t, c.low[i])
		}
	}
}

// spread sets the time of a revision between two exact points, evenly by the number of revisions.
func (p *point) spread(before, after *point) {
	perRev := float64(after.t-before.t) / float64(after.rev-before.rev)
	at := func(rev int64) int64 { return before.t + int64(perRev*float64(rev-before.rev)) }
	if p.t = at(p.rev); p.t < p.soft {
		return
	}
	last := before.rev
	if p.soft > before.t {
		last += int64(float64(p.soft-before.t) / perRev)
	}
	for ; last > before.rev && at(last) >= p.soft; last-- {
	}
	p.t = p.late(p.t, at(last))
}

// late is t, a time of the revision by what is around it. Where that is after the second in which it was made, it was made
// late in that second: at three quarters of it, and not before the newest of the others in that second, as far as these are
// spread.
func (p *point) late(t, others int64) int64 {
	if from := max(p.lo, p.soft-second); t >= p.soft && from < p.soft {
		return max(p.soft-(p.soft-from)/4, others)
	}
	return t
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
