package evidence

import (
	"strings"
	"time"
)

// Report is what an Event says about another object.
type Report struct {
	Revision  int64
	Time      time.Time // the Event's own; zero where it has none
	Clock     string    // the clock that Time was taken from, as Clock.Fine knows it
	Component string    // the reporting controller or component
	Manager   string    // who stored the Event, by its managedFields; "" where none is stored
	Reason    string
}

// maxReports is how many reports are kept.
const maxReports = 1 << 15

// Reports are what Events say about other objects: the newest report of each kind about each object.
type Reports struct {
	by    map[string]Report
	order []string // keys of by, oldest first
}

// Scheduled returns the report that a pod was scheduled, by the pod's uid.
func (n *Reports) Scheduled(uid string) (Report, bool) {
	r, ok := n.by["Scheduled "+uid]
	return r, ok
}

// Deleted returns the report that an object was deleted by its controller.
func (n *Reports) Deleted(kind, namespace, name string) (Report, bool) {
	r, ok := n.by["deleted "+strings.ToLower(kind)+" "+namespace+"/"+name]
	return r, ok
}

// Note takes a version of an Event; other objects are left alone.
func (n *Reports) Note(clocks *WriterClocks, v *Version, rev int64) {
	if v == nil || v.Kind != "Event" || !v.IsKubernetes() {
		return
	}
	r := Report{Revision: rev, Clock: eventClock(clocks, v), Reason: v.Text("reason"), Component: v.Reporter()}
	for _, p := range []string{"lastTimestamp", "eventTime", "firstTimestamp"} {
		if r.Time = ParseTime(v.Text(p)); !r.Time.IsZero() {
			break
		}
	}
	if len(v.Entries) == 1 {
		r.Manager = v.Entries[0].Manager
	}
	uid := v.Text("involvedObject", "uid")
	switch r.Reason {
	case "Scheduled":
		if uid != "" {
			n.add(r.Reason+" "+uid, r)
		}
	case "SuccessfulDelete":
		if kind, name := deletedObject(v.Text("message")); name != "" {
			n.add("deleted "+kind+" "+v.Text("involvedObject", "namespace")+"/"+name, r)
		}
	}
}

func (n *Reports) add(about string, r Report) {
	if n.by == nil {
		n.by = map[string]Report{}
	}
	if _, ok := n.by[about]; !ok {
		if n.order = append(n.order, about); len(n.order) > maxReports {
			delete(n.by, n.order[0])
			n.order = n.order[1:]
		}
	}
	r.Clock, r.Component, r.Manager, r.Reason = own(r.Clock), own(r.Component), own(r.Manager), own(r.Reason)
	n.by[about] = r
}

// deletedObject parses which object a controller deleted: "Deleted pod: NAME", "Deleted job NAME", "delete Pod NAME in
// StatefulSet OWNER successful". The kind is in lower case; name is "" for other messages.
func deletedObject(message string) (kind, name string) {
	f := strings.Fields(message)
	if len(f) < 3 || !strings.EqualFold(f[0], "deleted") && !strings.EqualFold(f[0], "delete") {
		return "", ""
	}
	return strings.ToLower(strings.TrimSuffix(f[1], ":")), f[2]
}
