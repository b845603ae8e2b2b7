package etcdsource

import (
	"context"
	"time"
)

// Prober is the ability to ask each member of a cluster itself how it is. It only reads.
//
//	member list ─► every member at once, each with its own timeout: Status, one read, certificates, metrics ─► Probe
type Prober interface {
	// Probe asks all members at once. A member that does not answer is a member with a Fault, and delays no other one.
	// The error is the context's, or says that nothing is known of the cluster's members.
	Probe(ctx context.Context) (Probe, error)
}

// Probe is what the members of a cluster answered at one time. Texts are untrusted.
type Probe struct {
	Time    time.Time
	Cluster uint64 // 0: not known
	Members []Member
	// Guessed reports that no member has answered with a member list yet: Members are the addresses that were given.
	Guessed bool
	// Others are the given addresses, and those of the member list that are not of this machine alone, at which another cluster answers.
	Others []OtherCluster
	// Silent are the given addresses at which nothing answers and that are no member's, as far as is known; nil where Guessed.
	Silent []SilentEndpoint
	// Certificates are this client's: its own (client), and those that it trusts (ca).
	Certificates []Certificate
	Access       Access
}

// SilentEndpoint is an address that does not answer.
type SilentEndpoint struct {
	Endpoint string
	Fault    string // one line: why
}

// OtherCluster is a cluster that answers at an address beside the one that was opened.
type OtherCluster struct {
	Endpoint string
	Cluster  uint64
	Revision int64 // 0: not known
}

// Access is how the cluster is reached: what etcdctl is to be given as flags.
type Access struct {
	CACert, Cert, Key  string // paths, "" for none
	User               string
	InsecureSkipVerify bool
}

// Flags are the flags of etcdctl, and of etcdscope, that reach an address so. A password is none of them.
func (a *Access) Flags(endpoints string) (out []string) {
	for _, f := range []struct{ name, value string }{{"endpoints", endpoints}, {"cacert", a.CACert}, {"cert", a.Cert}, {"key", a.Key}, {"user", a.User}} {
		if f.value != "" {
			out = append(out, "--"+f.name+"="+f.value)
		}
	}
	if a.InsecureSkipVerify {
		out = append(out, "--insecure-skip-tls-verify")
	}
	return out
}

// Member is one member of the member list, and what it answered.
type Member struct {
	ID         uint64 // 0: not known
	Name       string // "" of one that was added and has never started
	PeerURLs   []string
	ClientURLs []string // empty of one that has never started
	Learner    bool
	Endpoint   string    // the address that was asked last, "" where there is none to ask
	Answered   bool      // it answered at this time
	Seen       time.Time // when it answered last, zero for never
	Denied     bool      // it answered, and this user may not ask for its status
	Fault      string    // one line: why it did not answer, or what it refused; "" for nothing
	// Refusal is what to do about a member that runs, and that TLS fails with, as Fault says; "" elsewhere.
	Refusal string
	Foreign bool // another cluster answers at its address

	// Settled reports that it was asked for its Status twice, as members are of which several have applied the same raft entries and are
	// at different revisions, and that nothing had moved.
	Settled bool

	Status       MemberStatus // zero unless Answered, or where Denied
	Read         MemberRead
	Certificates []Certificate // the server's and its CA's, as the handshake showed them
	Metrics      *Metrics      // nil where /metrics does not answer, or has not been asked
	Clock        *ClockReading // nil where it is not known
}

// MemberStatus is a member's Status.
type MemberStatus struct {
	Version, Storage string // Storage is "" before 3.6
	DBSize           int64  // bytes
	DBInUse, Quota   int64  // bytes, -1 where not known
	Leader           uint64 // 0: it knows of none
	Term             uint64
	Index, Applied   uint64
	Revision         int64
	Alarms           []Alarm // those of all members that this one knows of
	Downgrade        string  // the version that a downgrade under way leads to, "" for none
}

// MemberRead is a read that asks the quorum; of a learner one that does not.
type MemberRead struct {
	Took  time.Duration // 0: it was not made
	Fault string        // one line, "" where it was answered
}

// Alarm is one that a member has raised.
type Alarm struct {
	Member uint64
	Name   string // NOSPACE, CORRUPT
}

// Certificate is what is known of a certificate.
type Certificate struct {
	Of       string // server, client, ca
	Subject  string
	File     string // "" where it came from a handshake
	NotAfter time.Time
}

// ClockReading is how far a member's clock is ahead of this machine's. It is read from the date of an HTTP answer, which
// has whole seconds.
type ClockReading struct{ Ahead, Error time.Duration }

// Metrics is what a member's /metrics says. A duration is the 99th percentile, -1 where nothing was measured.
type Metrics struct {
	Time time.Time // when they were read
	// Over is the time between two scrapes whose difference this is; 0: since the member's start.
	Over                 time.Duration
	Fsync, Commit, Apply time.Duration            // the 99th percentiles, -1 not known
	Fsyncs, Commits      int64                    // how many times those were measured
	Peers                map[uint64]time.Duration // of the round trip to each other member that was measured
	PeerTrips            map[uint64]int64         // how many times each of those was measured
	Compacted            int64                    // the revision of the last compaction, 0 for none yet, -1 not known
	Defragmented         int64                    // how often since the member's start, -1 not known
	Pending              int64                    // proposals that wait
	SlowApplies          int64                    // requests that took long to apply
	SlowWatchers         int64                    // now
	OpenReads            int64                    // read transactions that are open now: a snapshot that hangs keeps one
	Elections            int64                    // changes of the leader
	FailedProposals      int64
	ActivePeers          []uint64 // members that this one is connected to
}
