// Package health judges a cluster by what its members answered: what it can still lose, what is wrong, why it is slow, and
// which command comes next.
//
//	etcdsource.Probe ─┐
//	Place (the store) ├─► Judge ─► Report: rows, verdict, one sentence, what if a member dies, what is slow, advice
//	Site (the node)  ─┘
//
// What always holds:
//   - It is pure: the same input gives the same report. Only ReadPlace reads, and little.
//   - What is not known is not judged: a metric that nobody could read, a topology that nothing shows.
//   - Advice is text: commands with the addresses, IDs and certificates in use. Nothing here carries one out.
//   - Texts of a Report that come from outside (names, addresses, faults) are untrusted until they are drawn.
package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// Verdict is how a cluster is, in a word or two.
type Verdict string

// The verdicts.
const (
	Healthy  Verdict = "healthy"
	Degraded Verdict = "degraded"  // it serves, and something is wrong with it
	NoQuorum Verdict = "no quorum" // it takes no writes, and reads that ask the quorum fail
	// Unknowable is that of a cluster whose members run and cannot be asked, because TLS fails with too many of them, or of which
	// one address is known and does not answer.
	Unknowable Verdict = "unknown"
)

// Site is what is known of the node that etcdscope runs on.
type Site struct {
	Distribution string           // kubeadm, k3s, rke2, k0s, openshift, kops, kubespray, etcd; "" not known
	DataDir      string           // of the node's own member, "" not known
	Node         *etcdsource.Node // what its files say; nil where they were not read
}

// Input is what is judged.
type Input struct {
	Probe etcdsource.Probe
	Gone  []etcdsource.Member // that were members before, as they were then, the last one that went last
	Place *Place              // nil: the store was not read
	Site  Site
	// Local is what this node's files say where the members were not found by them; nil where they were not read.
	Local *etcdsource.Node
	// Offline is what can be read in the place of the members; nil where it was not looked for.
	Offline *etcdsource.Offline
	Sizes   []Size // of the database, as its backups and earlier answers show them
	// Hash is what comparing the members' hashes found; nil where that was not asked for.
	Hash *hashcheck.Result
}

// Role is what a member is at the moment.
type Role string

// The roles of members.
const (
	Leader       Role = "leader"
	Follower     Role = "follower"
	Learner      Role = "learner"
	Leaderless   Role = "no leader"     // it answers, and knows of no leader
	Down         Role = "no answer"     // it does not answer here
	NeverStarted Role = "never started" // it was added, and counts
	Unknown      Role = "unknown"       // it answers, and this user may not ask for its status
	Refused      Role = "TLS fails"     // it runs, and cannot be asked: its Fault says why
	Removed      Role = "removed"       // of a NonMember: it was a member
	Outside      Role = "no member"     // of a NonMember: it has no data
	Elsewhere    Role = "other cluster" // of a NonMember: it is another cluster's
)

// Row is a member and what follows from comparing it with the others.
type Row struct {
	etcdsource.Member
	Role         Role
	Lag          int64 // raft entries that it has to apply to reach the member that is furthest, -1 not known
	RevisionsLag int64 // the same in revisions
	// Peer is the 99th percentile of the round trip to the slowest other member that answers here, -1 not known.
	Peer   time.Duration
	PeerTo uint64 // that member, 0 not known
}

// Label names a member in a sentence.
func (r *Row) Label() string {
	switch {
	case r.Name != "":
		return r.Name
	case r.ID != 0:
		return fmt.Sprintf("%x", r.ID)
	}
	return r.Endpoint
}

// Up reports whether a member serves.
func (r *Row) Up() bool {
	return r.Role == Leader || r.Role == Follower || r.Role == Learner || r.Role == Unknown
}

// Free is the part of a member's database that defragmentation gives back, from 0 to 1, and its bytes.
func (r *Row) Free() (part float64, bytes int64) {
	s := &r.Status
	if s.DBSize <= 0 || s.DBInUse < 0 || s.DBInUse > s.DBSize {
		return 0, 0
	}
	bytes = s.DBSize - s.DBInUse
	return float64(bytes) / float64(s.DBSize), bytes
}

// Loss is what is left when a member dies.
type Loss struct {
	Member     string
	APIServers int // that are left, -1 not known
	Quorum     bool
	CanLose    int // more members that may fail then
}

