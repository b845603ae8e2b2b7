package rules

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The reasons for a deletion, asked when deletionTimestamp is set and when an object is gone: an Event that reports it, a
// disruption, owners, the namespace, the number of replicas, a TTL. They look at the latest version.

// deletionReported is for deletions that a controller reports by an Event.
var deletionReported = Rule{
	Name: "deletionReported",
	Before: []Before{
		{"podDisruptedBefore", "the condition only says who disrupted the pod; an Event that names the pod says who deleted it"},
		{"ownersGone", "who reports a deletion made it, also where the garbage collector would have"},
		{"namespaceTerminating", "who reports a deletion made it, also where the namespace-controller would have"},
		{"moreThanWanted", "the Event makes certain what the number of pods makes likely"},
	},
	Judge: func(c *Case) (Finding, bool) {
		v := c.Latest()
		r, ok := c.Memory.Reports.Deleted(v.Kind, v.Namespace, v.Name)
		if !ok || !c.close(&r) || !controllers[r.Component] || r.Manager != "" && !c.is(r.Manager, evidence.ControllerManager) || r.Revision < c.Mod {
			return Finding{}, false // who deleted an object reports it afterwards
		}
		return by(Certain, evidence.ControllerManager, r.Component, "Event %s by %s: %s %s", r.Reason, r.Component, strings.ToLower(v.Kind), v.Name)
	},
}

// disruptedFor is how long after the condition DisruptionTarget the deletion follows, at most.
const disruptedFor = 30 * time.Second

// podDisruptedBefore is for pods whose status says who disrupts them.
var podDisruptedBefore = Rule{
	Name: "podDisruptedBefore",
	Before: []Before{
		{"ownersGone", "who disrupts a pod marks it at once; the garbage collector may come later"},
		{"namespaceTerminating", "who disrupts a pod marks it at once; the namespace-controller may come later"},
		{"moreThanWanted", "a disrupted pod still counts for its owner until it is marked"},
	},
	Judge: func(c *Case) (Finding, bool) {
		v := c.Latest()
		if v.Kind != "Pod" {
			return Finding{}, false
		}
		reason, ok := v.Condition("DisruptionTarget")
		if !ok || reason == "TerminationByKubelet" { // the kubelet ends such pods, and does not delete them
			return Finding{}, false
		}
		if o := c.Memory.Objects.ByUID(v.UID); o != nil && !o.Disrupted().IsZero() && c.Date.Lo.Sub(o.Disrupted()) > disruptedFor {
			return Finding{}, false
		}
		return byDisruption(reason)
	},
}

// ownersGone is for garbage collection: all owners are gone, or one waits for its dependents and the rest are gone.
var ownersGone = Rule{
	Name: "ownersGone",
	Before: []Before{
		{"namespaceTerminating", "in a namespace that is deleted, the garbage collector deletes what has lost its owner"},
		{"moreThanWanted", "an owner that waits for its dependents scales nothing any more"},
	},
	Judge: func(c *Case) (Finding, bool) {
		v := c.Latest()
		if len(v.Owners) == 0 {
			return Finding{}, false
		}
		var dying *evidence.Owner
		gone := evidence.Owner{}
		for i := range v.Owners {
			o := &v.Owners[i]
			t, alive, found := c.Memory.Objects.Alive(o.UID)
			switch {
			case !found:
				return Finding{}, false
			case !alive:
				gone = *o
			case t.Foreground && t.Marked != 0:
				dying = o
			default:
				return Finding{}, false
			}
		}
		if dying != nil {
			return by(Certain, evidence.ControllerManager, garbageCollector, "its owner %s %s is being deleted and waits for its dependents (foregroundDeletion)", dying.Kind, dying.Name)
		}
		if c.Memory.Objects.ByUID(gone.UID) == nil { // restored with its owner's name: it may have waited for long
			return by(Likely, evidence.ControllerManager, garbageCollector, "its owner %s %s (uid %s) does not exist: garbage collection", gone.Kind, gone.Name, shortUID(gone.UID))
		}
		return by(Certain, evidence.ControllerManager, garbageCollector, "its owner %s %s (uid %s) is gone: garbage collection", gone.Kind, gone.Name, shortUID(gone.UID))
	},
}

func shortUID(uid string) string {
	if i := strings.IndexByte(uid, '-'); i > 0 {
		return uid[:i]
	}
	return uid
}

// namespaceTerminating is for all that is in a namespace that is being deleted.
var namespaceTerminating = Rule{
	Name: "namespaceTerminating",
	Before: []Before{
		{"moreThanWanted", "in a namespace that is deleted, everything goes, however many pods are wanted"},
		{"jobOutlivedTTL", "in a namespace that is deleted, everything goes, whatever its TTL"},
	},
	Judge: func(c *Case) (Finding, bool) {
		ns := c.terminating()
		if ns == nil {
			return Finding{}, false
		}
		return by(Likely, evidence.ControllerManager, "namespace-controller", "its namespace %s is being deleted since revision %d", ns.Name(), ns.Marked)
	},
}

// moreThanWanted is for pods whose owner wants fewer than there are.
var moreThanWanted = Rule{
	Name: "moreThanWanted",
	Judge: func(c *Case) (Finding, bool) {
		v := c.Latest()
		o, alive, found := c.Memory.Objects.Alive(v.Owner().UID)
		if v.Kind != "Pod" || !found || !alive || o.Kind() != "ReplicaSet" && o.Kind() != "ReplicationController" {
			return Finding{}, false
		}
		had := c.Memory.Objects.PodsOf(v.Owner().UID)
		if int64(had) <= o.Replicas {
			return Finding{}, false
		}
		return by(Likely, evidence.ControllerManager, podOwners[o.Kind()], "%s %s wants %s and had %d", o.Kind(), o.Name(), count(int(o.Replicas), "pod", "pods"), had)
	},
}

// jobOutlivedTTL is for finished Jobs that say how long they are kept.
var jobOutlivedTTL = Rule{
	Name: "jobOutlivedTTL",
	Judge: func(c *Case) (Finding, bool) {
		v := c.Latest()
		if v.Kind != "Job" || v.Group != "batch" || c.Date.Time.IsZero() {
			return Finding{}, false
		}
		ttl, end := v.Number(-1, "spec", "ttlSecondsAfterFinished"), v.FinishTime()
		if ttl < 0 || end.IsZero() {
			return Finding{}, false
		}
		due := end.Add(time.Duration(ttl) * time.Second)
		if over := c.Date.Time.Sub(due); over < -time.Second || over > 10*time.Second {
			return Finding{}, false
		}
		return by(Likely, evidence.ControllerManager, "ttl-after-finished-controller", "the Job finished at %s and is kept for %d s", end.UTC().Format(time.TimeOnly), ttl)
	},
}
