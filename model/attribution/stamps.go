package attribution

import (
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/change"
)

// addStamps gives the clock what a change says about the time. A version whose predecessor is not known says little:
// its own newest second, and that only as a bound.
func addStamps(c *clock.Clock, clocks *hands, ch *change.Change, prev, cur *version) {
	if cur == nil || !cur.IsKubernetes() {
		return
	}
	s := clock.Stamp{Revision: ch.Mod, Kept: ch.Kept}
	created := ch.Type == etcdsource.Created
	if created {
		s.Kind, s.Second = clock.Create, cur.Created
	}
	if prev != nil || created || ch.Kept {
		for _, e := range moved(before(prev), cur.entries) {
			if e.Time.After(s.Second) || e.Time.Before(s.Second) && len(cur.entries) == 1 {
				s.Kind, s.Second, s.Writer = clock.Second, e.Time, clocks.of(cur, e.Manager)
			}
		}
	}
	if prev != nil && prev.deletion.IsZero() && !cur.deletion.IsZero() && s.Second.IsZero() {
		s.Kind, s.Second = clock.Delete, cur.deletion.Add(-time.Duration(max(cur.grace, 0))*time.Second)
	}
	clocks.note(cur)
	fine(&s, clocks, ch, prev, cur)
	c.Add(s)
}

func before(prev *version) []entry {
	if prev == nil {
		return nil
	}
	return prev.entries
}

// fine adds the nanoseconds that leases and the names of Events hold.
func fine(s *clock.Stamp, clocks *hands, ch *change.Change, prev, cur *version) {
	switch cur.Kind {
	case "Lease":
		at := cur.Text("spec", "renewTime")
		if at == "" || prev != nil && prev.Text("spec", "renewTime") == at || prev == nil && !ch.Kept && ch.Type != etcdsource.Created {
			return
		}
		if t := parseTime(at); !t.IsZero() {
			s.Kind, s.Fine, s.Source = clock.Lease, t, leaseSource(cur)
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
		s.Kind, s.Fine, s.Source = clock.Event, time.Unix(0, ns), eventSource(clocks, cur)
	}
}

// minNano is the first second that the end of an Event's name is taken for: names may end in other numbers.
const minNano = int64(1e18)

// hands tells whose clock a component's is: leaders run on the node whose name is in their lease.
type hands struct{ leader map[string]string }

// note takes who leads.
func (c *hands) note(v *version) {
	if leads(v) {
		if c.leader == nil {
			c.leader = map[string]string{}
		}
		c.leader[v.Name] = leaseSource(v)
	}
}

// of names the clock that counts for what a manager writes to an object: of the kubelet of its node, of a leader; "" for
// all others, whose clocks nobody knows.
func (c *hands) of(v *version, manager string) string {
	switch who := component(manager); who {
	case controlMgr, scheduler:
		if l := c.leader[who]; l != "" {
			return l
		}
		return who
	case kubelet:
		return v.node()
	}
	return ""
}

// leaseSource is whose clock a lease is renewed by.
func leaseSource(v *version) string {
	if v.Namespace == "kube-node-lease" {
		return v.Name
	}
	h := v.Text("spec", "holderIdentity")
	if host, _, ok := strings.Cut(h, "_"); ok {
		return host + " (" + v.Name + ")"
	}
	return h
}

// eventSource is whose clock an Event is named by.
func eventSource(clocks *hands, v *version) string {
	if len(v.entries) == 1 {
		if s := clocks.of(v, v.entries[0].Manager); s != "" {
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

// addNotes takes what an Event says about other objects.
func (n *notes) addEvent(clocks *hands, v *version, rev int64) {
	if v == nil || v.Kind != "Event" || !v.IsKubernetes() {
		return
	}
	x := note{rev: rev, clock: eventSource(clocks, v), reason: v.Text("reason"), component: eventComponent(v)}
	for _, p := range []string{"lastTimestamp", "eventTime", "firstTimestamp"} {
		if x.at = parseTime(v.Text(p)); !x.at.IsZero() {
			break
		}
	}
	if len(v.entries) == 1 {
		x.manager = v.entries[0].Manager
	}
	about := v.Text("involvedObject", "uid")
	switch x.reason {
	case "Scheduled", "Preempted", "TaintManagerEviction":
		if about != "" {
			n.add(x.reason+" "+about, x)
		}
	case "SuccessfulDelete":
		if kind, name := deletedName(v.Text("message")); name != "" {
			n.add("deleted "+kind+" "+v.Text("involvedObject", "namespace")+"/"+name, x)
		}
	}
}

func eventComponent(v *version) string {
	if s := v.Text("source", "component"); s != "" {
		return s
	}
	return v.Text("reportingComponent")
}

// deletedName reads whom a controller deleted: "Deleted pod: NAME", "Deleted job NAME", "delete Pod NAME in StatefulSet
// OWNER successful".
func deletedName(message string) (kind, name string) {
	f := strings.Fields(message)
	if len(f) < 3 || !strings.EqualFold(f[0], "deleted") && !strings.EqualFold(f[0], "delete") {
		return "", ""
	}
	return strings.ToLower(strings.TrimSuffix(f[1], ":")), f[2]
}
