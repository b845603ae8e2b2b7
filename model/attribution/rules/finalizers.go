package rules

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// jobTracking is on the pods of Jobs until they are counted.
const jobTracking = "batch.kubernetes.io/job-tracking"

// finalizerOwners are the controllers that remove finalizers of Kubernetes' own, "" for cloud and storage controllers.
var finalizerOwners = map[string]string{
	"foregroundDeletion": garbageCollector, "orphan": garbageCollector,
	jobTracking: "job-controller", "kubernetes.io/pvc-protection": "pvc-protection-controller",
	"kubernetes.io/pv-protection": "pv-protection-controller", "kubernetes.io/vac-protection": "vac-protection-controller",
	"external-provisioner.volume.kubernetes.io/finalizer": "", "service.kubernetes.io/load-balancer-cleanup": "",
}

// finalizerRemovedByController is for a write that did nothing but remove a finalizer of Kubernetes' own.
var finalizerRemovedByController = Rule{
	Name: "finalizerRemovedByController",
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur.Kind == "Namespace" && c.Only(".spec.finalizers", ".spec", ".metadata.generation") && c.Changed(".spec") && !c.Cur.Deletion.IsZero() {
			return namespaceFinalized(c)
		}
		if !c.Only(".metadata.finalizers", ".metadata.ownerReferences", ".metadata.generation") {
			return Finding{}, false
		}
		gone := missing(c.Prev.Finalizers, c.Cur.Finalizers)
		came := missing(c.Cur.Finalizers, c.Prev.Finalizers)
		if len(came) > 0 || len(gone) != 1 {
			return Finding{}, false
		}
		if who, ok := finalizerOwners[gone[0]]; ok && who != "" {
			if why := tooEarly(c, c.Prev, gone[0]); why != "" {
				return unknown("finalizer %s was removed, which the %s does not do while %s: %s", gone[0], who, why, Nameless)
			}
			return by(c.ifComplete(Certain), evidence.ControllerManager, who, "finalizer %s was removed, which the %s does", gone[0], who)
		}
		return Finding{}, false
	},
}

// namespaceFinalized is for a namespace that lost its own finalizer: the namespace-controller removes it when the namespace
// is empty. People remove it while something is left.
func namespaceFinalized(c *Case) (Finding, bool) {
	if n := c.Memory.Objects.InNamespace(c.Cur.Name); n > 0 {
		return unknown("the namespace's own finalizer was removed while %s in it, which the namespace-controller does not do: %s", count(n, "object was", "objects were"), Nameless)
	}
	return by(c.ifComplete(Certain), evidence.ControllerManager, "namespace-controller", "the namespace was empty, and its own finalizer was removed, as the namespace-controller does")
}

// tooEarly says why Kubernetes would not remove one of its own finalizers yet; "" where nothing speaks against it.
func tooEarly(c *Case, v *evidence.Version, finalizer string) string {
	w := c.Memory.Objects
	switch finalizer {
	case "foregroundDeletion":
		if n := w.Blocking(v.UID); n > 0 {
			return count(n, "of its dependents lives", "of its dependents live")
		}
	case jobTracking:
		job, alive, found := w.Alive(v.Owner().UID)
		done := v.Text("status", "phase")
		if found && alive && job.Marked == 0 && !job.Finished && done != "Succeeded" && done != "Failed" && v.Deletion.IsZero() {
			return "neither the pod nor its Job has ended"
		}
	case "kubernetes.io/pvc-protection":
		if n := w.UsingClaim(v.Namespace, v.Name); n > 0 {
			return count(n, "pod uses the claim", "pods use the claim")
		}
	case "kubernetes.io/pv-protection":
		if v.Text("status", "phase") == "Bound" {
			return "the volume is bound"
		}
	}
	return ""
}

// lastFinalizerRemoved is for objects that wait for one finalizer: whoever removes it deletes them, in one write.
var lastFinalizerRemoved = Rule{
	Name: "lastFinalizerRemoved",
	Before: []Before{
		{"deletedForReason", "who asked for the deletion does not say who removed the last finalizer"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Prev == nil || c.Prev.Deletion.IsZero() || len(c.Prev.Finalizers) != 1 {
			return Finding{}, false
		}
		name := c.Prev.Finalizers[0]
		who, known := finalizerOwners[name]
		early := tooEarly(c, c.Prev, name)
		switch {
		case who != "" && early != "":
			return unknown("the last finalizer was %s, which the %s does not remove while %s: %s", name, who, early, Nameless)
		case who != "":
			return by(c.ifComplete(Certain), evidence.ControllerManager, who, "the last finalizer was %s; the %s removes it, and that deletes", name, who)
		case known:
			return unknown("the last finalizer was %s, which a cloud or storage controller removes", name)
		}
		return finalizerOfManager(c, name)
	},
}

// finalizerOfManager guesses who removes a finalizer that is none of Kubernetes' own: who set it, as a rule. People set
// finalizers for others, with kubectl.
func finalizerOfManager(c *Case, name string) (Finding, bool) {
	var own []*evidence.Entry
	for i := range c.Prev.Entries {
		if e := &c.Prev.Entries[i]; e.OwnsFinalizer(name) {
			own = append(own, e)
		}
	}
	switch {
	case len(own) == 0, !evidence.SameComponent(own):
	case own[0].Manager == "kubectl", strings.HasPrefix(own[0].Manager, "kubectl-"), own[0].Manager == evidence.BeforeFirstApply:
	default:
		f, ok := by(Guess, own[0].Manager, "", "the last finalizer was %s, which %s had set: who sets one removes it, as a rule, and that deletes", name, own[0])
		f.Stored, f.Quoted = true, own[0]
		return f, ok
	}
	return unknown("the last finalizer was %s; who removes it is a client of its owner", name)
}
