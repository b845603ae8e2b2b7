package restore

import (
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Facts are what a plan is made of.
type Facts struct {
	File     File
	Stored   etcdsource.Stored
	Contents *Contents
	Node     etcdsource.Node
	Given    Given
	// Others are the stores that the file was held against: live, a member's data directory, newer backups.
	Others []Other
	// Unread says why no running member could be read, "" where none was tried.
	Unread string
	Now    time.Time
	Root   string // of the Kubernetes keys: /registry/
}

// File is the snapshot.
type File struct {
	Path     string
	Revision int64
	Keys     int64
	Bytes    int64 // of the database
	Version  string
	Checksum etcdsource.Verdict
	NoSum    bool // it carries no checksum
	Damage   string
	Behind   string // what a member's database lacks of its WAL
	Modified time.Time
	// Folder reports that it is a folder: a member's data directory, or one backup's.
	Folder bool
	// Beside are the names of the files in its folder.
	Beside []string
	// Fixed reports that nothing can be written into its folder: it is mounted read-only, or another's.
	Fixed bool
	// InDataDir reports that it lies below the data directory of this node.
	InDataDir bool
}

// Given is what the user said.
type Given struct {
	Distribution   string
	InitialCluster string // NAME=URL,…
	Token          string
	Member         string // --name
	PeerURLs       []string
	EtcdVersion    string
	Bump           uint64
	BumpGiven      bool
	DataDir        string // --data-dir, absolute, "" for the distribution's
	WALDir         string // --wal-dir, absolute
	Free           int64  // bytes on the disk of DataDir, -1 where not known
	Rooted         bool   // the node's file tree was named: what is missing in it is missing
	Accept         map[Kind]bool
}

// Other is a store that the file was held against.
type Other struct {
	What     string // "the live cluster", "the backup /b/x.db"
	Live     bool
	NoQuorum bool // it is live, and no member has a leader
	Revision int64
	Cluster  string // as Contents.Cluster
	Nodes    map[string]bool
	Loss     *Loss // nil where it was not compared
	// Bytes is the size of the database, -1 where not known.
	Bytes int64
}

// Member is a member of the cluster that is restored.
type Member struct {
	Name     string   `json:"name"`
	PeerURLs []string `json:"peerURLs"`
	Node     string   `json:"node"` // the host's name, else its address, else the member's name
	Here     bool     `json:"here"` // it is this node's
}

// Kind names a danger.
type Kind string

// The dangers. Those that can stop a restore are marked.
const (
	Damaged        Kind = "damaged"         // stops
	Foreign        Kind = "another-cluster" // stops
	Older          Kind = "older-than-live" // stops
	TooNew         Kind = "version"         // stops
	MissingKey     Kind = "missing-key"     // stops
	NoRoom         Kind = "no-room"         // stops
	NoChecksum     Kind = "no-checksum"
	Loses          Kind = "loses-writes"
	Aged           Kind = "old"
	KMSNeeded      Kind = "kms"
	DeadAPIServer  Kind = "dead-apiserver"
	DeadNode       Kind = "dead-node"
	ExpiredCert    Kind = "expired-certificate"
	ExpiringCert   Kind = "expiring-certificate"
	ExpiredOnNode  Kind = "expired-on-node"
	EventsExpire   Kind = "events-expire"
	Terminating    Kind = "terminating"
	Unreadable     Kind = "unreadable"
	Auth           Kind = "etcd-auth"
	Alarm          Kind = "alarm"
	Quota          Kind = "quota"
	NotAMember     Kind = "not-a-member"
	SmallBump      Kind = "small-bump"
	BehindWAL      Kind = "behind-wal"
	OtherEtcd      Kind = "another-etcd"
	WrongToken     Kind = "wrong-token" // stops
	LooksInS3      Kind = "looks-in-s3"
	ResetBefore    Kind = "reset-flag"
	NoStaticPods   Kind = "no-static-resources"
	BareDatabase   Kind = "bare-database"
	DetachedVolume Kind = "attached-volumes"
	FileInTheWay   Kind = "file-in-data-dir"
	Runs           Kind = "member-runs"
	NoMembers      Kind = "members-unknown"
)

// Warning is a danger that was found.
type Warning struct {
	Kind   Kind   `json:"kind"`
	Stop   bool   `json:"stop,omitempty"` // nothing is to be made while it is not accepted
	Text   string `json:"warning"`
	Detail string `json:"detail"`
	// Names are the objects or files that are meant, as many as are named.
	Names []string `json:"names,omitempty"`
}

// Need is something that no snapshot contains.
type Need struct {
	What  string `json:"need"`
	Path  string `json:"path,omitempty"`
	State string `json:"state"` // present, missing, unchecked
	Why   string `json:"why,omitempty"`
}

// The states of a Need.
const (
	Present   = "present"
	Missing   = "missing"
	Unchecked = "unchecked" // this is no node of the cluster
)

// Step is one step of the plan, on one node.
type Step struct {
	Number  int    `json:"step"`
	Node    string `json:"node"`
	Title   string `json:"title"`
	Command string `json:"command"` // of one or more lines
	Why     string `json:"why"`
	Undo    string `json:"undo"`
	Mistake string `json:"mistake,omitempty"` // what loses data here in practice
	Check   bool   `json:"check,omitempty"`   // it belongs to the checklist after the restore
}

// Plan is how a snapshot is restored.
type Plan struct {
	File             File
	Distribution     string
	DistributionFrom string   // where that is known from
	OnNode           bool     // it was made on a node of the cluster, or its file tree: what is missing there is missing
	Encryption       string   // the EncryptionConfiguration of that node, "" for none
	Against          []string // the stores that the file was held against
	Members          []Member
	From             string // where the members are known from
	Bump             uint64
	BumpWhy          string
	NoBump           string // why the distribution's own command bumps nothing, "" where the plan does
	DataDir          string
	Owner, Mode      string
	Free             int64
	Starts           string // which versions of etcd can start it
	Token            string
	Warnings         []Warning
	Needs            []Need
	Steps            []Step
}

// Stopped returns the warnings that stop the restore and were not accepted.
func (p *Plan) Stopped() (out []Warning) {
	for _, w := range p.Warnings {
		if w.Stop {
			out = append(out, w)
		}
	}
	return out
}
