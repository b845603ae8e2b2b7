package attribution

import (
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/change"
)

// did says what a change did, as far as requests can be told by it.
type did uint16

const (
	made         did = 1 << iota // the object was created
	gone                         // the key was deleted
	updated                      // neither
	markedNow                    // deletionTimestamp was set
	graceNow                     // its grace period was shortened
	boundNow                     // a pod was put on a node
	disruptNow                   // a pod's status says who disrupts it
	evictedNow                   // and that is the eviction API
	inConditions                 // status.conditions changed
	inStatus                     // fields of the status changed
	inSpec                       // fields outside of status and metadata changed
	inReplicas                   // spec.replicas changed
	inMeta                       // fields of the metadata changed
	wasMarked                    // the deletion had been asked for before
	wasHeld                      // a finalizer held the object before
	unseen                       // the version before is not known: whatever an update does may have been done
)

// didOf reads a change.
func didOf(ch *change.Change, prev, cur *version) (d did) {
	if prev != nil && !prev.deletion.IsZero() {
		d |= wasMarked
	}
	if prev != nil && len(prev.finalizers) > 0 {
		d |= wasHeld
	}
	switch {
	case ch.Type == etcdsource.Deleted:
		return d | gone
	case ch.Type == etcdsource.Created, prev == nil && ch.Version == 1:
		return d | made
	case prev == nil || cur == nil:
		return d | updated | unseen
	}
	d |= updated
	if prev.deletion.IsZero() && !cur.deletion.IsZero() {
		d |= markedNow
	}
	if d&wasMarked != 0 && prev.grace != cur.grace {
		d |= graceNow
	}
	if cur.Kind == "Pod" {
		if prev.Text("spec", "nodeName") == "" && cur.Text("spec", "nodeName") != "" {
			d |= boundNow
		}
		_, had := prev.condition("DisruptionTarget")
		if reason, has := cur.condition("DisruptionTarget"); has && !had {
			d |= disruptNow
			if reason == "EvictionByEvictionAPI" {
				d |= evictedNow
			}
		}
	}
	return d | where(ch)
}

// where tells in which parts of the object fields changed.
func where(ch *change.Change) (d did) {
	for i := range ch.Changes {
		switch p := ch.Changes[i].Path; {
		case strings.HasPrefix(p, ".status.conditions"):
			d |= inStatus | inConditions
		case strings.HasPrefix(p, ".status"):
			d |= inStatus
		case strings.HasPrefix(p, ".metadata"):
			d |= inMeta
		case p == ".spec.replicas":
			d |= inSpec | inReplicas
		default:
			d |= inSpec
		}
	}
	return d
}

// split are the kinds whose status only the status subresource writes, beside custom resources, of which it is not known.
var split = map[string]bool{
	"pods": true, "nodes": true, "namespaces": true, "services": true, "persistentvolumes": true, "persistentvolumeclaims": true,
	"resourcequotas": true, "replicationcontrollers": true, "deployments": true, "replicasets": true, "statefulsets": true, "daemonsets": true,
	"jobs": true, "cronjobs": true, "poddisruptionbudgets": true, "horizontalpodautoscalers": true, "ingresses": true,
	"certificatesigningrequests": true,
}

// fits reports whether a request of a kind can have done what was done.
func fits(q *audit.Request, d did, resource string) bool {
	if d&unseen != 0 {
		return !q.Made || q.Subresource != ""
	}
	switch q.Verb {
	case audit.Delete, audit.DeleteCollection:
		switch {
		case d&gone != 0:
			return d&wasHeld == 0
		case d&wasMarked != 0:
			return d&graceNow != 0 || d&(inStatus|inSpec) == 0
		}
		return d&markedNow != 0
	case audit.Create:
		switch q.Subresource {
		case "":
			return d&made != 0
		case "binding":
			return d&boundNow != 0
		case "eviction":
			return d&(evictedNow|markedNow|graceNow) != 0 || d&gone != 0 && d&wasHeld == 0
		}
		return d&updated != 0
	}
	switch {
	case q.Made || d&made != 0:
		return q.Made && d&made != 0
	case d&gone != 0: // who takes the last finalizer off deletes
		return d&wasMarked != 0 && d&wasHeld != 0 && q.Subresource != "status" && q.Subresource != "scale"
	case d&(markedNow|graceNow|boundNow|evictedNow) != 0:
		return false
	case resource == "certificatesigningrequests" && d&inStatus != 0: // conditions are set by approval only
		return (q.Subresource == "approval") == (d&inConditions != 0)
	}
	switch q.Subresource {
	case "status":
		return d&inSpec == 0
	case "scale":
		return d&inReplicas != 0 && d&inStatus == 0
	case "":
		return !(split[resource] && d&inStatus != 0 && d&inSpec == 0)
	}
	return true
}
