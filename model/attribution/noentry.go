package attribution

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// still reports whether managedFields are what they were: the write left no trace there.
func (c *ctx) still() bool { return unmoved(c.prev.entries, c.cur.entries) }

// bound is for a pod that was assigned to a node: pods/binding writes past managedFields.
func bound(c *ctx) (finding, bool) {
	if c.cur.Kind != "Pod" || c.prev.Text("spec", "nodeName") != "" || c.cur.Text("spec", "nodeName") == "" || len(moved(c.prev.entries, c.cur.entries)) > 0 {
		return finding{}, false
	}
	return c.binding("spec.nodeName was set (binding)")
}

func (c *ctx) binding(what string) (finding, bool) {
	name := c.cur.Text("spec", "schedulerName")
	n, told := c.e.notes.by["Scheduled "+c.cur.UID]
	switch {
	case told && n.manager != "":
		return by(Certain, n.manager, "", "%s; Event Scheduled by %s", what, n.component)
	case told && component(n.component) == scheduler:
		return by(Certain, scheduler, "", "%s; Event Scheduled by %s", what, n.component)
	case told:
		return by(Guess, n.component, "", "%s; Event Scheduled by %s, which may write under another name", what, n.component)
	case name == "" || name == "default-scheduler":
		return by(Likely, scheduler, "", "%s; spec.schedulerName is default-scheduler", what)
	}
	return by(Guess, name, "", "%s; spec.schedulerName is %s", what, name)
}

// graceEnded is for the last write to a pod before it goes: the kubelet deletes it with a grace period of 0 once its
// containers have stopped.
func graceEnded(c *ctx) (finding, bool) {
	if c.cur.Kind != "Pod" || c.prev.deletion.IsZero() || c.cur.grace != 0 || c.prev.grace == 0 || !c.still() {
		return finding{}, false
	}
	return c.finished(c.cur, "deletionGracePeriodSeconds became 0 after an earlier deletion mark")
}

// finished tells who takes away a pod that was marked before.
func (c *ctx) finished(v *version, what string) (finding, bool) {
	node := v.Text("spec", "nodeName")
	if node == "" {
		return unknown("%s, and the pod is on no node: %s", what, nameless)
	}
	if reason, _ := v.condition("DisruptionTarget"); reason == "DeletionByPodGC" {
		return by(Certain, controlMgr, podGC, "%s; condition DisruptionTarget, reason %s", what, reason)
	}
	for i := range v.entries {
		if e := &v.entries[i]; component(e.Manager) == controlMgr && e.Set.Match(phase) == fields.Exact {
			return by(Likely, controlMgr, podGC, "%s; its phase was set by %s, as the pod-garbage-collector does first", what, e)
		}
	}
	if running(v) {
		return unknown("%s while its containers run: forced by %s, or the node's pods are collected", what, nameless)
	}
	if !c.tended(v) {
		return by(Likely, kubelet, "", "%s, as the kubelet of %s does; but it had not written the pod's status since the deletion mark", what, node)
	}
	return by(Certain, kubelet, "", "%s: what the kubelet of %s does once the containers have stopped", what, node)
}

// phase is the field that says that a pod is done.
var phase = path(diff.Split(".status.phase"))

// tended reports whether the kubelet wrote the pod's status after it was marked: it lives, and did not stop at the mark.
func (c *ctx) tended(v *version) bool {
	t := c.e.world.things[v.UID]
	if t == nil || t.marked == 0 {
		return false
	}
	return t.tended > t.marked
}

