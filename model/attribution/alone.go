package attribution

import (
	"strings"
	"time"
)

// Where the version before is not known, the newest version alone has to tell: who moved an entry last. A write that
// left no entry may have come after that; how likely that is, the kind and the generation tell.

// aloneSecond is for versions that came by one write since the object was made: what the creation cannot have left is
// that write's.
func aloneSecond(c *ctx) (finding, bool) {
	if c.cur == nil || c.Version != 2 {
		return finding{}, false
	}
	list := c.cur.afterwards()
	if len(list) == 0 || !sameManager(list) {
		return finding{}, false
	}
	f, ok := by(Certain, list[0].Manager, "", "the second version, of which %s cannot have come with the first%s", list[0], c.meaning(list[0]))
	f.stored, f.quoted = true, list[0]
	return f, ok
}

// afterwards returns the entries that were not made with the object: those of subresources, and those that are later.
func (v *version) afterwards() (out []*entry) {
	for i := range v.entries {
		e := &v.entries[i]
		switch {
		case v.Created.IsZero(), e.Manager == beforeApply: // which the API server adds to the first server-side apply
		case e.Subresource != "" && (e.Time.IsZero() || !e.Time.Before(v.Created)), e.Time.After(v.Created.Add(recent)):
			out = append(out, e)
		}
	}
	return out
}

// cameWith reports whether an entry is as old as the object, and may be that of who made it.
func (v *version) cameWith(e *entry) bool {
	return e.Subresource == "" && !e.Time.After(v.Created.Add(time.Second))
}

// aloneMarked is for objects that wait to be deleted: the mark, or what came after it, left no entry.
func aloneMarked(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.deletion.IsZero() {
		return finding{}, false
	}
	if c.cur.Kind == "Pod" && c.cur.grace == 0 && c.Version > 2 {
		if f, _ := c.finished(c.cur, "the pod's grace period is 0"); f.grade == Certain {
			f.grade = Likely
			return f, true
		}
	}
	at := c.cur.deletion.Add(-time.Duration(max(c.cur.grace, 0)) * time.Second)
	if top := newest(c.cur.entries); top != nil && top.Time.After(at.Add(time.Second)) && !c.cur.hasFinalizer(jobTracking) && c.cur.owner().kind != "Job" {
		return finding{}, false // written since
	}
	if c.Version == 2 {
		if f, ok := c.deleter(c.cur); ok {
			f.evidence = "the second version, marked for deletion: " + f.evidence
			return f, true
		}
	}
	return unknown("it is marked for deletion, and the version before is not known")
}

// aloneBound is for pods that nobody wrote since they were bound.
func aloneBound(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind != "Pod" || c.Version != 2 || c.cur.Text("spec", "nodeName") == "" || len(c.cur.entries) != 1 {
		return finding{}, false
	}
	f, ok := c.binding("the second version of a pod, which is on a node (binding)")
	f.grade = min(f.grade, Likely)
	return f, ok
}

// aloneCounted is for finished pods of Jobs: the job-controller takes its finalizer off once it has counted them, and
// that leaves no entry. Where it labels the pods of Jobs, it has always put the finalizer on.
func aloneCounted(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind != "Pod" || c.cur.owner().kind != "Job" || c.cur.hasFinalizer(jobTracking) {
		return finding{}, false
	}
	grade := Guess
	if c.cur.Text("metadata", "labels", "batch.kubernetes.io/controller-uid") != "" {
		grade = Likely
	}
	switch c.cur.Text("status", "phase") {
	case "Succeeded", "Failed":
		return by(grade, controlMgr, "job-controller", "a finished pod of Job %s without its finalizer, which the job-controller takes off last", c.cur.owner().name)
	}
	return finding{}, false
}

// aloneSigned is for certificates: nothing is written after they were issued.
func aloneSigned(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind != "CertificateSigningRequest" || c.cur.Text("status", "certificate") == "" {
		return finding{}, false
	}
	if name := c.cur.Text("spec", "signerName"); strings.HasPrefix(name, "kubernetes.io/") {
		return by(Likely, controlMgr, "certificate-controller", "a certificate was issued, which comes last, and its signer %s is kube-controller-manager's", name)
	}
	return unknown("a certificate was issued, which comes last: by its signer, %s", nameless)
}

// aloneRestored is for objects whose entries are older than they are: these were brought back with them.
func aloneRestored(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Created.IsZero() {
		return finding{}, false
	}
	if top := newest(c.cur.entries); top != nil && top.Time.Before(c.cur.Created.Add(-recent)) {
		return unknown("all managedFields entries are older than the object, as those of a restored one are; the version before is not known")
	}
	return finding{}, false
}

// aloneStatus is for objects whose status was written last: by the time of its entry, and because it tells of the newest
// generation of the spec.
func aloneStatus(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind == "Node" { // of which uncordoning and removed taints leave no entry
		return finding{}, false
	}
	same := newestOf(c.cur.entries)
	var last *entry
	for _, e := range same {
		if e.Subresource == "status" && (last == nil || component(last.Manager) == component(e.Manager)) {
			last = e
		} else if e.Subresource == "status" {
			return finding{}, false
		}
	}
	if last == nil {
		return finding{}, false
	}
	generation := c.cur.number(0, "metadata", "generation")
	observed := c.cur.number(-1, "status", "observedGeneration") == generation
	grade, why := Likely, ""
	switch {
	case observed:
		why = ", for the newest generation of the spec"
	case generation == 1:
		why = "; the spec is that of the first version"
	case generation > 1:
		grade = Guess
	}
	for _, e := range same {
		if component(e.Manager) == component(last.Manager) || c.cur.cameWith(e) || observed && !owns(e, "metadata") {
			continue
		}
		if _, ours := doings[component(last.Manager)]; !ours {
			return finding{}, false
		}
		grade, why = Guess, "; as a rule it follows what else is written in the same second"
	}
	f, ok := by(grade, last.Manager, "", "the status was written last: %s%s; the version before is gone", last, why)
	f.stored, f.quoted = true, last
	return f, ok
}

// newestOf returns the entries that have the newest time, less the one that the API server adds to the first server-side
// apply.
func newestOf(list []entry) (out []*entry) {
	top := newest(list)
	for i := range list {
		if e := &list[i]; top != nil && e.Time.Equal(top.Time) && e.Manager != beforeApply {
			out = append(out, e)
		}
	}
	return out
}

// makers are names by which kubectl makes objects, and never changes one.
var makers = set("kubectl-create kubectl-run kubectl-expose kubectl-autoscale")

// aloneNewest is for everything else.
func aloneNewest(c *ctx) (finding, bool) {
	if c.cur == nil || !c.cur.IsKubernetes() {
		return unknown("the version before is not known")
	}
	same := newestOf(c.cur.entries)
	if len(same) == 0 {
		return unknown("the version before is not known, and no managedFields entry has a time")
	}
	if !sameManager(same) {
		var since []*entry
		for _, e := range same {
			if !makers[e.Manager] || !c.cur.cameWith(e) {
				since = append(since, e)
			}
		}
		if len(since) == 0 || !sameManager(since) {
			return unknown("the version before is not known, and several managers have the newest time")
		}
		f, ok := by(Guess, since[0].Manager, "", "newest managedFields entry: %s, beside who made it in that second; the version before is gone", since[0])
		f.stored, f.quoted = true, since[0]
		return f, ok
	}
	grade := Guess
	if len(c.cur.entries) == 1 {
		grade = Likely
	}
	f, ok := by(grade, same[0].Manager, "", "newest managedFields entry: %s; the version before is gone", same[0])
	f.quoted = same[0]
	return f, ok
}
