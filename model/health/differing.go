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

// differing advises on members whose hashes differ. A member that joins copies the leader's data, so that a wrong leader would be
// what is copied.
func (a *adviser) differing() {
	if !a.in.differs() || a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable {
		return
	}
	const reads = "Clients read one thing or another, as the member that they ask holds it. "
	ids, byLog := differing(a.in.Hash)
	var odd []*Row
	for _, id := range ids {
		if row := a.row(id); row != nil {
			odd = append(odd, row)
		}
	}
	right := a.good(byLog)
	log := Step{Say: "On the node of any member, with its data directory: the write-ahead log, which is the same on all, says which one is right.",
		Command: "etcdscope health --hash live " + quote(dataDir(&a.in.Site)) + a.access("")}
	switch {
	case byLog && right == nil && a.in.Hash.Open():
		log.Say = "On the node of another member, with its data directory: its write-ahead log may reach further back, and say which one is right."
		a.add("differs", labels(odd)+holds(odd)+" not hold all that was written; which other one does is not known yet", reads+"The write-ahead log that was read begins too late to say it of all keys. Replace none before that is known: a new member copies the data of the leader, "+a.leading()+", be it right or wrong.", append(a.saveEach(), log)...)
	case byLog && right == nil:
		a.add("differs", "The members do not hold the same, and none that serves is right: replace none", reads+"By the write-ahead log, which is the same on all members, no member holds all that was written; one that is replaced copies the leader's data. Put the keys right that are named, or restore a backup.",
			append(a.saveEach(), Step{Say: "Compare a backup with them.", Command: "etcdscope health --hash BACKUP live" + a.access("")})...)
	case len(odd) == 0:
		a.add("differs", "The members do not hold the same: find out which one is right", reads+"No majority holds the same. Replace none before that is known: the new one copies the data of "+a.leading()+", be it right or wrong.", append(a.saveEach(), log)...)
	case byLog:
		title := labels(odd) + holds(odd) + " not hold what was written: replace " + map[bool]string{true: "it", false: "one after the other"}[len(odd) == 1]
		a.add("differs", title, reads+"By the write-ahead log, which is the same on all members, "+right.Label()+" is right. A new member copies the leader's data, so the leader has to be one that is right."+a.tool(), a.replaceOdd(odd, right, nil)...)
	default:
		title := labels(odd) + " holds something else than most members: find out whether it is wrong before it is replaced"
		if len(odd) > 1 {
			title = labels(odd) + " hold something else than most members: find out whether they are wrong before they are replaced"
		}
		a.add("differs", title, reads+"That most members hold something else is no proof. A new member copies the data of the leader, "+a.leading()+", be it right or wrong: make sure first that the leader is right."+a.tool(), a.replaceOdd(odd, right, &log)...)
	}
}

// holds is the verb of rows that do not hold something.
func holds(rows []*Row) string {
	if len(rows) == 1 {
		return " does"
	}
	return " do"
}

// replaceOdd are the steps that replace the first of members that are wrong, or that others are thought to be, after a right one was made
// the leader; with the log to ask before, where it has not been asked.
func (a *adviser) replaceOdd(odd []*Row, right *Row, log *Step) (steps []Step) {
	leader, move := a.r.Leader(), Step{}
	if leader != nil && right != nil && right != leader {
		move = Step{Say: fmt.Sprintf("Make %s the leader instead of %s, whose data a new member would copy.", right.Label(), leader.Label()), Command: a.etcdctl(leader.Endpoint, fmt.Sprintf("move-leader %x", right.ID))}
	}
	if log == nil && move.Command != "" {
		steps = append(steps, move)
	}
	all := a.access("")
	for _, row := range odd {
		a.without = append(a.without, row.ID)
	}
	defer func() { a.without = nil }()
	from := first(a.endpoints())
	if right != nil {
		from = right.Endpoint
	}
	steps = append(steps, Step{Say: "Save what the others hold, before a member is taken out.", Command: a.etcdctl(from, "snapshot save before.db")})
	for i, row := range odd {
		name := "differs.db"
		if i > 0 {
			name = "differs-" + row.Label() + ".db"
		}
		steps = append(steps, Step{Say: "Save what " + row.Label() + " holds.", Command: a.etcdctl(row.Endpoint, "snapshot save "+quote(name))})
	}
	if log != nil {
		steps = append(steps, *log)
		if move.Command != "" {
			move.Say = "Only if " + leader.Label() + " is wrong: make " + right.Label() + " the leader, whose data a new member copies."
			steps = append(steps, move)
		}
	}
	say := "Stop " + odd[0].Label() + ", on its node, and take it out."
	if log != nil {
		say = "Only if it is wrong: stop " + odd[0].Label() + ", on its node, and take it out."
	}
	steps = append(steps, Step{Say: say, Command: a.etcdctl("", fmt.Sprintf("member remove %x", odd[0].ID))})
	steps = append(steps, a.replace(odd[0])...)
	if len(odd) > 1 {
		steps = append(steps, Step{Say: "Only when the new one votes: compare again, and go on with " + labels(odd[1:]) + " in the same way.", Command: "etcdscope health --hash" + all})
	}
	return steps
}

// good is the member to copy data from: one that the log calls right, else one that holds what most hold; of these the leader, where it
// is one. It is nil where there is none that serves.
func (a *adviser) good(byLog bool) (row *Row) {
	ids, _ := differing(a.in.Hash)
	for _, s := range a.in.Hash.Sides {
		if !s.State.Member || s.Group < 0 || byLog && s.Right != hashcheck.Right || slices.Contains(ids, s.State.ID) {
			continue
		}
		r := a.row(s.State.ID)
		if r != nil && r.Up() && r.Role != Learner && (row == nil || r.Role == Leader) {
			row = r
		}
	}
	return row
}

// row is the row of a member, nil where there is none.
func (a *adviser) row(id uint64) *Row {
	for i := range a.r.Rows {
		if a.r.Rows[i].ID == id {
			return &a.r.Rows[i]
		}
	}
	return nil
}

// leading names the leader.
func (a *adviser) leading() string {
	if l := a.r.Leader(); l != nil {
		return l.Label()
	}
	return "the one that leads"
}

// labels names rows.
func labels(rows []*Row) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Label())
	}
	return list(names)
}

// saveEach are the steps that save what each member holds.
func (a *adviser) saveEach() (steps []Step) {
	for _, row := range a.leaderLast() {
		steps = append(steps, Step{Say: "Save what " + row.Label() + " holds, before anything is changed.", Command: a.etcdctl(row.Endpoint, "snapshot save "+quote("before-"+row.Label()+".db"))})
	}
	return steps
}
