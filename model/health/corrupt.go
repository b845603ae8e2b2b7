package health

import (
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// corrupt advises on the alarm CORRUPT. While one is raised, by whichever member, each member refuses writes (etcd's
// server/etcdserver/apply); it stays raised when the member that raised it was replaced.
func (a *adviser) corrupt() {
	ids := a.r.raised("CORRUPT")
	if len(ids) == 0 {
		return
	}
	const refused = "All members refuse writes until the alarm is disarmed. "
	compare := Step{Say: "Compare what the members hold.", Command: "etcdscope health --hash" + a.access("")}
	disarm := Step{Say: "Disarm it: writes are taken again.", Command: a.etcdctl("", "alarm disarm")}
	var bad []*Row
	for _, id := range ids {
		if row := a.row(id); row != nil {
			bad = append(bad, row)
		}
	}
	switch {
	case a.in.equal():
		a.add("corrupt", "CORRUPT: all members hold the same now: disarm the alarm", refused+"The hashes of all members are equal.", disarm)
	case a.in.differs():
		a.add("corrupt", "CORRUPT: replace the member that differs, and disarm the alarm then", refused+"The members do not hold the same: what to do about that follows.",
			Step{Say: "Only when all members hold the same: disarm it, and writes are taken again.", Command: disarm.Command})
	case len(bad) == 0:
		disarm.Say = "Only where they are equal: disarm it, and writes are taken again."
		a.add("corrupt", "CORRUPT: "+a.r.labels(ids)+", which raised it, is no longer a member: compare the others, then disarm the alarm", refused+"Do not disarm it while members differ: what one of them holds would be served.", compare, disarm)
	default:
		a.add("corrupt", "CORRUPT: find the member whose data differs, and replace it",
			refused+"The members do not hold the same data. Do not disarm it before that member was replaced: its data would be served again.", a.replaceCorrupt(bad[0], disarm)...)
	}
}

// replaceCorrupt are the steps from the alarm of a member to its replacement.
func (a *adviser) replaceCorrupt(bad *Row, disarm Step) []Step {
	steps := append(a.saveEach(),
		Step{Say: "Compare the members' hashes at one revision; with three members the one that differs is likely to be wrong, which is no proof.", Command: a.etcdctl("", fmt.Sprintf("endpoint hashkv --rev=%d --write-out=table", a.r.common()))},
		Step{Say: "Which keys differ, and on a node with a data directory of a member which version is right:", Command: "etcdscope health --hash" + a.access("")},
		Step{Say: "A new member copies the leader's data: if the leader, " + a.leading() + ", is the one that is wrong, make another one the leader first.", Command: a.moveLeader()})
	a.without = []uint64{bad.ID}
	defer func() { a.without = nil }()
	steps = append(steps, Step{Say: "Only if " + bad.Label() + ", which raised the alarm, is the one that is wrong: stop it, on its node, and take it out.", Command: a.etcdctl("", fmt.Sprintf("member remove %x", bad.ID))})
	steps = append(steps, a.replace(bad)...)
	disarm.Say = "Only when all members hold the same: disarm the alarm, and writes are taken again."
	return append(steps, disarm)
}

// common is the newest revision that all members have which answer, 0 where none did: a member refuses to hash a later one.
func (r *Report) common() (rev int64) {
	for i := range r.Rows {
		if s := &r.Rows[i].Status; s.Revision > 0 && (rev == 0 || s.Revision < rev) {
			rev = s.Revision
		}
	}
	return rev
}

// equal reports whether a comparison found that all members hold the same, and that these are the members still.
func (in *Input) equal() bool {
	return in.Hash != nil && in.Hash.Verdict == hashcheck.Equal && !slices.ContainsFunc(in.Probe.Members, func(m etcdsource.Member) bool {
		return !slices.ContainsFunc(in.Hash.Sides, func(s *hashcheck.Side) bool { return s.State.Member && s.State.ID == m.ID && s.Group >= 0 })
	})
}

// moveLeader is the command that makes the first member that raised no CORRUPT the leader, "" where there is no other one.
func (a *adviser) moveLeader() string {
	bad, leader := a.r.raised("CORRUPT"), a.r.Leader()
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; leader != nil && row.Role == Follower && !slices.Contains(bad, row.ID) {
			return a.etcdctl(leader.Endpoint, fmt.Sprintf("move-leader %x", row.ID))
		}
	}
	return ""
}
