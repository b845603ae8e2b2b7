package attribution

import (
	"strings"
	"time"
)

// deletedByKubelet is for the tombstone of a pod whose grace period ended before: it is the same request of the kubelet.
func deletedByKubelet(c *ctx) (finding, bool) {
	if c.prev == nil || c.prev.Kind != "Pod" || c.prev.grace != 0 || c.prev.deletion.IsZero() {
		return finding{}, false
	}
	t := c.e.world.things[c.prev.UID]
	if t == nil || t.marked == 0 || t.marked == c.prev.Mod { // marked with a grace of 0 at once: forced, or on no node
		return finding{}, false
	}
	return c.finished(c.prev, "the pod's grace period had become 0")
}

// lastFinalizer is for objects that wait for one finalizer: who takes it off deletes, in one write.
func lastFinalizer(c *ctx) (finding, bool) {
	if c.prev == nil || c.prev.deletion.IsZero() || len(c.prev.finalizers) != 1 {
		return finding{}, false
	}
	name := c.prev.finalizers[0]
	who, known := finalizerOwners[name]
	early := c.tooEarly(c.prev, name)
	switch {
	case who != "" && early != "":
		return unknown("the last finalizer was %s, which the %s does not take off while %s: %s", name, who, early, nameless)
	case who != "" && !c.e.world.whole:
		return by(Likely, controlMgr, who, "the last finalizer was %s; the %s takes it off, and that deletes", name, who)
	case who != "":
		return by(Certain, controlMgr, who, "the last finalizer was %s; the %s takes it off, and that deletes", name, who)
	case known:
		return unknown("the last finalizer was %s, which a cloud or storage controller takes off", name)
	}
	return unknown("the last finalizer was %s; who takes it off is a client of its owner", name)
}

// deletedFor asks why the object had to go.
func deletedFor(c *ctx) (finding, bool) {
	if c.prev == nil {
		return unknown("deleted; the version before is not known")
	}
	return c.deleter(c.prev)
}

// deleter looks for who deletes an object: in Events, conditions, owners and the namespace.
func (c *ctx) deleter(v *version) (finding, bool) {
	for _, r := range []func(*version) (finding, bool){c.toldByEvent, c.toldByCondition, c.ownersGone, c.namespaceGoes, c.tooMany, c.outlived} {
		if f, ok := r(v); ok {
			return f, true
		}
	}
	return finding{}, false
}

// soon is how far an Event may lie from what it tells of.
const soon = 5 * time.Second

// toldByEvent is for deletions that a controller reports.
func (c *ctx) toldByEvent(v *version) (finding, bool) {
	n, ok := c.e.notes.by["deleted "+strings.ToLower(v.Kind)+" "+v.Namespace+"/"+v.Name]
	if !ok || !c.near(&n) || !controllers[n.component] || n.manager != "" && !c.e.names.is(n.manager, controlMgr) || n.rev < c.Mod {
		return finding{}, false // it is told after it was done, by who did it
	}
	return by(Certain, controlMgr, n.component, "Event %s by %s: %s %s", n.reason, n.component, strings.ToLower(v.Kind), v.Name)
}

// near reports whether an Event was made about when the change was.
func (c *ctx) near(n *note) bool {
	if n.at.IsZero() || c.date.Time.IsZero() {
		return n.rev > c.Mod-200 && n.rev < c.Mod+200
	}
	at := n.at.Add(-c.e.clock.Fine(n.clock))
	return at.Add(soon).After(c.date.Lo) && at.Before(c.date.Time.Add(soon))
}

// toldByCondition is for pods whose status says who disrupts them.
func (c *ctx) toldByCondition(v *version) (finding, bool) {
	if v.Kind != "Pod" {
		return finding{}, false
	}
	reason, ok := v.condition("DisruptionTarget")
	if !ok || reason == "TerminationByKubelet" { // it ends pods, and leaves them
		return finding{}, false
	}
	if t := c.e.world.things[v.UID]; t != nil && !t.disrupted.IsZero() && c.date.Lo.Sub(t.disrupted) > disruptedFor {
		return finding{}, false
	}
	return byReason(reason)
}

// disruptedFor is how long after the condition that says why the deletion follows, at most.
const disruptedFor = 30 * time.Second

