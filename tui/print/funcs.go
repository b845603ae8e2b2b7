package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/config"
)

// Funcs is what the commands cannot do themselves. main fills it in; a nil function makes its commands fail with exit
// code 2.
type Funcs struct {
	// Open opens a source; the caller closes it. Errors are *etcdsource.Problem where they are for people.
	Open func(context.Context, OpenOptions) (Opened, error)
	// Discover lists the etcds of the node whose file tree is at root ("" for this one), the best first, and every place
	// that was looked at.
	Discover func(ctx context.Context, root string) ([]Candidate, []Place, error)
	// Offline says what this machine knows of the members that do not answer: who they are, and what can be read in their
	// place. Ask asks them, and those that it names. Both may be nil.
	Offline func(context.Context, OpenOptions) etcdsource.Offline
	Ask     func(context.Context, OpenOptions, *etcdsource.Offline) (etcdsource.Probe, error)
	// Save streams a snapshot of the source into a file, verified; it replaces one that exists only with force. report
	// is called with a step's name and the bytes done and in all (-1 where not known); it may be nil.
	Save func(ctx context.Context, src etcdsource.Source, path string, force bool, report func(step string, done, total int64)) (Saved, error)
	// Schedule makes backups of a running cluster in a place, as o says, until ctx ends, which is no error. progress is called while
	// a snapshot is saved. It fails with etcdsource.ErrFailures after too many failures in a row.
	Schedule func(ctx context.Context, src OpenOptions, place etcdsource.Place, o etcdsource.ScheduleOptions, progress func(step string, done, total int64)) error
	// Schedules returns what a place says of the schedules that keep backups there. It may be nil.
	Schedules func(ctx context.Context, place etcdsource.Place) ([]etcdsource.Schedule, error)
	// History returns the changes of one key in the backups of a folder or a bucket, the oldest first. It may be nil.
	History func(ctx context.Context, place etcdsource.Place, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error)
	// Bucket lists the backups in a bucket, the newest first, as List does those of a folder. It reads no backup. It may be nil.
	Bucket func(ctx context.Context, place etcdsource.Place) ([]etcdsource.Backup, error)
	// Parts returns what killed saves have left where a snapshot is to be saved; RemovePart removes one of these. Both may
	// be nil.
	Parts      func(path string) []etcdsource.Part
	RemovePart func(path string) error
	// Status reads the figures of the snapshot at Path, those of etcdutl snapshot status.
	Status func(context.Context, OpenOptions) (Status, error)
	// Previous are the snapshots in the folder of path that may have been made before a revision, the newest first.
	Previous func(ctx context.Context, path string, revision int64) []string
	// Keep notes what the backup at path is, before it is verified, and returns what keeps the verdict on it, as long as the
	// file is still the same. Of that Backup only what a verification finds is read. Errors are *etcdsource.Problem, or the
	// context's.
	Keep func(path string) func(context.Context, etcdsource.Backup) error
	// List lists the backups in a folder, the newest first, then what lies among them and is none. It reads little of each.
	List func(ctx context.Context, dir string) ([]etcdsource.Backup, error)
	// Kept returns the verdict that was kept of a file, if that is still as it was then. It may be nil.
	Kept func(path string) (etcdsource.Backup, bool)
	// Newest returns the newest verified backup of a cluster, known by the uid of its namespace kube-system (verify.Cluster),
	// that is still as it was verified: Time is when it was made. It reads what is kept, and no backup.
	Newest func(cluster string) (etcdsource.Backup, bool)
	// Newer is the newest snapshot in the folder of path that ends behind a revision; "" for none.
	Newer func(ctx context.Context, path string, revision int64) string
	// Node reads what the control-plane node at root says of its etcd; distribution is "" to find it out.
	Node func(ctx context.Context, root, distribution string) etcdsource.Node
	// Distributions are those that Node knows.
	Distributions []string
	// Rehearse restores a snapshot in a scratch folder and compares it with the file.
	Rehearse func(ctx context.Context, path string, o etcdsource.RehearseOptions) (etcdsource.Rehearsed, error)
	// Restore makes a data directory of a snapshot where nothing is.
	Restore func(ctx context.Context, path string, to etcdsource.NewMember) error
	// Stories lists the stories of the demo.
	Stories func() []Story
	// Audit opens audit logs with their rotated siblings. It fails where one of those named cannot be read.
	Audit func(paths []string) (audit.Files, error)
	// Follow hands out what is appended to audit logs from now on.
	Follow func(ctx context.Context, paths []string, each func(lines []byte) error) error
	// KMS asks KMS plugins for the keys of values, until ctx ends. root is where the file tree is in which their sockets
	// are, "" for this node. words say what was asked.
	KMS func(ctx context.Context, plugins []crypt.Plugin, root string) (ask crypt.Unwrap, words func() string)
	// Write writes a file that must not exist, readable by its owner only.
	Write func(path string, data []byte) error
	// Serving is what serve and shell need.
	Serving Serving
	// Config reads the user's settings.
	Config func() (*config.Config, error)
	// UI runs the screen program until it is left.
	UI func(context.Context, UIOptions) error
	// Called is how the program was called: kubectl calls it as its plugin.
	Called string
	// Version is what the version command prints: "v0.3.0", "(devel)".
	Version string
}

