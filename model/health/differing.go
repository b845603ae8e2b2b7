package health

import (
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// differing returns the members that hold something else than they should, as far as a comparison of hashes says: those that
// the write-ahead log calls wrong, else those that differ from more than half of all members that were compared.
func differing(r *hashcheck.Result) (ids []uint64, byLog bool) {
	sizes, all := map[int]int{}, 0
	for _, s := range r.Sides {
		byLog = byLog || s.Right != hashcheck.NotKnown
		if s.State.Member && s.Group >= 0 {
			sizes[s.Group]++
			all++
		}
	}
	most := -1
	for g, n := range sizes {
		if n*2 > all {
			most = g
		}
	}
	for _, s := range r.Sides {
		odd := most >= 0 && s.Group != most
		if byLog {
			odd = s.Right == hashcheck.Wrong
		}
		if s.State.Member && s.Group >= 0 && odd {
			ids = append(ids, s.State.ID)
		}
	}
	return ids, byLog
}

// differs reports whether a comparison found members that do not hold the same, all of which are members still.
func (in *Input) differs() bool {
	if in.Hash == nil || in.Hash.Verdict != hashcheck.Differs {
		return false
	}
	group := -1
	for _, s := range in.Hash.Sides {
		if !s.State.Member || s.Group < 0 {
			continue
		}
		if !slices.ContainsFunc(in.Probe.Members, func(m etcdsource.Member) bool { return m.ID == s.State.ID }) {
			return false
		}
		if group >= 0 && s.Group != group {
			return true
		}
		group = s.Group
	}
	return false
}

// differing advises on members whose hashes differ.
func (a *adviser) differing() {
	if !a.in.differs() || a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable {
		return
	}
	ids, byLog := differing(a.in.Hash)
	log := Step{Say: "On the node of any member, with its data directory: the write-ahead log, which is the same on all, says which one is right.",
		Command: "etcdscope health --hash live " + quote(dataDir(&a.in.Site)) + a.access("")}
	if len(ids) == 0 {
		var save []Step
		for _, row := range a.leaderLast() {
			save = append(save, Step{Say: "Save what " + row.Label() + " holds, before anything is changed.", Command: a.etcdctl(row.Endpoint, "snapshot save "+quote("before-"+row.Label()+".db"))})
		}
		a.add("differs", "The members do not hold the same: find out which one is right", "Clients read one thing or another, as the member that they ask holds it. No majority holds the same.", append(save, log)...)
		return
	}
	why := "Clients read one thing or another, as the member that they ask holds it. It differs from most members, which does not prove that it is wrong."
	steps := []Step{log}
	if byLog {
		why = "Clients read one thing or another, as the member that they ask holds it. By the write-ahead log, which is the same on all members, it is wrong."
		steps = nil
	}
	if len(ids) < len(a.r.Rows) {
		a.without = ids
	}
	defer func() { a.without = nil }()
	save := Step{Say: "Save what the others hold, before anything is changed.", Command: a.etcdctl(first(a.endpoints()), "snapshot save before.db")}
	for _, id := range ids {
		for i := range a.r.Rows {
			row := &a.r.Rows[i]
			if row.ID != id {
				continue
			}
			keep := Step{Say: "Save what " + row.Label() + " holds.", Command: a.etcdctl(row.Endpoint, "snapshot save differs.db")}
			more := []Step{{Say: "Stop it, on its node, and take it out.", Command: a.etcdctl("", fmt.Sprintf("member remove %x", row.ID))}}
			more = append(more, a.replace(row)...)
			a.add("differs", row.Label()+" does not hold what the others hold: replace it", why+a.tool(), slices.Concat([]Step{save, keep}, steps, more)...)
		}
	}
}