// running reports whether a pod has a container that runs, as far as its status tells.
func running(v *version) bool {
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

// marked is for the request to delete an object that stays for a while.
func marked(c *ctx) (finding, bool) {
	if !c.prev.deletion.IsZero() || c.cur.deletion.IsZero() || len(moved(c.prev.entries, c.cur.entries)) > 0 {
		return finding{}, false
	}
	if f, ok := c.deleter(c.cur); ok {
		return f, true
	}
	return unknown("the deletion was asked for by %s", nameless)
}

// jobTracking is on the pods of Jobs until they are counted.
const jobTracking = "batch.kubernetes.io/job-tracking"

// finalizerOwners are the controllers that take off finalizers of Kubernetes' own.
var finalizerOwners = map[string]string{
	"foregroundDeletion": garbageCollector, "orphan": garbageCollector,
	jobTracking: "job-controller", "kubernetes.io/pvc-protection": "pvc-protection-controller",
	"kubernetes.io/pv-protection": "pv-protection-controller", "kubernetes.io/vac-protection": "vac-protection-controller",
	"external-provisioner.volume.kubernetes.io/finalizer": "", "service.kubernetes.io/load-balancer-cleanup": "",
}

// finalizersOnly is for a write that did nothing but change finalizers.
func finalizersOnly(c *ctx) (finding, bool) {
	if c.cur.Kind == "Namespace" && c.only(".spec.finalizers", ".spec", ".metadata.generation") && c.changed(".spec") && !c.cur.deletion.IsZero() {
		return c.namespaceEmptied()
	}
	if !c.only(".metadata.finalizers", ".metadata.ownerReferences", ".metadata.generation") {
		return finding{}, false
	}
	gone := missing(c.prev.finalizers, c.cur.finalizers)
	came := missing(c.cur.finalizers, c.prev.finalizers)
	if len(came) > 0 || len(gone) != 1 {
		return finding{}, false
	}
	if who, ok := finalizerOwners[gone[0]]; ok && who != "" {
		if why := c.tooEarly(c.prev, gone[0]); why != "" {
			return unknown("finalizer %s was taken off, which the %s does not do while %s: %s", gone[0], who, why, nameless)
		}
		return by(c.kept(Certain), controlMgr, who, "finalizer %s was taken off, which the %s does", gone[0], who)
	}
	return finding{}, false
}

// kept is the grade of a rule that concludes from what is no longer there: likely where not everything is known.
func (c *ctx) kept(g Confidence) Confidence {
	if !c.e.world.whole {
		return min(g, Likely)
	}
	return g
}

// namespaceEmptied is for a namespace that lost its own finalizer: the namespace-controller takes it off last. People
// take it off while something is left.
func (c *ctx) namespaceEmptied() (finding, bool) {
	if n := c.e.world.within[c.cur.Name]; n > 0 {
		return unknown("the namespace's own finalizer was taken off while %s in it, which the namespace-controller does not do: %s", many(n, "object was", "objects were"), nameless)
	}
	return by(c.kept(Certain), controlMgr, "namespace-controller", "the namespace was empty, and its own finalizer was taken off, as the namespace-controller does")
}

// tooEarly says why Kubernetes would not take off one of its own finalizers yet; "" where nothing speaks against it.
func (c *ctx) tooEarly(v *version, finalizer string) string {
	w := c.e.world
	switch finalizer {
	case "foregroundDeletion":
		if n := w.blocking[v.UID]; n > 0 {
			return many(n, "of its dependents lives", "of its dependents live")
		}
	case jobTracking:
		job, living, found := w.alive(v.owner().uid)
		done := v.Text("status", "phase")
		if found && living && job.marked == 0 && !job.finished && done != "Succeeded" && done != "Failed" && v.deletion.IsZero() {
			return "neither the pod nor its Job has ended"
		}
	case "kubernetes.io/pvc-protection":
		if n := w.claims[v.Namespace+"/"+v.Name]; n > 0 {
			return many(n, "pod uses the claim", "pods use the claim")
		}
	case "kubernetes.io/pv-protection":
		if v.Text("status", "phase") == "Bound" {
			return "the volume is bound"
		}
	}
	return ""
}

// missing returns what a has and b has not.
func missing(a, b []string) (out []string) {
next:
	for _, x := range a {
		for _, y := range b {
			if x == y {
				continue next
			}
		}
		out = append(out, x)
	}
	return out
}

// disrupted is for the condition that says why a pod will be deleted, where no entry tells who set it.
func disrupted(c *ctx) (finding, bool) {
	if c.cur.Kind != "Pod" {
		return finding{}, false
	}
	if _, had := c.prev.condition("DisruptionTarget"); had {
		return finding{}, false
	}
	reason, ok := c.cur.condition("DisruptionTarget")
	if !ok {
		return finding{}, false
	}
	if f, ok := byReason(reason); ok {
		return f, true
	}
	return unknown("condition DisruptionTarget, reason %s: %s", reason, nameless)
}

// byReason reads who disrupts from the reason of DisruptionTarget.
func byReason(reason string) (finding, bool) {
	switch reason {
	case "PreemptionByScheduler":
		return by(Certain, scheduler, "", "condition DisruptionTarget, reason %s", reason)
	case "DeletionByTaintManager":
		return by(Certain, controlMgr, taintEviction, "condition DisruptionTarget, reason %s", reason)
	case "DeletionByPodGC":
		return by(Certain, controlMgr, podGC, "condition DisruptionTarget, reason %s", reason)
	case "TerminationByKubelet":
		return by(Certain, kubelet, "", "condition DisruptionTarget, reason %s", reason)
	case "EvictionByEvictionAPI":
		return unknown("condition DisruptionTarget, reason %s: evicted by %s", reason, nameless)
	}
	return finding{}, false
}

// nodeTaints are set and taken off by kube-controller-manager.
var nodeTaints = []string{
	"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable", "node.kubernetes.io/memory-pressure",
	"node.kubernetes.io/disk-pressure", "node.kubernetes.io/pid-pressure", "node.kubernetes.io/network-unavailable",
}

// nodeKeeping is for what kube-controller-manager does to a node without leaving an entry.
func nodeKeeping(c *ctx) (finding, bool) {
	if c.cur.Kind != "Node" || len(moved(c.prev.entries, c.cur.entries)) > 0 {
		return finding{}, false
	}
	switch {
	case c.only(".spec.podCIDR", ".spec.podCIDRs", ".metadata.generation"):
		return by(Certain, controlMgr, "node-ipam-controller", "the node was given its pod network, which node IPAM does")
	case c.only(".spec.taints", ".metadata.generation") && c.taintsOnly():
		return by(Likely, controlMgr, "node-lifecycle-controller", "only taints of the node's condition changed, which the node controller sets")
	}
	return finding{}, false
}

// taintsOnly reports whether the taints that came or went are those of a node's condition.
func (c *ctx) taintsOnly() bool {
	had, has := taints(c.prev), taints(c.cur)
	differ := append(missing(had, has), missing(has, had)...)
	for _, t := range differ {
		known := false
		for _, k := range nodeTaints {
			known = known || strings.HasPrefix(t, k+" ")
		}
		if !known {
			return false
		}
	}
	return len(differ) > 0
}

func taints(v *version) (out []string) {
	l, _ := v.Field("spec", "taints").([]any)
	for _, x := range l {
		m, _ := x.(map[string]any)
		key, _ := m["key"].(string)
		effect, _ := m["effect"].(string)
		out = append(out, key+" "+effect)
	}
	return out
}

// scaled is for the scale subresource: its entry has no time.
func scaled(c *ctx) (finding, bool) {
	if !c.only(".spec.replicas", ".metadata.generation") {
		return finding{}, false
	}
	var fit []*entry
	for i := range c.cur.entries {
		if e := &c.cur.entries[i]; e.Subresource == "scale" && e.Time.IsZero() {
			if n, _ := cover(e, c.added); n > 0 {
				fit = append(fit, e)
			}
		}
	}
	if len(fit) == 0 {
		return finding{}, false
	}
	if !sameManager(fit) {
		return unknown("scaled by one of %d managers of the scale subresource, whose entries have no time", len(fit))
	}
	return c.entry(Likely, fit[0], "; entries of the scale subresource have no time")
}

// orphaned is for an object whose owner lets its dependents go before it is deleted itself.
func orphaned(c *ctx) (finding, bool) {
	if !c.only(".metadata.ownerReferences", ".metadata.generation") || len(c.cur.owners) >= len(c.prev.owners) || len(moved(c.prev.entries, c.cur.entries)) > 0 {
		return finding{}, false
	}
next:
	for _, o := range c.prev.owners {
		for _, kept := range c.cur.owners {
			if kept.uid == o.uid {
				continue next
			}
		}
		if t, living, found := c.e.world.alive(o.uid); found && living && t.orphan && t.marked != 0 {
			return by(Certain, controlMgr, garbageCollector, "its owner %s %s is being deleted and lets its dependents go (finalizer orphan)", o.kind, o.name)
		}
	}
	return finding{}, false
}

// signed is for certificates that a signer of Kubernetes' own has issued: its write leaves no entry.
func signed(c *ctx) (finding, bool) {
	if c.cur.Kind != "CertificateSigningRequest" || !c.only(".status.certificate") || !c.still() {
		return finding{}, false
	}
	if name := c.cur.Text("spec", "signerName"); strings.HasPrefix(name, "kubernetes.io/") {
		return by(Likely, controlMgr, "certificate-controller", "the certificate was issued, and its signer %s is kube-controller-manager's", name)
	}
	return finding{}, false
}
