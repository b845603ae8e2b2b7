package etcdsource

import "time"

// Offline is what this machine knows of a cluster whose members do not answer: who the members are, and what can be read
// in their place. Texts are untrusted.
type Offline struct {
	Distribution string // of Kubernetes on this machine, "" not known
	DataDir      string // of this machine's own member, "" not known
	Member       string // the name of that member, "" not known
	Node         *Node  // what this machine's files say; nil where there is no trace of an etcd
	Endpoints    []string
	Access       Access
	Members      []StoredMember
	From         string // what names the members: a data directory, a manifest, a backup; "" where nothing does
	// Copies are what can be opened in the place of the server, the newest revision first.
	Copies []Copy
	// Attempts are other ways to open the cluster itself, the likeliest first.
	Attempts []Attempt
}

// Aside is what a data directory's path ends in that was moved aside, as is advised before a restore.
const Aside = ".old"

// Copy is a member's data directory, or a backup.
type Copy struct {
	Path     string
	DataDir  bool
	Running  bool  // a data directory that an etcd has open
	Revision int64 // the newest one, 0 not known
	Time     time.Time
	Verdict  BackupVerdict // of a backup
	Problem  string        // why it cannot be read, "" if it can
	// Cluster and Member are the IDs that the log of a data directory has; 0 not known.
	Cluster, Member uint64
	Unproven        bool // whether it is of the cluster that was asked for is not known
}

// Best is the copy to open in the place of the server: of those that can be read this machine's own data directory, else the
// newest one. It is nil where there is none.
func (o *Offline) Best() (best *Copy) {
	for i := range o.Copies {
		c := &o.Copies[i]
		if c.Problem == "" && (best == nil || c.DataDir && !best.DataDir) {
			best = c
		}
	}
	return best
}

// Attempt is another way to open a cluster that could not be opened. Its zero value is none; texts are untrusted.
type Attempt struct {
	Endpoint          string // "" for those that were tried
	CACert, Cert, Key string // paths; "" for those that were tried
	From              string // where it was found, for people
}
