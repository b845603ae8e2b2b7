package health

import (
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode/text"
)

// What frees space, in this order. What the members show to be done is left out, so that the first step is the one to take:
//
//	compact ─► defragment each member whose free pages are what fills it, the leader last ─► disarm
//	   └─ nothing left to free, and still full ─► delete, or a larger quota ─► (from the start)

const (
	fewRevisions = 10  // so few may free little: a lease that ended, or as much as a prefix that was deleted at once
	halfFull     = 0.5 // part of the quota, below which a database is in no one's way
	worthwhile   = 0.1 // part of the database that defragmentation must give back
	larger       = 1.2 // times the smallest database: the same data needs no more
)

func (a *adviser) noSpace() {
	ids := a.r.raised("NOSPACE")
	if len(ids) == 0 || a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable {
		return
	}
	var done []string
	var steps []Step
	compact, full := a.toCompact(), a.toDefragment()
	switch {
	case compact:
		steps = append(steps, Step{Say: "Free the history" + a.unlessDone() + ". Nothing can be written, so no watch needs what lies before this revision.", Command: a.compact()})
		full = a.leaderLast()
	default:
		done = append(done, "the history is compacted")
	}
	if compact || len(full) > 0 {
		steps = append(steps, a.defragment(full)...)
	}
	title := "NOSPACE: free space, then allow writes again"
	still := a.stillFull()
	if !compact && len(full) == 0 && len(still) == 0 {
		done = append(done, "the members were defragmented")
	}
	switch {
	case !compact && len(full) == 0 && len(still) > 0:
		title = "NOSPACE: the history is compacted, and there is little free in " + list(still)
		steps = append(steps, Step{Say: "Defragment one member. If it becomes much smaller, so do the others: ask again.", Command: a.etcdctl(a.leaderLast()[0].Endpoint, "defrag --command-timeout=2m")},
			Step{Say: "If not, what is stored now is too much. Find what fills the database.", Command: "etcdscope space" + a.access("")},
			Step{Say: "Delete what is not needed: deletions work. Then ask again: health says when to compact and to defragment. Or raise --quota-backend-bytes of each member (8 GiB at most are advised), restart one after the other, and go on here."})
	case !compact && len(full) == 0:
		title = "NOSPACE: space was freed; allow writes again"
	case !compact:
		title = "NOSPACE: defragment " + full[0].Label() + " next, then allow writes again"
	}
	title, steps = a.fewToCompact(compact, title, steps)
	restart, silent := a.raisedByDown(ids)
	if len(silent) > 0 {
		title += "; start " + list(silent) + " before that"
	}
	steps = append(steps, restart...)
	steps = append(steps,
		Step{Say: "Allow writes again, only after space was freed: else the alarm comes back with the next write.", Command: a.etcdctl("", "alarm disarm")},
		Step{Say: "Check: no errors, and the database well below its quota. If it is not, find what fills it: etcdscope space.", Command: a.etcdctl("", "endpoint status --write-out=table")})
	why := "The database of " + a.r.labels(ids) + " reached its quota" + a.quota(ids) + ". Every member refuses writes until the alarm is disarmed."
	if len(done) > 0 {
		why += " Done already: " + list(done) + "."
	}
	if d := a.in.Site.Distribution; d == "k3s" || d == "rke2" {
		why += " " + d + " defragments and disarms by itself when its server starts; these commands do the same without a restart."
	}
	a.add("nospace", title, why+again+a.tool(), steps...)
}

// fewToCompact adds to the steps what is left to do where compaction may free little, so that it is not advised alone after each change.
func (a *adviser) fewToCompact(compact bool, title string, steps []Step) (string, []Step) {
	since := a.r.Revision() - a.compacted()
	if !compact || a.compacted() <= 0 || since > fewRevisions {
		return title, steps
	}
	return "NOSPACE: free what was deleted since the last compaction, then allow writes again",
		append(steps, Step{Say: "If that gave little back (" + plural(int(since), "revision") + " may be a lease that ended, or many keys that were deleted at once), what is stored now is too much: find what fills it, and delete what is not needed before you go on.", Command: "etcdscope space" + a.access("")})
}

// compact frees the history up to the revision that is the newest when the command is run: deletions and leases that end go on.
func (a *adviser) compact() string {
	at := first(a.endpoints())
	if l := a.r.Leader(); l != nil {
		at = l.Endpoint
	}
	return a.etcdctl("", "compact --physical --command-timeout=2m $("+a.etcdctl(at, "endpoint status --write-out=fields")+` | sed -n 's/^"Revision" : //p')`)
}

// toCompact reports whether there is history to be freed, as far as is known: not where most of a full database is free pages, nor where
// nothing was changed since the newest compaction that is known.
func (a *adviser) toCompact() bool {
	if compacted := a.compacted(); compacted > 0 && a.r.Revision() <= compacted { // 0: never, or not since its start
		return false
	}
	return slices.ContainsFunc(a.leaderLast(), func(r *Row) bool {
		s := &r.Status
		return s.DBInUse < 0 || float64(s.DBInUse) > halfFull*a.limit(r)
	})
}

// limit is how large a member's database may become: the smallest quota, or its own size where none is known.
func (a *adviser) limit(r *Row) float64 {
	if _, quota := a.r.Size(); quota > 0 {
		return float64(quota)
	}
	return float64(r.Status.DBSize)
}

// toDefragment are the members that defragmentation is to make smaller, the leader last. What a compaction has freed is in a member's
// figures only after its next write, of which there may be none: so one whose database is much larger than another's, or that has not
// been defragmented since its start, is among them too.
func (a *adviser) toDefragment() (out []*Row) {
	all := a.leaderLast()
	least := int64(0)
	for _, row := range all {
		if least == 0 || row.Status.DBSize < least {
			least = row.Status.DBSize
		}
	}
	for _, row := range all {
		s := &row.Status
		part, _ := row.Free()
		never := row.Metrics == nil || row.Metrics.Defragmented == 0
		if float64(s.DBSize) > halfFull*a.limit(row) && (s.DBInUse < 0 || part >= worthwhile || never || float64(s.DBSize) > larger*float64(least)) {
			out = append(out, row)
		}
	}
	return out
}

// stillFull names the members that have no room for writes.
func (a *adviser) stillFull() (out []string) {
	for _, row := range a.leaderLast() {
		if s := &row.Status; float64(s.DBSize) > nearlyFull*a.limit(row) {
			out = append(out, fmt.Sprintf("%s (%s of %s)", row.Label(), text.Bytes(s.DBSize), text.Bytes(int64(a.limit(row)))))
		}
	}
	return out
}
