package rules

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The writes to other kinds that leave no entry, or one without a time.

// deletionMarkedByClient is for the request to delete an object that stays for a while: it sets deletionTimestamp.
var deletionMarkedByClient = Rule{
	Name: "deletionMarkedByClient",
	Before: []Before{
		{"valueChangedWithoutEntry", "a deletion may add the finalizer foregroundDeletion or orphan, and leaves no entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if !c.Prev.Deletion.IsZero() || c.Cur.Deletion.IsZero() || len(c.Moved()) > 0 {
			return Finding{}, false
		}
		if f, ok := deletionReasons.judge(c); ok {
			return f, true
		}
		return unknown("the deletion was requested by %s", Nameless)
	},
}

// conditionTaints are the taints that kube-controller-manager sets and removes.
var conditionTaints = []string{
	"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable", "node.kubernetes.io/memory-pressure",
	"node.kubernetes.io/disk-pressure", "node.kubernetes.io/pid-pressure", "node.kubernetes.io/network-unavailable",
}

// nodeKeptByController is for what kube-controller-manager does to a node without leaving an entry.
var nodeKeptByController = Rule{
	Name: "nodeKeptByController",
	Before: []Before{
		{"entryOfSameSecond", "the kubelet's entry of that second may cover fields that node IPAM sets"},
		{"valueChangedWithoutEntry", "these writes set fields, and leave no entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur.Kind != "Node" || len(c.Moved()) > 0 {
			return Finding{}, false
		}
		switch {
		case c.Only(".spec.podCIDR", ".spec.podCIDRs", ".metadata.generation"):
			return by(Certain, evidence.ControllerManager, "node-ipam-controller", "the node was given its pod network, which node IPAM does")
		case c.Only(".spec.taints", ".metadata.generation") && onlyConditionTaints(c.Prev, c.Cur):
			return by(Likely, evidence.ControllerManager, "node-lifecycle-controller", "only taints of the node's condition changed, which the node controller sets")
		}
		return Finding{}, false
	},
}

// onlyConditionTaints reports whether taints came or went, and all of these are those of a node's condition.
func onlyConditionTaints(prev, cur *evidence.Version) bool {
	had, has := taints(prev), taints(cur)
	differ := append(missing(had, has), missing(has, had)...)
	for _, t := range differ {
		if !slices.ContainsFunc(conditionTaints, func(k string) bool { return strings.HasPrefix(t, k+" ") }) {
			return false
		}
	}
	return len(differ) > 0
}

// taints are the taints of a node, each as its key and effect.
func taints(v *evidence.Version) (out []string) {
	l, _ := v.Field("spec", "taints").([]any)
	for _, x := range l {
		m, _ := x.(map[string]any)
		key, _ := m["key"].(string)
		effect, _ := m["effect"].(string)
		out = append(out, key+" "+effect)
	}
	return out
}

// missing returns what a has and b has not.
func missing(a, b []string) (out []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// dependentOrphaned is for an object whose owner is deleted with the policy to orphan its dependents.
var dependentOrphaned = Rule{
	Name: "dependentOrphaned",
	Before: []Before{
		{"entryOfSameSecond", "the owner's controller may have written the dependent in that second, but does not orphan it"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if !c.Only(".metadata.ownerReferences", ".metadata.generation") || len(c.Cur.Owners) >= len(c.Prev.Owners) || len(c.Moved()) > 0 {
			return Finding{}, false
		}
		for _, o := range c.Prev.Owners {
			if slices.ContainsFunc(c.Cur.Owners, func(kept evidence.Owner) bool { return kept.UID == o.UID }) {
				continue
			}
			if t, alive, found := c.Memory.Objects.Alive(o.UID); found && alive && t.Orphan && t.Marked != 0 {
				return by(Certain, evidence.ControllerManager, garbageCollector, "its owner %s %s is being deleted and orphans its dependents (finalizer orphan)", o.Kind, o.Name)
			}
		}
		return Finding{}, false
	},
}

// scaledBySubresource is for the scale subresource, whose entry has no time.
var scaledBySubresource = Rule{
	Name: "scaledBySubresource",
	Judge: func(c *Case) (Finding, bool) {
		if !c.Only(".spec.replicas", ".metadata.generation") {
			return Finding{}, false
		}
		var fit []*evidence.Entry
		for i := range c.Cur.Entries {
			if e := &c.Cur.Entries[i]; e.Subresource == "scale" && e.Time.IsZero() {
				if n, _ := e.Covers(c.Added); n > 0 {
					fit = append(fit, e)
				}
			}
		}
		if len(fit) == 0 {
			return Finding{}, false
		}
		if !evidence.SameComponent(fit) {
			return unknown("scaled by one of %d managers of the scale subresource, whose entries have no time", len(fit))
		}
		return byEntry(c, Likely, fit[0], "; entries of the scale subresource have no time")
	},
}

// certificateIssuedBySigner is for certificates of Kubernetes' own signers, whose write leaves no entry.
var certificateIssuedBySigner = Rule{
	Name: "certificateIssuedBySigner",
	Before: []Before{
		{"valueChangedWithoutEntry", "the signer sets status.certificate, and leaves no entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur.Kind != "CertificateSigningRequest" || !c.Only(".status.certificate") || !c.EntriesUnchanged() {
			return Finding{}, false
		}
		if name := c.Cur.Text("spec", "signerName"); strings.HasPrefix(name, "kubernetes.io/") {
			return by(Likely, evidence.ControllerManager, "certificate-controller", "the certificate was issued, and its signer %s is kube-controller-manager's", name)
		}
		return Finding{}, false
	},
}
