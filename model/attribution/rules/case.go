package rules

import (
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// Case is one change with all that rules may ask about it.
type Case struct {
	*evidence.Change
	Memory *evidence.Memory // the state that the change met
	Date   clock.Date       // when the change was made
	// Added are the changed fields that have a value now, Removed those that are gone.
	Added, Removed []evidence.Path
}

// NewCase returns the case of a change.
func NewCase(c *evidence.Change, m *evidence.Memory, date clock.Date) *Case {
	k := &Case{Change: c, Memory: m, Date: date}
	k.Added, k.Removed = c.Paths()
	return k
}

const (
	// recent is how long an entry counts as one that could have been written just now.
	recent = 10 * time.Second
	// astray is how far an object's creation, or the time of an entry, may lie from when the revision was made.
	astray = time.Minute
	// reportedWithin is how far an Event may lie from what it reports.
	reportedWithin = 5 * time.Second
)

// is reports whether a manager is a component of Kubernetes, under its own name or the one that it has in this cluster.
func (c *Case) is(manager, component string) bool { return c.Memory.Names.Is(manager, component) }

// timeOf is the time of an entry by the clock that dates revisions: that of the API server which wrote it may differ.
func (c *Case) timeOf(e *evidence.Entry) time.Time {
	ahead, _ := c.Memory.Clock.Server(c.Memory.Clocks.Of(c.Cur, e.Manager))
	return e.Time.Add(-ahead)
}

// off is how far the time of an entry lies from when the revision was made, 0 where that is less than clocks differ.
func (c *Case) off(e *evidence.Entry) time.Duration {
	if e.Time.IsZero() || c.Date.Lo.IsZero() || c.Date.Hi.IsZero() {
		return 0
	}
	t := c.timeOf(e)
	switch {
	case t.Before(c.Date.Lo.Add(-astray)):
		return t.Sub(c.Date.Lo)
	case t.After(c.Date.Hi.Add(astray)):
		return t.Sub(c.Date.Hi)
	}
	return 0
}

// order says whether an entry is of a second before that in which the revision can have been made, or after it: -1 or 1; 0
// where it lies within the revision's bounds.
func (c *Case) order(e *evidence.Entry) int {
	_, width := c.Memory.Clock.Server(c.Memory.Clocks.Of(c.Cur, e.Manager))
	t := c.timeOf(e)
	switch {
	case e.Time.IsZero():
	case !c.Date.Lo.IsZero() && !t.Add(time.Second+width/2).After(c.Date.Lo):
		return -1
	case !c.Date.Hi.IsZero() && t.Add(-width/2).After(c.Date.Hi.Add(time.Second)):
		return 1
	}
	return 0
}

// displaced reports whether the clock does not date the object, since its entries had another time already when they were
// new.
func (c *Case) displaced() bool {
	o := c.Memory.Objects.ByUID(c.Cur.UID)
	return o != nil && o.Displaced
}

// inSecond reports whether the revision may have been made in the second of an entry.
func (c *Case) inSecond(e *evidence.Entry) bool {
	if e.Time.IsZero() || c.Date.Time.IsZero() {
		return false
	}
	ahead, width := c.Memory.Clock.Server(c.Memory.Clocks.Of(c.Cur, e.Manager))
	t := e.Time.Add(-ahead)
	return !t.Add(-width/2).After(c.latest()) && t.Add(time.Second+width/2).After(c.Date.Lo)
}

// latest is the end of the revision's bounds, a second after its time where that is not known.
func (c *Case) latest() time.Time {
	if c.Date.Hi.IsZero() {
		return c.Date.Time.Add(time.Second)
	}
	return c.Date.Hi
}

// close reports whether an Event was made about when the change was.
func (c *Case) close(r *evidence.Report) bool {
	if r.Time.IsZero() || c.Date.Time.IsZero() {
		return r.Revision > c.Mod-200 && r.Revision < c.Mod+200
	}
	at := r.Time.Add(-c.Memory.Clock.Fine(r.Clock))
	return at.Add(reportedWithin).After(c.Date.Lo) && at.Before(c.Date.Time.Add(reportedWithin))
}

// terminating returns the namespace of the object if it is being deleted, else nil.
func (c *Case) terminating() *evidence.Object {
	ns := c.Ref.Namespace
	if ns == "" {
		return nil
	}
	if o := c.Memory.Objects.At(c.Memory.Root + "namespaces/" + ns); o != nil && o.Marked != 0 {
		return o
	}
	return nil
}

// consecutive reports whether no version was missed before this one.
func (c *Case) consecutive() bool {
	o := c.Memory.Objects.ByUID(c.Cur.UID)
	return o != nil && o.Version+1 == c.Version
}

// ifComplete is a grade for a conclusion from what does not exist any more: at most likely where not every object is known.
func (c *Case) ifComplete(g Confidence) Confidence {
	if !c.Memory.Objects.Complete {
		return min(g, Likely)
	}
	return g
}