// Report is what is known of a cluster.
type Report struct {
	Time     time.Time
	Cluster  uint64
	Rows     []Row
	Own      []etcdsource.Certificate    // this client's, and those of the CAs that it trusts
	Silent   []etcdsource.SilentEndpoint // given addresses that do not answer and are no member's
	Voters   int
	Up       int // voters that serve, as far as is seen from here
	Quorum   int
	CanLose  int
	Answers  int  // members that answered
	Guessed  bool // no member list is known: the rows are addresses, and the numbers of members mean nothing
	Verdict  Verdict
	Sentence string // one sentence: the verdict and the margin
	Wrong    []string
	IfLost   []Loss
	Topology Topology
	Slow     *Slow // nil where no metrics could be read, and where nothing is slow because there is no quorum
	Full     *Full // nil where no growth was seen for long enough
	Advice   []Advice
	// NonMember is this node's own etcd where it is no member of the cluster; nil where it is, or where that is not known.
	NonMember *NonMember
}

// Leader is the row of the leader, nil where none is known.
func (r *Report) Leader() *Row {
	for i := range r.Rows {
		if r.Rows[i].Role == Leader {
			return &r.Rows[i]
		}
	}
	return nil
}

// Revision is the newest revision of any member, 0 where none answered.
func (r *Report) Revision() (rev int64) {
	for i := range r.Rows {
		rev = max(rev, r.Rows[i].Status.Revision)
	}
	return rev
}

// Judge judges a cluster.
func Judge(in Input) *Report {
	in.Site = in.site()
	r := &Report{Time: in.Probe.Time, Cluster: in.Probe.Cluster, Own: in.Probe.Certificates, Guessed: in.Probe.Guessed, Silent: in.Probe.Silent}
	r.rows(in.Probe.Members)
	r.count(&in)
	if r.NonMember = nonMember(r, &in); r.NonMember != nil && in.Local == nil {
		r.Silent = withoutOwn(r.Silent, &in)
	}
	r.Topology = topology(r.Rows, r.Guessed, in.Place, in.Site.Node)
	r.losses(in.Place)
	r.Slow = slowest(r.Rows)
	if size, quota := r.Size(); size.Bytes > 0 {
		r.Full = Fill(append(slices.Clone(in.Sizes), size), quota)
	}
	if r.Verdict == NoQuorum && r.Slow != nil && r.Slow.Cause == "none" {
		r.Slow = nil // nothing is written, which proves nothing
	}
	r.wrong(&in)
	r.sentence(&in)
	r.Advice = advise(r, &in)
	return r
}

// site is what is known of the node, also where only looking for what can be read in the place of its member has shown it.
func (in *Input) site() Site {
	s, o := in.Site, in.Offline
	if o == nil || slices.ContainsFunc(o.Copies, func(c etcdsource.Copy) bool { return c.Unproven }) {
		return s
	}
	if s.Distribution == "" {
		s.Distribution, s.DataDir = o.Distribution, cmp.Or(s.DataDir, o.DataDir)
	}
	if o.Node != nil { // it was read later
		s.Node = o.Node
	}
	return s
}

// Lacks reports whether a cluster has fewer members than it probably had: what this machine's files say of it is of interest then.
func (r *Report) Lacks() bool { return !r.Guessed && (r.Voters == 1 || r.Voters%2 == 0) }

// rows compares the members with each other.
func (r *Report) rows(members []etcdsource.Member) {
	furthest, newest := uint64(0), int64(0)
	for i := range members {
		furthest, newest = max(furthest, members[i].Status.Applied), max(newest, members[i].Status.Revision)
	}
	for _, m := range members {
		row := Row{Member: m, Role: role(&m), Lag: -1, RevisionsLag: -1, Peer: -1}
		if m.Answered && !m.Denied {
			row.Lag, row.RevisionsLag = int64(furthest-m.Status.Applied), newest-m.Status.Revision
		}
		if m.Metrics != nil {
			row.Peer, row.PeerTo = slowestPeer(m.Metrics, members)
		}
		r.Rows = append(r.Rows, row)
	}
}

// slowestPeer is the longest round trip to a member that answers; that of one that does not says only that it is down, or was. One of few
// measurements that may be chance counts no more than the limit.
func slowestPeer(m *etcdsource.Metrics, members []etcdsource.Member) (worst time.Duration, to uint64) {
	worst = -1
	for i := range members {
		id := members[i].ID
		d, ok := m.Peers[id]
		if d > peerLimit && proved(d, m.PeerTrips[id], ms(peerLimit)) <= ms(peerLimit) {
			d = peerLimit
		}
		if ok && members[i].Answered && d > worst {
			worst, to = d, id
		}
	}
	return worst, to
}

func role(m *etcdsource.Member) Role {
	switch {
	case !m.Answered && m.Refusal != "":
		return Refused
	case !m.Answered && m.ID != 0 && m.Name == "" && len(m.ClientURLs) == 0:
		return NeverStarted
	case !m.Answered:
		return Down
	case m.Denied:
		return Unknown
	case m.Learner:
		return Learner
	case m.Status.Leader == 0:
		return Leaderless
	case m.Status.Leader == m.ID:
		return Leader
	}
	return Follower
}
