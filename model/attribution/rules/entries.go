package rules

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The rules that read managedFields. The API server gives the entry of whoever writes the time of the write, in whole
// seconds.

// entryMoved is for the usual write: one entry has a new time.
var entryMoved = Rule{
	Name: "entryMoved",
	Before: []Before{
		{"entryGainedField", "the writer's entry has the new time; a set grows without one only within the writer's second"},
		{"entryOfSameSecond", "a new time is the writer's; an older entry of that second may cover the same fields"},
		{"podDisrupted", "where the writer of the condition left an entry, that names it"},
		{"finalizerRemovedByController", "anybody may take a finalizer off, and leaves an entry when other fields go with it"},
		{"scaledBySubresource", "a client that updates spec.replicas itself leaves an entry with a time"},
		{"statusOfOneWriter", "the writer's own entry is better evidence than who writes that status as a rule"},
		{"onlyOwnershipChanged", "the entry that moved names who wrote, even where nothing else changed"},
	},
	Judge: func(c *Case) (Finding, bool) {
		list := c.Moved()
		if len(list) != 1 {
			return Finding{}, false
		}
		e := list[0]
		owned, _ := e.Covers(c.Added)
		switch off := c.off(e); {
		case len(c.Changes) == 0:
			return byEntry(c, Likely, e, "; nothing but managedFields changed")
		case owned == 0 && len(c.Added) > 0:
			return byEntry(c, Likely, e, "; nothing of what changed is its own")
		case off != 0:
			return byEntry(c, Likely, e, fmt.Sprintf("; its time is %s off", off.Round(time.Second)))
		}
		return byEntry(c, Certain, e, "")
	},
}

// severalEntriesMoved is for writes on whose way a webhook changed fields, or the API server merged old entries into one.
var severalEntriesMoved = Rule{
	Name: "severalEntriesMoved",
	Before: []Before{
		{"entryGainedField", "the writer's entry is among those with a new time"},
		{"entryOfSameSecond", "the writer's entry is among those with a new time"},
		{"podDisrupted", "the writer's entry is among those with a new time"},
		{"finalizerRemovedByController", "the writer's entry is among those with a new time"},
		{"statusOfOneWriter", "the writer's entry is among those with a new time"},
	},
	Judge: func(c *Case) (Finding, bool) {
		list := c.Moved()
		if len(list) < 2 {
			return Finding{}, false
		}
		return byBestEntry(c, list, Likely, fmt.Sprintf("; %d entries moved", len(list)))
	},
}

// entryGainedField is for the second write of one second: no time moves, but the writer's set gains a field.
var entryGainedField = Rule{
	Name: "entryGainedField",
	Before: []Before{
		{"nodeKeptByController", "the node controller leaves no entry; a client that sets a taint gains the field"},
		{"entryOfSameSecond", "the entry that gained the field is the writer's, whoever else covers it"},
		{"podDisrupted", "the entry that gained the condition is the writer's"},
		{"statusOfOneWriter", "the entry that gained a field is better evidence than who writes that status as a rule"},
	},
	Judge: func(c *Case) (Finding, bool) {
		list := evidence.Grew(c.Prev.Entries, c.Cur.Entries)
		switch len(list) {
		case 0:
			return Finding{}, false
		case 1:
			return byEntry(c, Certain, list[0], ", gained a field within its second")
		}
		return byBestEntry(c, list, Likely, ", gained a field within its second")
	},
}

// entryOfSameSecond is for the second write of one second that only changed values: the writer has an entry of this
// second, and it covers all that changed. An entry of an older second is not the writer's, since a new value moves its time.
// A removed field is in nobody's entry any more: that its owner removed it is a guess.
var entryOfSameSecond = Rule{
	Name: "entryOfSameSecond",
	Before: []Before{
		{"podDisrupted", "the entry of this second that covers the condition is its writer's"},
		{"finalizerRemovedByController", "an owner that wrote in this second may have taken its finalizer off"},
		{"statusOfOneWriter", "an entry of this second is better evidence than who writes that status as a rule"},
	},
	Judge: func(c *Case) (Finding, bool) {
		paths, list, grade := c.Added, c.Cur.Entries, Certain
		if len(paths) == 0 {
			paths, list, grade = c.Removed, c.Prev.Entries, Guess
			if c.Only(".status") {
				if f, ok := statusRemoved(c); ok {
					return f, true
				}
			}
		}
		if len(paths) == 0 {
			return Finding{}, false
		}
		fit, where := ofSecond(func(e *evidence.Entry) bool { return c.inSecond(e) && (len(c.Added) == 0 || !creators[e.Manager]) }, list, paths), ", in the second of this revision"
		if len(fit) > 0 && grade == Certain {
			switch late, component := c.beyond(fit[0]), c.Memory.Names.Any(fit[0].Manager); {
			case late > maxBeyond && !component:
				return unknown("no managedFields entry moved: %s can have written again in that second only, and the revision was made %s", fit[0], c.within())
			case late > maxBeyond, late > maxBeyond/2 && !component:
				grade, where = Likely, "; the revision was made "+c.within()
			}
		}
		if top := evidence.Newest(list); len(fit) == 0 && top != nil && c.displaced() {
			fit = ofSecond(func(e *evidence.Entry) bool { return e.Time.Equal(top.Time) }, list, paths)
			grade, where = min(grade, Likely), ", in the newest second of the object's entries, which are older than the revisions here"
		}
		if len(fit) == 0 || !evidence.SameComponent(fit) {
			return Finding{}, false
		}
		if grade < Certain && c.Memory.Names.Any(fit[0].Manager) { // nobody else removes what a component of Kubernetes has just written
			grade = Likely
		}
		if fit[0].Operation == "Apply" && c.Only(".spec.replicas", ".metadata.generation") {
			return unknown("%s owns it since this second, and the scale subresource leaves no entry beside a server-side apply: %s", fit[0], Nameless)
		}
		return byEntry(c, grade, fit[0], where)
	},
}

