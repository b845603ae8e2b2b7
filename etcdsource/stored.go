package etcdsource

import "context"

// Stored is what a file says of the cluster that wrote it, beside its keys. Texts are untrusted.
type Stored struct {
	ClusterVersion string // the version that all members had agreed on, "3.6.0"; "" where not stored
	Members        []StoredMember
	Auth           bool     // users had to log in to etcd
	Alarms         []string // that were raised: NOSPACE, CORRUPT
}

// StoredMember is a member of that cluster. Learners have no vote.
type StoredMember struct {
	ID         uint64
	Name       string // "" where it was added and never started
	PeerURLs   []string
	ClientURLs []string
	Learner    bool
}

// Storer is the ability to say what a file says of its cluster.
type Storer interface {
	// Stored reads it. Members come in order of their names.
	Stored(context.Context) (Stored, error)
}
