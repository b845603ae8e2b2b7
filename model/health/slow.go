package health

import "time"

// Slow is the first thing that is slower than it should be, in the order in which one leads to the next.
type Slow struct {
	Cause  string // fsync, commit, peer, apply, proposals, watchers, snapshot-reader, none
	Member string
	Peer   string  // of the cause peer: the other member
	Value  float64 // milliseconds for the first four causes, else a number
	Limit  float64
	Source string        // of the limit
	Over   time.Duration // the time that the value is about, 0: since the member's start
	Means  string        // what it means, and what to look at
	Silent []string      // members that do not answer, and are not measured
}

// limit is a metric and what it may be.
type limit struct {
	cause  string
	value  func(r *Row) float64 // below 0: not known
	most   float64
	source string
	means  string
}

func ms(d time.Duration) float64 {
	if d < 0 {
		return -1
	}
	return float64(d) / float64(time.Millisecond)
}

// Of fewer measurements than fewest the 99th percentile is the slowest of them, and one proves nothing unless it is several times above
// the limit.
const (
	fewest  = 50
	clearly = 4
	// peerLimit is that of a round trip to another member.
	peerLimit = 150 * time.Millisecond
)

// proved is a percentile in milliseconds; what may be chance is no more than the limit.
func proved(d time.Duration, measured int64, limit float64) float64 {
	if v := ms(d); measured >= fewest || v <= limit || v > clearly*limit {
		return v
	}
	return limit
}

const ownLimit = "etcdscope's own limit"

// limits are the metrics in the order in which one causes the next: a slow disk makes all that follows slow.
var limits = []limit{
	{"fsync", func(r *Row) float64 { return proved(r.Metrics.Fsync, r.Metrics.Fsyncs, 10) }, 10, "etcd's documentation, FAQ: p99 of wal_fsync_duration below 10 ms",
		"the disk takes long to sync the log: look for other writers on it, and for a disk without a cache that is safe"},
	{"commit", func(r *Row) float64 { return proved(r.Metrics.Commit, r.Metrics.Commits, 25) }, 25, "etcd's documentation, FAQ: p99 of backend_commit_duration below 25 ms",
		"the disk takes long to write the database: look for other writers on it"},
	{"peer", func(r *Row) float64 { return ms(r.Peer) }, 150, "etcd's alert etcdMemberCommunicationSlow: p99 below 150 ms",
		"the members take long to reach each other: look at the network between the members"},
	{"apply", func(r *Row) float64 { return ms(r.Metrics.Apply) }, 100, "etcd's --warning-apply-duration: 100 ms",
		"requests take long to carry out: look for lists of whole types, and for large values (space shows them)"},
	{"proposals", func(r *Row) float64 { return float64(r.Metrics.Pending) }, 5, "etcd's alert etcdHighNumberOfPendingProposals: at most 5",
		"more is written than the members can agree on: look for who writes most (6)"},
	{"watchers", func(r *Row) float64 { return float64(r.Metrics.SlowWatchers) }, 10, ownLimit,
		"watchers do not take what they are sent, or start far in the past"},
	{"snapshot-reader", func(r *Row) float64 { return float64(r.Metrics.OpenReads) }, 3, ownLimit,
		"a snapshot or a long read is kept open: the database cannot reuse its free pages meanwhile"},
}

// slowest returns the first metric above its limit, of the member where it is worst; nil where there are no metrics.
func slowest(rows []Row) *Slow {
	known := false
	for _, l := range limits {
		var worst *Row
		for i := range rows {
			if rows[i].Metrics == nil {
				continue
			}
			if known = true; l.value(&rows[i]) > l.most && (worst == nil || l.value(&rows[i]) > l.value(worst)) {
				worst = &rows[i]
			}
		}
		if worst != nil {
			s := &Slow{Cause: l.cause, Member: worst.Label(), Value: l.value(worst), Limit: l.most, Source: l.source, Over: worst.Metrics.Over, Means: l.means, Silent: silent(rows)}
			if l.cause == "peer" {
				s.between(rows, worst, l.most)
			}
			return s
		}
	}
	if !known {
		return nil
	}
	return &Slow{Cause: "none", Silent: silent(rows)}
}

// silent names the members that do not answer.
func silent(rows []Row) (out []string) {
	for i := range rows {
		if rows[i].Role == Down {
			out = append(out, rows[i].Label())
		}
	}
	return out
}

// between says which member or which way it is that takes long: a member to which every way is slow, while the others are not, was stopped
// or is busy; its own measures do not count, for they stop with it.
func (s *Slow) between(rows []Row, from *Row, most float64) {
	slow, ways := map[uint64]int{}, map[uint64]int{}
	all := 0
	for i := range rows {
		if rows[i].Metrics == nil {
			continue
		}
		for j := range rows {
			d, ok := rows[i].Metrics.Peers[rows[j].ID]
			if !ok || !rows[j].Answered || i == j {
				continue
			}
			if ways[rows[j].ID]++; ms(d) > most {
				slow[rows[j].ID]++
				if rows[i].ID != from.PeerTo {
					all++
				}
			}
		}
	}
	to := from.PeerTo
	for i := range rows {
		if rows[i].ID == to {
			s.Peer = rows[i].Label()
		}
	}
	switch {
	case ways[to] > 1 && slow[to] == ways[to] && all == slow[to]:
		s.Means = "all that reach " + s.Peer + " take long, and no other way does: " + s.Peer + " was stopped or busy meanwhile, or its network is slow"
	case all == 1:
		s.Means = "no other way takes long: look at the network between the two, and whether " + s.Peer + " was stopped or busy meanwhile"
	}
}

// Milliseconds reports whether the value is a time.
func (s *Slow) Milliseconds() bool {
	return s.Cause == "fsync" || s.Cause == "commit" || s.Cause == "peer" || s.Cause == "apply"
}
