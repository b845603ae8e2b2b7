package evidence

import (
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// WriterClocks knows by which machine's clock a component writes: leaders run on the node whose name is in their lease.
type WriterClocks struct{ leader map[string]string }

// note takes who leads.
func (c *WriterClocks) note(v *Version) {
	if v.IsLeaderLease() {
		if c.leader == nil {
			c.leader = map[string]string{}
		}
		c.leader[v.Name] = LeaseClock(v)
	}
}

// Of names the clock of a manager that writes an object: that of the kubelet of its node, or of a leader; "" for all
// others, whose clocks nobody knows.
func (c *WriterClocks) Of(v *Version, manager string) string {
	switch comp := Component(manager); comp {
	case ControllerManager, Scheduler:
		if l := c.leader[comp]; l != "" {
			return l
		}
		return comp
	case Kubelet:
		return v.NodeName()
	}
	return ""
}

// LeaseClock names the clock by which a lease is renewed.
func LeaseClock(v *Version) string {
	if v.Namespace == "kube-node-lease" {
		return v.Name
	}
	h := v.Text("spec", "holderIdentity")
	if host, _, ok := strings.Cut(h, "_"); ok {
		return host + " (" + v.Name + ")"
	}
	return h
}

// eventClock names the clock in the name of an Event.
func eventClock(clocks *WriterClocks, v *Version) string {
	if len(v.Entries) == 1 {
		if s := clocks.Of(v, v.Entries[0].Manager); s != "" {
			return s
		}
	}
	for _, p := range [][]string{{"source", "host"}, {"reportingInstance"}, {"source", "component"}, {"reportingComponent"}} {
		if s := v.Text(p...); s != "" {
			return s
		}
	}
	return ""
}

// Stamp gives the clock what a change says about the time of its revision. A version whose predecessor is not known says
// little: its newest second, as a bound only.
func Stamp(c *clock.Clock, clocks *WriterClocks, ch *Change) {
	prev, cur := ch.Prev, ch.Cur
	if cur == nil || !cur.IsKubernetes() {
		return
	}
	s := clock.Stamp{Revision: ch.Mod, Kept: ch.Kept}
	switch created := ch.Type == etcdsource.Created; {
	case created || prev != nil:
		stampMoved(&s, clocks, ch, created)
	default:
		stampHeld(&s, clocks, ch)
	}
	if prev == nil && !cur.Created.IsZero() && ch.Create > 0 && ch.Create < ch.Mod { // its first version is gone, but not its time
		c.Add(clock.Stamp{Revision: ch.Create, Kind: clock.Create, Second: cur.Created, Kept: true, Gone: true})
	}
	clocks.note(cur)
	stampFine(&s, clocks, ch)
	c.Add(s)
}

// stampMoved takes the newest second that an API server gave an object with a change.
func stampMoved(s *clock.Stamp, clocks *WriterClocks, ch *Change, created bool) {
	prev, cur := ch.Prev, ch.Cur
	if created {
		s.Kind, s.Second = clock.Create, cur.Created
		if len(cur.Entries) == 1 { // of the same API server
			s.Writer = clocks.Of(cur, cur.Entries[0].Manager)
		}
	}
	var before []Entry
	if prev != nil {
		before = prev.Entries
	}
	for _, e := range Moved(before, cur.Entries) {
		if e.Time.After(s.Second) {
			s.Kind, s.Second, s.Writer = clock.Second, e.Time, clocks.Of(cur, e.Manager)
		}
	}
	if prev != nil && prev.Deletion.IsZero() && !cur.Deletion.IsZero() && s.Second.IsZero() {
		s.Kind, s.Second = clock.Delete, cur.marked()
	}
}

// stampHeld takes the newest second that an API server gave an object of which this version is left: not before that was
// it written, and later where the last write left no time.
func stampHeld(s *clock.Stamp, clocks *WriterClocks, ch *Change) {
	cur := ch.Cur
	s.Kind, s.Second, s.Open = clock.Create, cur.Created, ch.Version != 1
	for i := range cur.Entries {
		if e := &cur.Entries[i]; e.Time.After(s.Second) {
			s.Kind, s.Second, s.Writer = clock.Second, e.Time, clocks.Of(cur, e.Manager)
		}
	}
	if at := cur.marked(); at.After(s.Second) {
		s.Kind, s.Second, s.Writer = clock.Delete, at, ""
	}
}

// minNano is the oldest time, in nanoseconds since 1970, that the end of an Event's name is taken for: names may end in
// other numbers.
const minNano = int64(1e18)

// stampFine adds the nanoseconds that leases and the names of Events hold.
func stampFine(s *clock.Stamp, clocks *WriterClocks, ch *Change) {
	prev, cur := ch.Prev, ch.Cur
	switch cur.Kind {
	case "Lease":
		at := cur.Text("spec", "renewTime")
		if at == "" || prev != nil && prev.Text("spec", "renewTime") == at {
			return
		}
		if t := ParseTime(at); !t.IsZero() {
			s.Kind, s.Fine, s.Source = clock.Lease, t, LeaseClock(cur)
		}
	case "Event":
		if ch.Type != etcdsource.Created {
			return
		}
		dot := strings.LastIndexByte(cur.Name, '.')
		ns, err := strconv.ParseInt(cur.Name[dot+1:], 16, 64)
		if err != nil || ns < minNano {
			return
		}
		s.Kind, s.Fine, s.Source = clock.Event, time.Unix(0, ns), eventClock(clocks, cur)
	}
}
