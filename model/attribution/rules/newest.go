package rules

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The rules without predecessor that read the newest entry.

// heldStatusLast is for objects whose status was written last: by the time of its entry, and because it reports the newest
// generation of the spec.
var heldStatusLast = Rule{
	Name: "heldStatusLast",
	Before: []Before{
		{"heldNewestEntry", "a status that reports the newest generation makes likely what its time alone makes a guess"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Kind == "Node" { // removed taints and uncordoning leave no entry
			return Finding{}, false
		}
		same := newestEntries(c.Cur.Entries)
		last := statusEntry(same)
		if last == nil {
			return Finding{}, false
		}
		grade, why, observed := gradeOfStatus(c.Cur, len(same) == 1)
		for _, e := range same {
			if evidence.Component(e.Manager) == evidence.Component(last.Manager) || ofCreation(c.Cur, e) || observed && !e.Owns("metadata") {
				continue
			}
			if _, ours := writes[evidence.Component(last.Manager)]; !ours {
				return Finding{}, false
			}
			grade, why = Guess, "; as a rule it follows what else is written in the same second"
		}
		f, ok := by(grade, last.Manager, "", "the status was written last: %s%s; the version before is gone", last, why)
		f.Stored, f.Quoted = true, last
		return f, ok
	},
}

// gradeOfStatus grades that the status was written last, by the generation that it observed. alone: no other entry is as new.
func gradeOfStatus(v *evidence.Version, alone bool) (g Confidence, why string, observed bool) {
	generation, seen := v.Number(0, "metadata", "generation"), v.Number(-1, "status", "observedGeneration")
	switch {
	case seen == generation:
		return Likely, ", for the newest generation of the spec", true
	case generation == 1:
		return Likely, "; the spec is that of the first version", false
	case generation > 1 && seen >= 0:
		return Guess, fmt.Sprintf(", for generation %d of the spec, which is at %d", seen, generation), false
	case generation > 1 && !alone:
		return Guess, "", false
	}
	return Likely, "", false
}

// statusEntry returns the last entry of the status subresource; nil where there is none, or where there are entries of
// several components.
func statusEntry(list []*evidence.Entry) (last *evidence.Entry) {
	for _, e := range list {
		if e.Subresource == "status" && (last == nil || evidence.Component(last.Manager) == evidence.Component(e.Manager)) {
			last = e
		} else if e.Subresource == "status" {
			return nil
		}
	}
	return last
}

// newestEntries returns the entries that have the newest time, without the one that the API server adds to the first
// server-side apply.
func newestEntries(list []evidence.Entry) (out []*evidence.Entry) {
	top := evidence.Newest(list)
	for i := range list {
		if e := &list[i]; top != nil && e.Time.Equal(top.Time) && e.Manager != evidence.BeforeFirstApply {
			out = append(out, e)
		}
	}
	return out
}

// creators are managers under which kubectl creates objects, and never changes one.
var creators = evidence.SetOf("kubectl-create kubectl-run kubectl-expose kubectl-autoscale")

// heldNewestEntry is the last rule: the newest entry, which lies within the bounds of the revision.
var heldNewestEntry = Rule{
	Name: "heldNewestEntry",
	Judge: func(c *Case) (Finding, bool) {
		switch {
		case c.Cur == nil || !c.Cur.IsKubernetes() && c.Cur.Problem == "":
			return unknown(nothingStored)
		case !c.Cur.IsKubernetes():
			return unknown("the value cannot be read: %s", c.Cur.Problem)
		}
		same := newestEntries(c.Cur.Entries)
		if len(same) == 0 {
			return unknown("the version before is gone, and no managedFields entry has a time")
		}
		if !evidence.SameComponent(same) {
			var since []*evidence.Entry
			for _, e := range same {
				if !creators[e.Manager] || !ofCreation(c.Cur, e) {
					since = append(since, e)
				}
			}
			if len(since) == 0 || !evidence.SameComponent(since) {
				return unknown("the version before is gone, and several managers have the newest time")
			}
			f, ok := by(c.gradeOfNewest(), since[0].Manager, "", "newest managedFields entry: %s, beside who made it in that second; the version before is gone", since[0])
			f.Stored, f.Quoted = true, since[0]
			return f, ok
		}
		f, ok := by(c.gradeOfNewest(), same[0].Manager, "", "newest managedFields entry: %s; the version before is gone", same[0])
		f.Quoted = same[0]
		return f, ok
	},
}

// gradeOfNewest grades that the newest entry is that of the last write: not where nothing bounds the revision, nor where
// something is likely to have been written since that leaves no entry.
func (c *Case) gradeOfNewest() Confidence {
	if c.Date.Lo.IsZero() || c.Cur.Kind == "Node" && readySince(c.Cur).After(evidence.Newest(c.Cur.Entries).Time.Add(-recent)) {
		return Guess // a Node that became ready loses its taints next
	}
	return Likely
}

// readySince is when a Node became ready, or unready; zero where it does not say so.
func readySince(v *evidence.Version) time.Time {
	s, _ := conditionsOf(v)["Ready"]["lastTransitionTime"].(string)
	return evidence.ParseTime(s)
}
