package attribution

import (
	"fmt"
	"time"
)

// entryMoved is for the usual write: the API server gives the entry of who wrote the time of the write.
func entryMoved(c *ctx) (finding, bool) {
	list := moved(c.prev.entries, c.cur.entries)
	if len(list) != 1 {
		return finding{}, false
	}
	e := list[0]
	owned, _ := cover(e, c.added)
	switch off := c.off(e); {
	case len(c.Changes) == 0:
		return c.entry(Likely, e, "; nothing but managedFields changed")
	case owned == 0 && len(c.added) > 0:
		return c.entry(Likely, e, "; nothing of what changed is its own")
	case off != 0:
		return c.entry(Likely, e, fmt.Sprintf("; its time is %s off", off.Round(time.Second)))
	}
	return c.entry(Certain, e, "")
}

// off tells how far the time of an entry lies from when the revision was made, 0 where that is less than clocks differ.
func (c *ctx) off(e *entry) time.Duration {
	if e.Time.IsZero() || c.date.Lo.IsZero() || c.date.Hi.IsZero() {
		return 0
	}
	t := c.told(e)
	switch {
	case t.Before(c.date.Lo.Add(-astray)):
		return t.Sub(c.date.Lo)
	case t.After(c.date.Hi.Add(astray)):
		return t.Sub(c.date.Hi)
	}
	return 0
}

// told is the time of an entry by the clock that dates revisions: those of a node may be written by another.
func (c *ctx) told(e *entry) time.Time {
	by, _ := c.e.clock.Server(c.e.clocks.of(c.cur, e.Manager))
	return e.Time.Add(-by)
}

// entriesMoved is for writes that moved several entries: somebody changed fields on the way, or two entries were made one.
func entriesMoved(c *ctx) (finding, bool) {
	list := moved(c.prev.entries, c.cur.entries)
	if len(list) < 2 {
		return finding{}, false
	}
	return c.best(list, Likely, fmt.Sprintf("; %d entries moved", len(list)))
}

// entryGrew is for the second write of one second: no time moves, but the set of who wrote gains a field.
func entryGrew(c *ctx) (finding, bool) {
	list := grew(c.prev.entries, c.cur.entries)
	switch len(list) {
	case 0:
		return finding{}, false
	case 1:
		return c.entry(Certain, list[0], ", gained a field within its second")
	}
	return c.best(list, Likely, ", gained a field within its second")
}

// sameSecond is for the second write of one second that only changed values: the writer has an entry of this very second,
// and it covers all that changed. An entry of an older second is not the writer's: a new value moves its time. What was removed is in nobody's entry any more: that its
// owner did it is a guess.
func sameSecond(c *ctx) (finding, bool) {
	paths, list := c.added, c.cur.entries
	grade := Certain
	if len(paths) == 0 {
		paths, list, grade = c.removed, c.prev.entries, Guess
	}
	if len(paths) == 0 {
		return finding{}, false
	}
	var fit []*entry
	best := 0
	for i := range list {
		e := &list[i]
		if !c.inSecond(e) {
			continue
		}
		n, exact := cover(e, paths)
		if n < len(paths) {
			continue
		}
		switch {
		case exact > best:
			fit, best = []*entry{e}, exact
		case exact == best:
			fit = append(fit, e)
		}
	}
	if len(fit) == 0 || !sameManager(fit) {
		return finding{}, false
	}
	if grade < Certain && c.e.names.any(fit[0].Manager) { // nobody else removes what a part of Kubernetes has just written
		grade = Likely
	}
	if fit[0].Operation == "Apply" && c.only(".spec.replicas", ".metadata.generation") {
		return unknown("%s owns it since this second, and the scale subresource leaves no entry beside a server-side apply: %s", fit[0], nameless)
	}
	return c.entry(grade, fit[0], ", in the second of this revision")
}

// inSecond reports whether the revision may have been made in the second of an entry.
func (c *ctx) inSecond(e *entry) bool {
	if e.Time.IsZero() || c.date.Time.IsZero() {
		return false
	}
	by, width := c.e.clock.Server(c.e.clocks.of(c.cur, e.Manager))
	t := e.Time.Add(-by)
	hi := c.date.Hi
	if hi.IsZero() {
		hi = c.date.Time.Add(time.Second)
	}
	return !t.Add(-width/2).After(hi) && t.Add(time.Second+width/2).After(c.date.Lo)
}

// best names the entry that covers most of what changed; where two are as good, it is a guess.
func (c *ctx) best(list []*entry, g Confidence, also string) (finding, bool) {
	var top *entry
	most, tie := -1, false
	for _, e := range list {
		n, exact := cover(e, c.added)
		m, _ := cover(e, c.removed)
		switch score := 2*n + exact + m; {
		case score > most:
			top, most, tie = e, score, false
		case score == most && component(e.Manager) != component(top.Manager):
			tie = true
		}
	}
	if tie {
		return unknown("managedFields: %d entries moved, none of them covers more of the change than another", len(list))
	}
	return c.entry(g, top, also)
}

// entry names the manager of an entry, with the entry as evidence.
func (c *ctx) entry(g Confidence, e *entry, also string) (finding, bool) {
	text := ""
	if len(c.added) > 0 {
		text = covered(e, c.added)
	} else if len(c.removed) > 0 {
		text = c.lost(e)
	}
	f, ok := by(g, e.Manager, "", "managedFields: %s%s%s%s", e, text, also, c.meaning(e))
	f.stored, f.quoted = true, e
	return f, ok
}

// beforeApply is the name under which the API server keeps what was there before the first server-side apply.
const beforeApply = "before-first-apply"

// lost says how an entry accounts for fields that went: it moved, or it had owned them.
func (c *ctx) lost(e *entry) string {
	if old := find(c.prev.entries, e); old == nil || !e.Time.Equal(old.Time) {
		return fmt.Sprintf(" moved; %s removed", many(len(c.removed), "path was", "paths were"))
	}
	owned := 0
	if old := find(c.prev.entries, e); old != nil {
		owned, _ = cover(old, c.removed)
	}
	return fmt.Sprintf(" owned %d of %d removed paths", owned, len(c.removed))
}

// many is a number with what it counts.
func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// meaning explains entries whose names say less than they could.
func (c *ctx) meaning(e *entry) string {
	switch {
	case e.Manager == "unknown":
		return " (the name of a client that sent none)"
	case e.Manager == beforeApply:
		return " (all that was there before the first server-side apply)"
	case e.Manager == "ancient-changes":
		return " (the oldest of more than ten managers, made one)"
	}
	return ""
}