// maxBeyond is how much later than an entry's second a revision may have been made for anybody but a component of Kubernetes to
// have written again in that second; half of it is what the clocks may be off.
const maxBeyond = 2 * time.Second

// beyond is by how much the bounds of the revision go beyond the second of an entry.
func (c *Case) beyond(e *evidence.Entry) time.Duration {
	_, width := c.Memory.Clock.Server(c.Memory.Clocks.Of(c.Cur, e.Manager))
	return c.latest().Sub(c.timeOf(e).Add(time.Second + width/2))
}

// within says when the revision was made.
func (c *Case) within() string {
	switch {
	case c.Date.Lo.IsZero():
		return "not after " + c.Date.Hi.UTC().Format(precise)
	case c.Date.Hi.IsZero():
		return "not before " + c.Date.Lo.UTC().Format(precise)
	}
	return "between " + c.Date.Lo.UTC().Format(precise) + " and " + c.Date.Hi.UTC().Format(precise)
}

// ofSecond returns the entries of a second that cover all paths, of these the ones that name most of the fields.
func ofSecond(inSecond func(*evidence.Entry) bool, list []evidence.Entry, paths []evidence.Path) (fit []*evidence.Entry) {
	best := 0
	for i := range list {
		e := &list[i]
		if !inSecond(e) {
			continue
		}
		exact, ok := e.CoversAll(paths)
		switch {
		case !ok:
		case exact > best:
			fit, best = []*evidence.Entry{e}, exact
		case exact == best:
			fit = append(fit, e)
		}
	}
	return fit
}

// byBestEntry names the entry that covers most of what changed; nobody where two components cover as much.
func byBestEntry(c *Case, list []*evidence.Entry, g Confidence, also string) (Finding, bool) {
	var top *evidence.Entry
	most, tie := -1, false
	for _, e := range list {
		n, exact := e.Covers(c.Added)
		m, _ := e.Covers(c.Removed)
		switch score := 2*n + exact + m; {
		case score > most:
			top, most, tie = e, score, false
		case score == most && evidence.Component(e.Manager) != evidence.Component(top.Manager):
			tie = true
		}
	}
	if tie {
		return unknown("managedFields: %d entries moved, none of them covers more of the change than another", len(list))
	}
	return byEntry(c, g, top, also)
}

// byEntry names the manager of an entry, with the entry as evidence.
func byEntry(c *Case, g Confidence, e *evidence.Entry, also string) (Finding, bool) {
	text := ""
	if len(c.Added) > 0 {
		n, _ := e.Covers(c.Added)
		text = fmt.Sprintf(" covers %d of %d changed paths", n, len(c.Added))
	} else if len(c.Removed) > 0 {
		text = removedFrom(c, e)
	}
	f, ok := by(g, e.Manager, "", "managedFields: %s%s%s%s", e, text, also, meaning(e))
	f.Stored, f.Quoted = true, e
	return f, ok
}

// removedFrom says how an entry accounts for fields that were removed: it moved, or it had owned them.
func removedFrom(c *Case, e *evidence.Entry) string {
	old := evidence.Find(c.Prev.Entries, e)
	if old == nil || !e.Time.Equal(old.Time) {
		return fmt.Sprintf(" moved; %s removed", count(len(c.Removed), "path was", "paths were"))
	}
	owned, _ := old.Covers(c.Removed)
	return fmt.Sprintf(" owned %d of %d removed paths", owned, len(c.Removed))
}

// meaning explains managers whose names say less than they could.
func meaning(e *evidence.Entry) string {
	switch e.Manager {
	case "unknown":
		return " (the name of a client that sent none)"
	case evidence.BeforeFirstApply:
		return " (all that was there before the first server-side apply)"
	case "ancient-changes":
		return " (the oldest of more than ten managers, merged)"
	}
	return ""
}
