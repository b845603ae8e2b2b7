package rules

import (
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The writes to Pods that leave no entry: the binding, the end of the grace period, the condition DisruptionTarget.

// podBoundByScheduler is for a pod that was assigned to a node: pods/binding writes past managedFields.
var podBoundByScheduler = Rule{
	Name: "podBoundByScheduler",
	Before: []Before{
		{"valueChangedWithoutEntry", "a binding sets spec.nodeName, and leaves no entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur.Kind != "Pod" || c.Prev.Text("spec", "nodeName") != "" || c.Cur.Text("spec", "nodeName") == "" || len(c.Moved()) > 0 {
			return Finding{}, false
		}
		return binding(c, "spec.nodeName was set (binding)")
	},
}

// binding names who bound a pod: by the Event that reports it, else the scheduler that the pod asks for.
func binding(c *Case, what string) (Finding, bool) {
	name := c.Cur.Text("spec", "schedulerName")
	r, reported := c.Memory.Reports.Scheduled(c.Cur.UID)
	switch {
	case reported && r.Manager != "":
		return by(Certain, r.Manager, "", "%s; Event Scheduled by %s", what, r.Component)
	case reported && evidence.Component(r.Component) == evidence.Scheduler:
		return by(Certain, evidence.Scheduler, "", "%s; Event Scheduled by %s", what, r.Component)
	case reported:
		return by(Guess, r.Component, "", "%s; Event Scheduled by %s, which may write under another name", what, r.Component)
	case name == "" || name == "default-scheduler":
		return by(Likely, evidence.Scheduler, "", "%s; spec.schedulerName is default-scheduler", what)
	}
	return by(Guess, name, "", "%s; spec.schedulerName is %s", what, name)
}

// podGraceEndedByKubelet is for the last write to a pod before its tombstone: once the containers have stopped, the kubelet
// deletes the pod with a grace period of 0.
var podGraceEndedByKubelet = Rule{
	Name: "podGraceEndedByKubelet",
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur.Kind != "Pod" || c.Prev.Deletion.IsZero() || c.Cur.Grace != 0 || c.Prev.Grace == 0 || !c.EntriesUnchanged() {
			return Finding{}, false
		}
		return podRemoved(c, c.Cur, "deletionGracePeriodSeconds became 0 after deletionTimestamp was set earlier")
	},
}

// podDeletedByKubelet is for the tombstone of a pod whose grace period ended before: it comes from the same request.
var podDeletedByKubelet = Rule{
	Name: "podDeletedByKubelet",
	Before: []Before{
		{"deletedForReason", "why the pod was marked for deletion does not say who removed it after its grace period"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Prev == nil || c.Prev.Kind != "Pod" || c.Prev.Grace != 0 || c.Prev.Deletion.IsZero() {
			return Finding{}, false
		}
		o := c.Memory.Objects.ByUID(c.Prev.UID)
		if o == nil || o.Marked == 0 || o.Marked == c.Prev.Mod { // marked with a grace period of 0 at once: forced, or on no node
			return Finding{}, false
		}
		return podRemoved(c, c.Prev, "the pod's grace period had become 0")
	},
}

// phase is the field that says that a pod has finished.
var phase = evidence.Path(diff.Split(".status.phase"))

// podRemoved names who removes a pod that was marked for deletion before.
func podRemoved(c *Case, v *evidence.Version, what string) (Finding, bool) {
	node := v.Text("spec", "nodeName")
	if node == "" {
		return unknown("%s, and the pod is on no node: %s", what, Nameless)
	}
	if reason, _ := v.Condition("DisruptionTarget"); reason == "DeletionByPodGC" {
		return by(Certain, evidence.ControllerManager, podGC, "%s; condition DisruptionTarget, reason %s", what, reason)
	}
	for i := range v.Entries {
		if e := &v.Entries[i]; evidence.Component(e.Manager) == evidence.ControllerManager && e.Set().Match(phase) == fields.Exact {
			return by(Likely, evidence.ControllerManager, podGC, "%s; its phase was set by %s, as the pod-garbage-collector does first", what, e)
		}
	}
	if hasRunningContainer(v) {
		return unknown("%s while its containers run: forced by %s, or the node's pods are collected", what, Nameless)
	}
	if o := c.Memory.Objects.ByUID(v.UID); o == nil || o.Marked == 0 || o.KubeletWrote <= o.Marked {
		return by(Likely, evidence.Kubelet, "", "%s, as the kubelet of %s does; but it had not written the pod's status since deletionTimestamp was set", what, node)
	}
	return by(Certain, evidence.Kubelet, "", "%s: what the kubelet of %s does once the containers have stopped", what, node)
}

// hasRunningContainer reports whether a pod has a container that runs, according to its status.
func hasRunningContainer(v *evidence.Version) bool {
	for _, list := range []string{"containerStatuses", "initContainerStatuses"} {
		l, _ := v.Field("status", list).([]any)
		for _, x := range l {
			m, _ := x.(map[string]any)
			state, _ := m["state"].(map[string]any)
			if _, ok := state["running"]; ok {
				return true
			}
		}
	}
	return false
}

// podDisrupted is for the condition that says why a pod will be deleted, where no entry shows who set it.
var podDisrupted = Rule{
	Name: "podDisrupted",
	Before: []Before{
		{"valueChangedWithoutEntry", "old API servers set the condition without moving an entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur.Kind != "Pod" {
			return Finding{}, false
		}
		if _, had := c.Prev.Condition("DisruptionTarget"); had {
			return Finding{}, false
		}
		reason, ok := c.Cur.Condition("DisruptionTarget")
		if !ok {
			return Finding{}, false
		}
		if f, ok := byDisruption(reason); ok {
			return f, true
		}
		return unknown("condition DisruptionTarget, reason %s: %s", reason, Nameless)
	},
}

// byDisruption names who disrupts a pod, by the reason of its condition DisruptionTarget.
func byDisruption(reason string) (Finding, bool) {
	const text = "condition DisruptionTarget, reason %s"
	switch reason {
	case "PreemptionByScheduler":
		return by(Certain, evidence.Scheduler, "", text, reason)
	case "DeletionByTaintManager":
		return by(Certain, evidence.ControllerManager, taintEviction, text, reason)
	case "DeletionByPodGC":
		return by(Certain, evidence.ControllerManager, podGC, text, reason)
	case "TerminationByKubelet":
		return by(Certain, evidence.Kubelet, "", text, reason)
	case "EvictionByEvictionAPI":
		return unknown(text+": evicted by %s", reason, Nameless)
	}
	return Finding{}, false
}
