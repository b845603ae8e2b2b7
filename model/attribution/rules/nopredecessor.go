package rules

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// Where the version before is not known, the version that is held has to say who wrote it: whose entry moved last. A later
// write that left no entry cannot be excluded; its kind and generation say how likely that is.

// secondVersion is for the second version of an object: an entry that cannot have come with the creation is that write's.
var secondVersion = Rule{
	Name: "secondVersion",
	Before: []Before{
		{"heldWhileMarked", "an entry that came with the second write is certain; a deletion mark says little of who set it"},
		{"heldIssued", "an entry that came with the second write is certain"},
		{"heldStatusLast", "an entry that came with the second write is certain, also where it is one of several"},
		{"heldNewestEntry", "an entry that came with the second write is certain"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Version != 2 {
			return Finding{}, false
		}
		list := afterCreation(c.Cur)
		if len(list) == 0 || !evidence.SameComponent(list) || c.order(list[0]) != 0 {
			return Finding{}, false
		}
		f, ok := by(Certain, list[0].Manager, "", "the second version, of which %s cannot have come with the first%s", list[0], meaning(list[0]))
		f.Stored, f.Quoted = true, list[0]
		return f, ok
	},
}

// afterCreation returns the entries that did not come with the creation: those of subresources, and those that are later.
func afterCreation(v *evidence.Version) (out []*evidence.Entry) {
	for i := range v.Entries {
		e := &v.Entries[i]
		switch {
		case v.Created.IsZero(), e.Manager == evidence.BeforeFirstApply: // added by the API server with the first server-side apply
		case e.Subresource != "" && (e.Time.IsZero() || !e.Time.Before(v.Created)), e.Time.After(v.Created.Add(recent)):
			out = append(out, e)
		}
	}
	return out
}

// ofCreation reports whether an entry is as old as the object, and may be that of its creator.
func ofCreation(v *evidence.Version, e *evidence.Entry) bool {
	return e.Subresource == "" && !e.Time.After(v.Created.Add(time.Second))
}

// heldWhileMarked is for objects that are marked for deletion: the mark, or what came after it, left no entry.
var heldWhileMarked = Rule{
	Name: "heldWhileMarked",
	Before: []Before{
		{"heldBound", "the deletion mark came after the binding"},
		{"heldCounted", "the job-controller also removes its finalizer from pods that are marked, before or after that"},
		{"heldStatusLast", "a deletion mark leaves no entry, and may have come after the newest"},
		{"heldNewestEntry", "a deletion mark leaves no entry, and may have come after the newest"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Deletion.IsZero() {
			return Finding{}, false
		}
		if c.Cur.Kind == "Pod" && c.Cur.Grace == 0 && c.Version > 2 {
			if f, _ := podRemoved(c, c.Cur, "the pod's grace period is 0"); f.Grade == Certain {
				f.Grade = Likely
				return f, true
			}
		}
		at := c.Cur.Deletion.Add(-time.Duration(max(c.Cur.Grace, 0)) * time.Second)
		if top := evidence.Newest(c.Cur.Entries); top != nil && top.Time.After(at.Add(time.Second)) && !c.Cur.HasFinalizer(jobTracking) && c.Cur.Owner().Kind != "Job" {
			return Finding{}, false // written since
		}
		if c.Version == 2 {
			if f, ok := deletionReasons.judge(c); ok {
				f.Evidence = "the second version, marked for deletion: " + f.Evidence
				return f, true
			}
		}
		return unknown("it is marked for deletion, and the version before is gone")
	},
}

// heldBound is for pods that nobody wrote since they were bound.
var heldBound = Rule{
	Name: "heldBound",
	Before: []Before{
		{"heldNewestEntry", "a binding leaves no entry: the only one is that of who created the pod"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Kind != "Pod" || c.Version != 2 || c.Cur.Text("spec", "nodeName") == "" || len(c.Cur.Entries) != 1 {
			return Finding{}, false
		}
		f, ok := binding(c, "the second version of a pod, which is on a node (binding)")
		f.Grade = min(f.Grade, Likely)
		return f, ok
	},
}

// heldCounted is for finished pods of Jobs: the job-controller removes its finalizer once it has counted them, and that
// leaves no entry. Where it labels the pods of Jobs, it has always set the finalizer.
var heldCounted = Rule{
	Name: "heldCounted",
	Before: []Before{
		{"heldStatusLast", "the job-controller removes its finalizer after the last status, and leaves no entry"},
		{"heldNewestEntry", "the job-controller removes its finalizer last, and leaves no entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		v := c.Cur
		if v == nil || v.Kind != "Pod" || v.Owner().Kind != "Job" || v.HasFinalizer(jobTracking) {
			return Finding{}, false
		}
		grade := Guess
		if v.Text("metadata", "labels", "batch.kubernetes.io/controller-uid") != "" {
			grade = Likely
		}
		switch v.Text("status", "phase") {
		case "Succeeded", "Failed":
			return by(grade, evidence.ControllerManager, "job-controller", "a finished pod of Job %s without its finalizer, which the job-controller removes last", v.Owner().Name)
		}
		return Finding{}, false
	},
}

// heldIssued is for certificates: nothing is written after they were issued.
var heldIssued = Rule{
	Name: "heldIssued",
	Before: []Before{
		{"heldStatusLast", "the certificate comes after the approval, and leaves no entry"},
		{"heldNewestEntry", "the certificate comes last, and leaves no entry"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Kind != "CertificateSigningRequest" || c.Cur.Text("status", "certificate") == "" {
			return Finding{}, false
		}
		if name := c.Cur.Text("spec", "signerName"); strings.HasPrefix(name, "kubernetes.io/") {
			return by(Likely, evidence.ControllerManager, "certificate-controller", "a certificate was issued, which comes last, and its signer %s is kube-controller-manager's", name)
		}
		return unknown("a certificate was issued, which comes last: by its signer, %s", Nameless)
	},
}

// heldRestored is for objects whose entries are older than they are: these were restored with them.
var heldRestored = Rule{
	Name: "heldRestored",
	Before: []Before{
		{"heldStatusLast", "the status of a restored object was written before it was restored"},
		{"heldNewestEntry", "who wrote the entries of a restored object did not restore it"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Created.IsZero() {
			return Finding{}, false
		}
		if top := evidence.Newest(c.Cur.Entries); top != nil && top.Time.Before(c.Cur.Created.Add(-recent)) {
			return unknown("all managedFields entries are older than the object, as those of a restored one are; the version before is gone")
		}
		return Finding{}, false
	},
}

// precise is the form in which a bound is printed.
const precise = "2006-01-02T15:04:05.999Z"

// heldOutside is for objects whose newest entry does not lie within the bounds of the revision. Where it is older, something was
// written since that left no entry, or whose entry is gone.
var heldOutside = Rule{
	Name: "heldOutside",
	Before: []Before{
		{"heldStatusLast", "a status that was written before this revision was is not this write"},
		{"heldNewestEntry", "an entry that is older than the revision is evidence against its manager, never for it"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil {
			return Finding{}, false
		}
		top := evidence.Newest(c.Cur.Entries)
		if top == nil {
			return Finding{}, false
		}
		const text = "the newest managedFields entry, %s of %s, is %s than this revision, which was not written %s %s; the version before is gone"
		switch c.order(top) {
		case -1:
			return unknown(text, top.Who(), timestamp(top.Time), "older", "before", c.Date.Lo.UTC().Format(precise))
		case 1:
			return unknown(text, top.Who(), timestamp(top.Time), "newer", "after", c.Date.Hi.UTC().Format(precise))
		}
		return Finding{}, false
	},
}
