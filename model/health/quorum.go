package health

import (
	"fmt"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// count finds out whether there is a quorum. A read that the quorum has answered proves one, also where other members do
// not answer from here. Without one, enough members must serve and know of a leader.
func (r *Report) count(in *Input) {
	read, refused := false, 0
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Answered {
			r.Answers++
		}
		if row.Role == Refused {
			refused++
		}
		if row.Learner {
			continue
		}
		r.Voters++
		if row.Up() {
			r.Up++
		}
		read = read || row.Answered && row.Read.Took > 0 && row.Read.Fault == ""
	}
	r.Quorum = r.Voters/2 + 1
	r.Verdict = Healthy
	switch up := r.Up; {
	case read && !r.Guessed:
		r.CanLose = max(up, r.Quorum) - r.Quorum
	case read: // the list of members is not known
	case up >= r.Quorum:
		r.CanLose = up - r.Quorum
	case r.hidden(in, refused), r.LearnerOnly():
		r.Verdict = Unknowable
	default:
		r.Verdict = NoQuorum
	}
}

// hidden reports that what answers says nothing about the quorum, where so many members refuse TLS.
func (r *Report) hidden(in *Input, refused int) bool {
	return r.foreign() || refused > 0 && (r.Guessed || r.serving()+refused >= r.Quorum) || r.Guessed && len(r.Rows) == 1 && r.Answers == 0 && !in.single()
}

// LearnerOnly reports that only learners answer, which give no member list and say nothing about the quorum.
func (r *Report) LearnerOnly() bool { return r.Guessed && r.Answers > 0 && r.serving() == 0 }

// single reports that the cluster is known to have one member.
func (in *Input) single() bool { return in.Offline != nil && len(in.Offline.Members) == 1 }

// Unanswered reports that nothing answers, and that no member is known to run.
func (r *Report) Unanswered() bool {
	return r.Answers == 0 && !slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Role == Refused })
}

// foreign reports that no member answers, and that another cluster does at the address of one.
func (r *Report) foreign() bool { return r.InPlace() != nil }

// InPlace is the first member at whose address another cluster answers, while no member answers itself; nil for none.
func (r *Report) InPlace() *Row {
	if i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Foreign }); r.Answers == 0 && i >= 0 {
		return &r.Rows[i]
	}
	return nil
}

// losses says for each member what is left when it dies.
func (r *Report) losses(p *Place) {
	if r.Guessed || r.Verdict == Unknowable {
		return
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if r.Verdict == NoQuorum {
			r.IfLost = append(r.IfLost, Loss{Member: row.Label(), APIServers: p.left(row)})
			continue
		}
		up := r.Quorum + r.CanLose
		if row.Up() && !row.Learner {
			up--
		}
		r.IfLost = append(r.IfLost, Loss{Member: row.Label(), APIServers: p.left(row), Quorum: up >= r.Quorum, CanLose: max(up-r.Quorum, 0)})
	}
}

// The limits from which on something is wrong, or worth advice.
const (
	maxLag       = 5000                // raft entries; etcd sends a snapshot to who is further behind than it keeps entries
	nearlyFull   = 0.8                 // part of the quota
	expiresSoon  = 30 * 24 * time.Hour // of a certificate
	expiresNow   = 7 * 24 * time.Hour
	maxClocks    = 2 * time.Second // that two members' clocks may differ
	fragmented   = 0.5             // part of the database that is free
	leastFragged = 64 << 20        // bytes, below which nobody need care
)

