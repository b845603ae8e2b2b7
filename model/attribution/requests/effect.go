package requests

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/change"
)

// effect is what a change did, as far as that separates the requests that can do it.
type effect uint16

const (
	created         effect = 1 << iota // the object was created
	deleted                            // the key was deleted
	updated                            // neither
	marked                             // deletionTimestamp was set
	graceShortened                     // deletionGracePeriodSeconds changed
	bound                              // a pod was assigned to a node
	disrupted                          // a pod got the condition DisruptionTarget
	evicted                            // and its reason is the eviction API
	condChanged                        // status.conditions changed
	statusChanged                      // fields of the status changed
	specChanged                        // fields outside of status and metadata changed
	replicasChanged                    // spec.replicas changed
	metaChanged                        // fields of the metadata changed
	wasMarked                          // deletionTimestamp had been set before
	wasHeld                            // the object had a finalizer before
	unseen                             // the version before is not known: whatever an update does may have been done
)

// effectOf returns what a change did.
func effectOf(c *evidence.Change) (d effect) {
	prev, cur := c.Prev, c.Cur
	if prev != nil && !prev.Deletion.IsZero() {
		d |= wasMarked
	}
	if prev != nil && len(prev.Finalizers) > 0 {
		d |= wasHeld
	}
	switch {
	case c.Type == etcdsource.Deleted:
		return d | deleted
	case c.Type == etcdsource.Created, prev == nil && c.Version == 1:
		return d | created
	case prev == nil || cur == nil:
		return d | updated | unseen
	}
	d |= updated
	if prev.Deletion.IsZero() && !cur.Deletion.IsZero() {
		d |= marked
	}
	if d&wasMarked != 0 && prev.Grace != cur.Grace {
		d |= graceShortened
	}
	if cur.Kind == "Pod" {
		d |= effectOnPod(prev, cur)
	}
	return d | fieldsChanged(&c.Change)
}

func effectOnPod(prev, cur *evidence.Version) (d effect) {
	if prev.Text("spec", "nodeName") == "" && cur.Text("spec", "nodeName") != "" {
		d |= bound
	}
	_, had := prev.Condition("DisruptionTarget")
	if reason, has := cur.Condition("DisruptionTarget"); has && !had {
		d |= disrupted
		if reason == "EvictionByEvictionAPI" {
			d |= evicted
		}
	}
	return d
}

// fieldsChanged returns in which parts of the object fields changed.
func fieldsChanged(ch *change.Change) (d effect) {
	for i := range ch.Changes {
		switch p := ch.Changes[i].Path; {
		case strings.HasPrefix(p, ".status.conditions"):
			d |= statusChanged | condChanged
		case strings.HasPrefix(p, ".status"):
			d |= statusChanged
		case strings.HasPrefix(p, ".metadata"):
			d |= metaChanged
		case p == ".spec.replicas":
			d |= specChanged | replicasChanged
		default:
			d |= specChanged
		}
	}
	return d
}

// withStatus are the resources whose status only the status subresource writes. Of custom resources it is not known.
var withStatus = evidence.SetOf(`pods nodes namespaces services persistentvolumes persistentvolumeclaims resourcequotas replicationcontrollers
	deployments replicasets statefulsets daemonsets jobs cronjobs poddisruptionbudgets horizontalpodautoscalers ingresses certificatesigningrequests`)

// fits reports whether a request can have had an effect on an object of a resource.
func fits(q *audit.Request, d effect, resource string) bool {
	switch {
	case d&unseen != 0:
		return !q.Made || q.Subresource != ""
	case q.Verb == audit.Delete, q.Verb == audit.DeleteCollection:
		return deleteFits(d)
	case q.Verb == audit.Create:
		return createFits(q, d)
	}
	return updateFits(q, d, resource)
}

func deleteFits(d effect) bool {
	switch {
	case d&deleted != 0:
		return d&wasHeld == 0
	case d&wasMarked != 0:
		return d&graceShortened != 0 || d&(statusChanged|specChanged) == 0
	}
	return d&marked != 0
}

func createFits(q *audit.Request, d effect) bool {
	switch q.Subresource {
	case "":
		return d&created != 0
	case "binding":
		return d&bound != 0
	case "eviction":
		return d&(evicted|marked|graceShortened) != 0 || d&deleted != 0 && d&wasHeld == 0
	}
	return d&updated != 0
}

func updateFits(q *audit.Request, d effect, resource string) bool {
	switch {
	case q.Made || d&created != 0:
		return q.Made && d&created != 0
	case d&deleted != 0: // who removes the last finalizer deletes
		return d&wasMarked != 0 && d&wasHeld != 0 && q.Subresource != "status" && q.Subresource != "scale"
	case d&(marked|graceShortened|bound|evicted) != 0:
		return false
	case resource == "certificatesigningrequests" && d&statusChanged != 0: // only an approval sets conditions
		return (q.Subresource == "approval") == (d&condChanged != 0)
	}
	switch q.Subresource {
	case "status":
		return d&specChanged == 0
	case "scale":
		return d&replicasChanged != 0 && d&statusChanged == 0
	case "":
		return !withStatus[resource] || d&statusChanged == 0 || d&specChanged != 0
	}
	return true
}

// stamped reports whether a request can have made a change by the times that the API server which logged it set: an object is
// created in the second of its creationTimestamp, any other request is answered later, and none before an entry that it moved.
func stamped(q *audit.Request, d effect, c *evidence.Change) bool {
	v := c.Cur
	if v == nil {
		v = c.Prev
	}
	if v == nil || v.Created.IsZero() {
		return true
	}
	if c.Prev != nil && c.Cur != nil {
		for _, e := range c.Moved() { // its time is of this request too
			if !e.Time.IsZero() && e.Time.UnixNano() > q.Answered+blur {
				return false
			}
		}
	}
	at := v.Created.UnixNano()
	return q.Answered >= at-blur && (d&created == 0 || q.Received < at+int64(time.Second)+blur)
}
