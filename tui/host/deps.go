package host

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/snapshots"
)

// Deps is what the program cannot do itself: everything that opens or writes something. main fills it in.
type Deps struct {
	// Open opens a target. It may take as long as its timeouts allow; the program shows that it is connecting, and how far
	// that is.
	Open func(context.Context, Target, Progress) (*learn.Opened, error)
	// Offline says what this machine knows of a cluster whose members do not answer: who they are, and what can be read in
	// their place. Ask asks them, and those that it names. Both may be nil.
	Offline func(context.Context, Target) etcdsource.Offline
	Ask     func(context.Context, Target, *etcdsource.Offline) (etcdsource.Probe, error)
	// Save streams a snapshot of the source into a file that must not exist, and reports its steps.
	Save func(ctx context.Context, src etcdsource.Source, path string, report func(snapshots.Step)) (snapshots.Result, error)
	// Parts are what killed saves have left.
	Parts Parts
	// List returns the backups in a folder, the newest first, then what lies among them and is none. It reads little of each.
	List func(ctx context.Context, dir string) ([]etcdsource.Backup, error)
	// Schedules returns what a folder says of the schedules that keep backups in it. It may be nil.
	Schedules func(ctx context.Context, dir string) ([]etcdsource.Schedule, error)
	// History returns the changes of a key that the backups in a folder or bucket hold, the oldest first. It may be nil.
	History func(ctx context.Context, dir string, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error)
	// Verify verifies the backup at a path, and keeps the verdict; each receives every check as soon as it is done. It may
	// be nil.
	Verify func(ctx context.Context, path string, each func(verify.Check), report func(step string, done, total int64)) (*verify.Report, error)
	// Kept returns the verdict that was kept of a file, if that is still as it was then. It may be nil.
	Kept func(path string) (etcdsource.Backup, bool)
	// Newest returns the newest verified backup of a cluster, known by the uid of its namespace kube-system (verify.Cluster),
	// that is still as it was verified: Time is when it was made. It reads what is kept, and no backup. It may be nil.
	Newest func(cluster string) (etcdsource.Backup, bool)
	// Plan plans the restore of the snapshot at a path, which is held against stores that are open; report receives what is
	// being done. It may be nil.
	Plan func(ctx context.Context, path string, beside []restore.Beside, report func(step string)) (*restore.Plan, error)
	// Rehearse restores a snapshot in a scratch folder and compares it with the file. It may be nil.
	Rehearse func(ctx context.Context, path string, o etcdsource.RehearseOptions) (etcdsource.Rehearsed, error)
	// Serve serves a store as a read-only Kubernetes API on this machine until ctx ends; ready is called when it listens. rev
	// is the revision that clients see first, 0 for now. It may be nil.
	Serve func(ctx context.Context, known *learn.Known, src etcdsource.Source, rev int64, ready func(Shared)) error
	// Write writes a file that must not exist, readable by its owner only.
	Write func(path string, data []byte) error
}

// Parts are what killed saves have left beside a snapshot that is to be saved.
type Parts struct {
	Of     func(path string) []etcdsource.Part // nil where that is not known
	Remove func(path string) error             // removes one of them
}

// Shared is a store that is served as a Kubernetes API.
type Shared struct {
	Server, Kubeconfig string // an address, and the path of the file with which clients find it
	Contexts           []string
}

// Progress receives what a long work does, and how many bytes of how many are done, -1 where that is not known.
type Progress func(step string, done, total int64)

// Target names what to open. The zero Target is what the command line says.
type Target struct {
	Path   string // a file or folder
	Story  string // a story of the demo
	Demo   bool
	Prefix string // the Kubernetes root to show; "" is the one of the command line, or the one that is found
	// Etcd is one of several etcds of the node, "" for that of the command line.
	Etcd string
	// Goal is where the cursor goes first, "" for the Kubernetes root; When is the time that is shown first, zero for now.
	Goal string
	When time.Time
	// Attempt is another way to open it than the command line and the node say, because that failed; the zero one for that.
	Attempt etcdsource.Attempt
	// KMS asks the KMS plugins that the encryption configuration names.
	KMS bool
	// NoVerify opens what can be read of a damaged file.
	NoVerify bool
	// Rehearsed is a store that a rehearsal serves; the zero one for none.
	Rehearsed Rehearsed
	// MaxUnpack is how much may be unpacked of a packed file, in bytes, because the user allowed it.
	MaxUnpack int64
}

// Rehearsed is a store that a rehearsal serves.
type Rehearsed struct {
	Socket           string // the path of a member's
	Name             string // safe text
	EncryptionConfig string // of the API server, "" for none
}

// Options are the choices of the command line.
type Options struct {
	Target Target
	Theme  string // "" chooses by the terminal
	ASCII  bool
	Mouse  bool
	Anim   bool
	Reveal bool
	// Autoplay plays a story by itself, Speed times as fast as usual.
	Autoplay bool
	Speed    float64
	// Environ is the environment, in the form of os.Environ.
	Environ []string
	// SnapshotDir is where snapshots are saved and listed; "": beside the file that is open, where the distribution of the
	// member puts them, else the current folder.
	SnapshotDir string
	// Columns are the columns of a resource's table, as columns.Chosen reads them, by the resource's name; those that are
	// not named have kubectl's.
	Columns map[string][]string
	// Sudo is the command line that starts the program as it was started, with sudo; nil where that cannot be done.
	Sudo []string
	// Clusters are the names of clusters that can be opened.
	Clusters []string
	// Hint is said once, when the first source is open; "" for nothing.
	Hint string
	// Source returns the flags that open a target on a command line; nil where there is none. A password is never among them.
	Source func(path, etcd string) []string
}

// Folder is where snapshots are saved and listed while a source is open.
func (o *Options) Folder(opened *learn.Opened) string {
	switch {
	case o.SnapshotDir != "":
		return o.SnapshotDir
	case opened != nil && opened.Backups != "":
		return opened.Backups
	}
	return "."
}

// String names the target in a sentence; a path is as it was given.
func (t Target) String() string {
	switch {
	case t.Demo:
		return "the demo"
	case t.Rehearsed.Socket != "":
		return t.Rehearsed.Name
	case t.Path != "":
		return t.Path
	case t.Etcd != "":
		return "the node's etcd " + t.Etcd
	}
	return "the cluster"
}