// wrong collects what is wrong, and degrades the verdict.
func (r *Report) wrong(in *Input) {
	say := func(format string, a ...any) {
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, a...))
		if r.Verdict == Healthy {
			r.Verdict = Degraded
		}
	}
	clusters := sides(r, in.Probe.Others)
	for _, s := range slices.Concat([]string{several(clusters), (&adviser{r: r, in: in, sides: clusters}).lacks(), r.revisions(in)}, r.alarms(), r.nearQuota(), r.outside()) {
		if s != "" {
			say("%s", s)
		}
	}
	if in.differs() {
		say("the members do not hold the same (their hashes differ at revision %d): %s", in.Hash.Revision, in.Hash.Named())
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		switch row.Role {
		case NeverStarted:
			counts := "it counts for the quorum"
			if row.Learner {
				counts = "a learner, which does not count for the quorum"
			}
			say("%s was added and has never started: %s", row.Label(), counts)
		case Down:
			say("%s does not answer: %s%s", row.Label(), row.Fault, r.connected(row))
		case Refused:
			say("%s runs, and TLS with it fails: %s", row.Label(), row.Fault)
		case Leaderless:
			say("%s answers, and has no leader", row.Label())
		case Unknown, Leader, Follower, Learner:
			if row.Read.Fault != "" && r.Verdict != NoQuorum && r.Verdict != Unknowable {
				say("%s: %s", row.Label(), row.Read.Fault)
			}
		}
		if row.Lag > maxLag {
			say("%s is %d raft entries behind", row.Label(), row.Lag)
		}
		for _, c := range row.Certificates {
			if c.NotAfter.Sub(r.Time) < expiresNow {
				say("the %s certificate of %s %s", c.Of, row.Label(), expiry(c, r.Time))
			}
		}
	}
	for _, c := range in.Probe.Certificates {
		if c.NotAfter.Sub(r.Time) < expiresNow {
			say("the %s certificate %s %s", c.Of, c.File, expiry(c, r.Time))
		}
	}
}

// noticed is how long the leader may take to notice that a connection is gone.
const noticed = 10 * time.Second

// connected says of a member that does not answer here that the leader has a connection to it, which a process that has been stopped
// keeps too. What the leader said before the
// member fell silent, or soon after it, says nothing.
func (r *Report) connected(row *Row) string {
	l := r.Leader()
	if l == nil || l.Metrics == nil || row.ID == 0 || !slices.Contains(l.Metrics.ActivePeers, row.ID) || !row.Seen.IsZero() && l.Metrics.Time.Sub(row.Seen) < noticed {
		return ""
	}
	return "; the leader's connection to it is open: it is out of reach from here, or hangs"
}

// expiry says when a certificate ends.
func expiry(c etcdsource.Certificate, now time.Time) string {
	on := c.NotAfter.UTC().Format("2006-01-02 15:04Z")
	switch d := c.NotAfter.Sub(now); {
	case d < 0:
		return "expired on " + on
	case d < 48*time.Hour:
		return fmt.Sprintf("expires in %d hours, on %s", int(d.Hours()), on)
	default:
		return fmt.Sprintf("expires in %d days, on %s", int(d.Hours()/24), on)
	}
}

// raised returns the members that have raised an alarm, by its name.
func (r *Report) raised(name string) (out []uint64) {
	seen := map[uint64]bool{}
	for i := range r.Rows {
		for _, a := range r.Rows[i].Status.Alarms {
			if a.Name == name && !seen[a.Member] {
				seen[a.Member] = true
				out = append(out, a.Member)
			}
		}
	}
	return out
}

// alarms says what the alarms mean.
func (r *Report) alarms() (out []string) {
	if ids := r.raised("NOSPACE"); len(ids) > 0 {
		out = append(out, "alarm NOSPACE, raised by "+r.labels(ids)+": writes are refused, reads and deletions work")
	}
	if ids := r.raised("CORRUPT"); len(ids) > 0 {
		out = append(out, "alarm CORRUPT, raised by "+r.labels(ids)+": its data differed from the others', and all members refuse writes until it is disarmed")
	}
	return out
}

func (r *Report) labels(ids []uint64) string {
	var out []string
	for _, id := range ids {
		name := fmt.Sprintf("%x", id)
		for i := range r.Rows {
			if r.Rows[i].ID == id {
				name = r.Rows[i].Label()
			}
		}
		out = append(out, name)
	}
	return list(out)
}