// ownersGone is for garbage collection: all owners are gone, or one waits for its dependents and the rest are gone.
func (c *ctx) ownersGone(v *version) (finding, bool) {
	if len(v.owners) == 0 {
		return finding{}, false
	}
	var dying *owner
	gone := owner{}
	for i := range v.owners {
		o := &v.owners[i]
		t, living, found := c.e.world.alive(o.uid)
		switch {
		case !found:
			return finding{}, false
		case !living:
			gone = *o
		case t.foreground && t.marked != 0:
			dying = o
		default:
			return finding{}, false
		}
	}
	if dying != nil {
		return by(Certain, controlMgr, garbageCollector, "its owner %s %s is being deleted and waits for its dependents (foregroundDeletion)", dying.kind, dying.name)
	}
	if c.e.world.things[gone.uid] == nil { // restored with its owner's name: it may have waited for long
		return by(Likely, controlMgr, garbageCollector, "its owner %s %s (uid %s) does not exist: garbage collection", gone.kind, gone.name, short(gone.uid))
	}
	return by(Certain, controlMgr, garbageCollector, "its owner %s %s (uid %s) is gone: garbage collection", gone.kind, gone.name, short(gone.uid))
}

func short(uid string) string {
	if i := strings.IndexByte(uid, '-'); i > 0 {
		return uid[:i]
	}
	return uid
}

// namespaceGoes is for all that is in a namespace that is being deleted.
func (c *ctx) namespaceGoes(*version) (finding, bool) {
	t := c.terminating()
	if t == nil {
		return finding{}, false
	}
	return by(Likely, controlMgr, "namespace-controller", "its namespace %s is being deleted since revision %d", t.name, t.marked)
}

// tooMany is for pods whose owner wants fewer than there are.
func (c *ctx) tooMany(v *version) (finding, bool) {
	o := v.owner()
	t, living, found := c.e.world.alive(o.uid)
	if v.Kind != "Pod" || !found || !living || int64(c.e.world.pods[o.uid]) <= t.replicas || t.kind != "ReplicaSet" && t.kind != "ReplicationController" {
		return finding{}, false
	}
	return by(Likely, controlMgr, podOwners[t.kind], "%s %s wants %s and had %d", t.kind, t.name, many(int(t.replicas), "pod", "pods"), c.e.world.pods[o.uid])
}

// outlived is for finished Jobs that say how long they are kept.
func (c *ctx) outlived(v *version) (finding, bool) {
	if v.Kind != "Job" || v.Group != "batch" || c.date.Time.IsZero() {
		return finding{}, false
	}
	ttl := v.number(-1, "spec", "ttlSecondsAfterFinished")
	end := finishTime(v)
	if ttl < 0 || end.IsZero() {
		return finding{}, false
	}
	due := end.Add(time.Duration(ttl) * time.Second)
	if over := c.date.Time.Sub(due); over < -time.Second || over > 10*time.Second {
		return finding{}, false
	}
	return by(Likely, controlMgr, "ttl-after-finished-controller", "the Job finished at %s and is kept for %d s", end.UTC().Format(time.TimeOnly), ttl)
}

// finishTime is when a Job became complete or failed.
func finishTime(v *version) time.Time {
	list, _ := v.Field("status", "conditions").([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if (m["type"] == "Complete" || m["type"] == "Failed") && m["status"] == "True" {
			s, _ := m["lastTransitionTime"].(string)
			return parseTime(s)
		}
	}
	return time.Time{}
}

// deletedWithService is for what goes with a Service inside the same request.
func deletedWithService(c *ctx) (finding, bool) {
	v := c.prev
	switch {
	case v.Kind == "Endpoints" && v.Group == "":
		if rev := c.serviceGone(v.Namespace, v.Name); rev > 0 {
			f, ok := by(Certain, apiserver, "", "the API server deletes Endpoints with their Service, which went at revision %d", rev)
			f.part = apiserver
			return f, ok
		}
	case v.Kind == "IPAddress":
		return by(Certain, apiserver, "", "IPAddresses are made and deleted by the API server with their Services")
	}
	return finding{}, false
}

// serviceWithin is how many revisions may lie between a Service's tombstone and that of its Endpoints.
const serviceWithin = 50

// serviceGone returns the revision at which a Service went, not long ago; 0 where none did.
func (c *ctx) serviceGone(ns, name string) int64 {
	key := c.e.o.Root + "services/specs/" + ns + "/" + name
	for i := len(c.e.world.gone) - 1; i >= 0; i-- {
		t := c.e.world.things[c.e.world.gone[i]]
		if t == nil || t.gone == 0 {
			continue
		}
		if t.gone < c.Mod-serviceWithin {
			return 0
		}
		if t.key == key {
			return t.gone
		}
	}
	return 0
}

// deletedKeptByController is for kinds that only one controller makes and deletes.
func deletedKeptByController(c *ctx) (finding, bool) {
	if who := sliceController(c.prev); who != "" && c.prev.Kind == "EndpointSlice" {
		return by(Guess, controlMgr, who, "EndpointSlices with this label are kept by the %s", who)
	}
	return finding{}, false
}

// deletedBySomebody is the honest end of the list.
func deletedBySomebody(*ctx) (finding, bool) {
	return unknown("deleted by %s", nameless)
}