// OpenOptions name a source: a path, the demo, or, where neither is given, a live cluster.
type OpenOptions struct {
	Path     string // snapshot, member database, data dir, recording
	Demo     bool
	Story    string // of the demo; "" is the default one
	Live     Live
	Root     string             // a node's file tree mounted elsewhere, for discovery
	Etcd     string             // of several etcds of the node the one to open, by the name that discover gives it; "" for the main one
	Attempt  etcdsource.Attempt // another way than the flags and the node say; the zero one for that
	Socket   string             // of a store that a rehearsal serves: nothing else of the connection counts; "" for none
	Prefix   string             // the Kubernetes root, in the place of --prefix; "" for that
	Outage   bool               // go on without a quorum, and read what the connected member holds
	Learner  bool               // open a learner too
	NoVerify bool               // read what is there of a damaged file
	WALDir   string             // of the data directory at Path; "" for the usual one
	// EncryptionConfig is the file given by --encryption-config, so that discovery does not look for one.
	EncryptionConfig string
	KMS              bool     // ask the KMS plugins that the configuration names
	AuditLogs        []string // given by --audit-log
	LogFile          string
	Wait             bool  // compare the checksum of a large file too before anything is shown of it
	NoSum            bool  // do not compare the checksum of a large file
	MaxUnpack        int64 // bytes of a packed file that may be unpacked; 0: as many as are not asked about
	// Progress receives what opening does, and how many bytes of how many are done, -1 where that is not known; it may be nil.
	Progress func(step string, done, total int64)
}

// Live are the flags of a connection; what was not given is zero, and comes from ETCDCTL_* or discovery.
type Live struct {
	Endpoints                   []string
	CACert, Cert, Key           string
	User, Password              string
	InsecureSkipVerify          bool
	DialTimeout, CommandTimeout time.Duration
	Name                        string
	Serializable                bool
	ReadRate                    float64 // requests a second
}

// Opened is a source and what was learned in opening it.
type Opened struct {
	Source           etcdsource.Source
	From             string       // where the settings came from, for people
	Backups          string       // folder where backups of the same cluster lie, "" where none is known
	EncryptionConfig string       // a file, "" for none; or where EncryptionText was found
	EncryptionText   []byte       // what it says, where it lies in a backup; nil for a file
	NoKeys           error        // why a configuration in a backup could not be read
	Prefix           string       // of the API server's keys, "" where not told
	AuditLog         string       // the API server's, where it was found on the node, "" for none
	Others           []learn.Etcd // other etcds of the node, which hold what is not in this one
	Distribution     string       // of Kubernetes on the node where the etcd was found, "" not known
	DataDir          string       // of the node's own member, "" not known
}