// list writes names as "a, b and c".
func list(names []string) string {
	switch n := len(names); n {
	case 0:
		return "none"
	case 1:
		return names[0]
	default:
		s := names[0]
		for _, name := range names[1 : n-1] {
			s += ", " + name
		}
		return s + " and " + names[n-1]
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// sentence writes the verdict and the margin.
func (r *Report) sentence(in *Input) {
	guessed := in.Probe.Guessed
	n := r.counted()
	switch {
	case r.Verdict == Unknowable:
		r.Sentence = r.unknowable(n)
	case r.Answers == 0 && guessed:
		r.Sentence = plural(len(r.Rows), "address") + ", and no member answers"
		if len(r.Rows) != 1 {
			r.Sentence = fmt.Sprintf("%d addresses, and no member answers", len(r.Rows))
		}
	case r.Answers == 0:
		r.Sentence = n + ", and none answers"
	case guessed:
		r.Sentence = "the member list cannot be read: what may fail is not known"
	case r.Verdict == NoQuorum && r.serving() >= r.Quorum:
		r.Sentence = fmt.Sprintf("%d of %s answer, enough for a quorum, and have no leader: no writes, and reads only with --serializable; an election is under way, or they do not reach each other", r.serving(), n)
	case r.Verdict == NoQuorum && r.displaced() != nil:
		r.Sentence = fmt.Sprintf("%d of %s can serve, %d are needed: no writes, and reads only with --serializable; another cluster answers at the address of %s", r.serving(), n, r.Quorum, r.displaced().Label())
	case r.Verdict == NoQuorum:
		r.Sentence = fmt.Sprintf("%d of %s can serve, %d are needed: no writes, and reads only with --serializable; start %d more", r.serving(), n, r.Quorum, r.Quorum-r.serving())
	case r.CanLose+r.Quorum < r.Voters:
		r.Sentence = fmt.Sprintf("%s, %d of them up, quorum %d: %s", n, r.CanLose+r.Quorum, r.Quorum, r.margin("more"))
	default:
		r.Sentence = fmt.Sprintf("%s, quorum %d: %s", n, r.Quorum, r.margin(""))
	}
	if all := sides(r, in.Probe.Others); len(all) > 1 { // which is newer is said in Wrong
		r.Sentence = fmt.Sprintf("%s; of %x: %s", belong(all), r.Cluster, r.Sentence)
		return
	}
	switch {
	case r.Verdict == NoQuorum || r.Verdict == Unknowable || guessed:
	case len(r.raised("NOSPACE")) > 0:
		r.Sentence = "NOSPACE: writes are refused until space is freed; " + r.Sentence
	case len(r.raised("CORRUPT")) > 0:
		r.Sentence = "CORRUPT: writes are refused until the alarm is disarmed; " + r.Sentence
	case in.differs(), r.Diverged():
		r.Sentence = "the members do not hold the same data; " + r.Sentence
	}
}

// unknowable says why nothing is known of the quorum of n members.
func (r *Report) unknowable(n string) string {
	refused, of := []*Row(nil), ""
	for i := range r.Rows {
		if r.Rows[i].Role == Refused {
			refused = append(refused, &r.Rows[i])
		}
	}
	switch {
	case r.foreign():
		return "another cluster answers there now: ctrl+r opens it; of the one that was opened no member answers"
	case r.LearnerOnly():
		return "only a learner answers, which gives no member list and says nothing about the quorum: name the address of a member that votes"
	case len(refused) == 0:
		return "the one address does not answer, which says nothing about the quorum: " + r.Rows[0].Fault
	case r.Guessed && len(refused) == len(r.Rows):
		of = "at " + plural(len(r.Rows), "address")
		if len(r.Rows) != 1 {
			of = fmt.Sprintf("at each of %d addresses", len(r.Rows))
		}
	case r.Guessed:
		of = fmt.Sprintf("at %d of %d addresses", len(refused), len(r.Rows))
	default:
		of = fmt.Sprintf("with %d of %s", len(refused), n)
	}
	return "TLS fails " + of + ", so the members cannot be asked; this says nothing about the quorum: " + refused[0].Fault
}

// serving are the voters that answer, without a leader too.
func (r *Report) serving() (n int) {
	for i := range r.Rows {
		if row := &r.Rows[i]; !row.Learner && row.Answered {
			n++
		}
	}
	return n
}

func (r *Report) margin(more string) string {
	switch {
	case r.CanLose == 0 && more != "":
		return "losing one more stops writes"
	case r.CanLose == 0:
		return "you can lose none"
	case more != "":
		return fmt.Sprintf("you can lose %d more", r.CanLose)
	case r.Voters%2 == 0:
		return fmt.Sprintf("you can lose %d, as with %d", r.CanLose, r.Voters-1)
	}
	return fmt.Sprintf("you can lose %d", r.CanLose)
}