// Candidate is an etcd that was found on the node. Its JSON form is that of the discover command.
type Candidate struct {
	Distribution     string   `json:"distribution"`
	Endpoints        []string `json:"endpoints"`
	Also             []string `json:"also,omitempty"` // other addresses of the same etcd
	CAFile           string   `json:"caFile,omitempty"`
	CertFile         string   `json:"certFile,omitempty"`
	KeyFile          string   `json:"keyFile,omitempty"`
	Prefix           string   `json:"prefix,omitempty"`
	EncryptionConfig string   `json:"encryptionConfig,omitempty"`
	DataDir          string   `json:"dataDir,omitempty"`
	WALDir           string   `json:"walDir,omitempty"`
	AuditLog         string   `json:"auditLog,omitempty"`
	Name             string   `json:"name,omitempty"`      // of several etcds of the node: main, events
	Resources        []string `json:"resources,omitempty"` // that it keeps alone
	From             string   `json:"from"`
	RunBy            string   `json:"runBy,omitempty"`
	Usable           bool     `json:"usable"`
	Why              string   `json:"why"`
}

// Place is something that discovery looked at. Its JSON form is a line of the discover command, behind the candidates.
type Place struct {
	Path   string `json:"place"`
	Result string `json:"result"`
}

// Saved is a snapshot that was written.
type Saved struct {
	Path     string  `json:"path"`
	Revision int64   `json:"revision"`
	Bytes    int64   `json:"bytes"`
	SHA256   string  `json:"sha256"` // hexadecimal
	Seconds  float64 `json:"seconds"`
	Verified bool    `json:"verified"`
}

// Status are the figures of a snapshot.
type Status struct {
	Hash      uint32 `json:"hash"`
	Revision  int64  `json:"revision"`
	TotalKey  int64  `json:"totalKey"`
	TotalSize int64  `json:"totalSize"` // bytes
	Version   string `json:"version"`
	Behind    string `json:"-"` // what a member's database lacks of its WAL, in words; "" for nothing
}

// Story is one story of the demo.
type Story struct {
	Name  string `json:"name"`
	Tab   string `json:"tab"`
	Title string `json:"title"`
}

// UIOptions are what the screen program is started with.
type UIOptions struct {
	Open OpenOptions
	// Learn opens a source, as Funcs.Open does, and reads what is needed to understand it.
	Learn func(context.Context, OpenOptions) (*learn.Opened, error)
	// Offline and Ask are Funcs.Offline and Funcs.Ask, with the connection that --name names.
	Offline  func(context.Context, OpenOptions) etcdsource.Offline
	Ask      func(context.Context, OpenOptions, *etcdsource.Offline) (etcdsource.Probe, error)
	Reveal   bool
	Theme    string
	ASCII    bool
	NoMouse  bool
	NoAnim   bool
	NoColor  bool
	Autoplay bool    // play the demo's story by itself
	Speed    float64 // of autoplay, 1 is as written
	// Verify verifies the backup at a path, and keeps the verdict.
	Verify func(ctx context.Context, path string, each func(verify.Check), progress func(step string, done, total int64)) (*verify.Report, error)
	// Plan plans the restore of the snapshot at a path, which is held against stores that are open.
	Plan func(ctx context.Context, path string, beside []restore.Beside, report func(step string)) (*restore.Plan, error)
	// Snapshots is the folder in which snapshots are saved and listed, "" where none was given.
	Snapshots string
	// Columns and Clusters are what the settings say: the columns of a resource's table, and the names of clusters.
	Columns  map[string][]string
	Clusters []string
	Hint     string // what the user should know, said once at the start; "" for nothing
	// Source returns the flags that open on a command line what is at a path, "" for what this command line named, or the etcd
	// of a name among several of the node.
	Source func(path, etcd string) []string
}
