package etcdsource

import (
	"context"
	"errors"
	"strings"
	"time"
)

// ErrFailures says that a schedule has ended because too many runs have failed in a row.
var ErrFailures = errors.New("three backups in a row have failed")

// ErrLockLost says that a schedule has lost the lock on the place of its backups: another process may make backups there now.
var ErrLockLost = errors.New("the lock on the place of the backups was lost")

// ErrForeign says that something else has taken the place of a file that is to be removed.
var ErrForeign = errors.New("it is not what was put there")

// Identified is the ability to say which cluster of etcd members a store is.
type Identified interface {
	// ClusterID returns the ID that the members of an etcd cluster share, 0 where it is not known. A cluster that was restored
	// with other members has another one.
	ClusterID() uint64
}

// Kept is a file of a backup where backups are kept: in a folder, or in a bucket.
type Kept struct {
	Name   string // below the folder or the prefix, with slashes
	Bytes  int64
	Tail   string // the last 32 bytes, in hex: of a snapshot its checksum
	SHA256 string // of all bytes, in hex; "" where it was not computed
}

// Presence is what lies under the name of a Kept.
type Presence uint8

// What lies under a name.
const (
	Absent  Presence = iota
	Present          // the file itself
	Other            // something else: it is not ours
)

// Shelf is a place where a schedule keeps backups. It never replaces what is there, and follows no link below its root.
type Shelf interface {
	// String names the place for people.
	String() string
	// Lock makes sure that no other process makes backups of a cluster there. release gives it back; lost ends when it was lost, with
	// a cause that wraps ErrLockLost.
	Lock(ctx context.Context, cluster string) (lost context.Context, release func(), err error)
	// Stage returns a folder of this machine in which the files of a cluster are made before Put. The lock must be held.
	Stage(cluster string) (string, error)
	// Put gives a file of the stage its name, once all of it is there for good. It fails with fs.ErrExist where the name is taken.
	Put(ctx context.Context, file string, k *Kept) error
	// Look says what lies under the name of a file.
	Look(ctx context.Context, k Kept) (Presence, error)
	// Remove removes a file, if it is still the one that was put there; a file that is gone is no error.
	Remove(ctx context.Context, k Kept) error
	// Names returns the names of the files in a folder of the place, at most as many as there can be backups.
	Names(ctx context.Context, folder string) ([]string, error)
	// Index and SetIndex read and replace a small file in which a schedule notes what it does; nil where there is none, or none is to be.
	Index(ctx context.Context, name string) ([]byte, error)
	SetIndex(ctx context.Context, name string, data []byte) error
	// Indexes returns the names of these files: ID.json of a cluster, and NAME.down of a schedule that does not reach its one.
	Indexes(ctx context.Context) ([]string, error)
}

// Confirming is the ability of a Shelf to compare all of a file with what was put there, as Put does.
type Confirming interface {
	Confirm(ctx context.Context, k Kept) (Presence, error)
}

// Holding is the ability of a Shelf to say whether a process holds the lock of a cluster; known is false where that cannot be asked.
type Holding interface {
	Held(ctx context.Context, cluster string) (held, known bool)
}

// Exposing is the ability of a Shelf to say that others can read what is written there, "" where they cannot. The lock must be held.
type Exposing interface {
	Exposed(ctx context.Context) string
}

// ScheduleOptions say how backups are made again and again.
type ScheduleOptions struct {
	Every time.Duration // between two full snapshots; 0: one run, then the end
	// Started is how often something else, as a timer, starts such single runs; 0: not said.
	Started time.Duration
	Delta   time.Duration // between two delta snapshots; 0: none
	Keep    KeepRule
	// Report receives what happens, from one goroutine.
	Report func(ScheduleEvent)
}

// KeepRule says which full snapshots stay. A delta snapshot stays as long as the full one before it.
type KeepRule struct {
	Last   int // the newest ones; 0: no bound, unless days or weeks are counted
	Daily  int // the newest of each of so many days
	Weekly int // the newest of each of so many weeks
}

// ScheduleEvent is something that a schedule did.
type ScheduleEvent struct {
	Kind     string   // full, delta; "" for a word of warning
	Path     string   // that was made
	Revision int64    // newest in it
	From     int64    // of a delta: the oldest
	Bytes    int64    // on the disk
	SHA256   string   // in hex: of a full snapshot as in its trailer
	Removed  []string // what the rule of keeping has removed after it
	Took     time.Duration
	Next     time.Time // when the next full snapshot is due; zero for never
	Err      error     // why it failed, nil for success
	Warning  string    // what else is to be known
	Failures int       // in a row, this one included
}

// Schedule is what a place says of a schedule: who keeps backups of which cluster there.
type Schedule struct {
	Cluster string // the ID of the etcd cluster, in hex; "" of one that has not reached it
	From    string // where one connects to that has not reached its cluster; "" of all others
	UID     string // of the namespace kube-system, "" where not known
	Every   string // as a duration; "" for single runs
	// Started is how often something else starts single runs, as a timer does, where it says so; "" else.
	Started string
	// Usual is the same as a duration, or how often it has started the last ones; 0 where they were not regular.
	Usual    time.Duration
	Delta    string    // as a duration; "" for none
	Last     time.Time // when the last run began
	Result   string    // ok, failed, or RunInterrupted; "" while it is under way
	Error    string    // why the last run failed
	Warning  string    // what else the last full snapshot said, as that nothing could be removed
	Path     string    // what the last run made, "" where it failed
	Next     time.Time // when the next one is due, or, with Usual, is expected; zero where not known
	Stopped  bool      // no process holds its lock, and Every says that one should
	Failures int       // in a row
	Backups  int       // that are kept
	Left     string    // which entries of its index are not understood, and so are left alone; "" for none
	Damaged  bool      // its index cannot be read
}

// RunInterrupted is the Result of a run whose process was stopped or killed before it ended.
const RunInterrupted = "interrupted"

// BucketScheme begins the names of buckets: s3://BUCKET/PREFIX.
const BucketScheme = "s3://"

// IsBucket reports whether a path names a bucket, or what lies in one.
func IsBucket(path string) bool { return strings.HasPrefix(path, BucketScheme) }

// Place names where backups are kept, and says how it is reached. No credential is part of it: these come from the environment.
type Place struct {
	Path         string // a folder, or s3://bucket/prefix
	Endpoint     string // of the store, https://host[:port]; "" for AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else Amazon's
	InsecureHTTP bool   // http:// is allowed
	SSE          string // server-side encryption to ask for: AES256, aws:kms, aws:kms:KEY; "" for the bucket's own
	ObjectLock   string // governance:DAYS or compliance:DAYS; "" for the bucket's own
	MaxRate      int64  // of the upload, in bytes a second; 0: no bound
}

// BackupPoint is a backup as a place in time.
type BackupPoint struct {
	Path     string
	Time     time.Time // when it was made, or the bound of that: the lower one of After, the upper one of Upto; zero for no backup
	Revision int64     // newest one in it
}

// HistoryOptions say which backups are asked for the changes of a key.
type HistoryOptions struct {
	Back    time.Duration          // so far back from the newest backup
	Cluster string                 // chooses one cluster, as Backup.Of does; "" for that of the newest backup
	Skipped func(path, why string) // receives each backup that does not count, and why
	// Several receives, where no cluster is chosen and the backups are of several, that of the newest and the others, each as Cluster
	// chooses it; untrusted text. It may be nil.
	Several func(asked string, others []string)
	// Unverified receives how many backups were read in part, and were never verified; it may be nil.
	Unverified func(backups int)
	// Contradiction receives two backups that hold different versions of the key from a revision on: the store was set
	// back between them, or they are of two clusters; it may be nil.
	Contradiction func(older, newer string, revision int64)
	Copying       func(backups int, bytes int64) // receives what is copied from a bucket, before; it may be nil
	// Unpacking receives how many packed backups of a folder are unpacked to be read, and their bytes as they are, before; it may
	// be nil.
	Unpacking func(backups int, bytes int64)
	MaxUnpack int64 // of each packed backup, as when it is opened
	// Progress receives how far it is, in bytes of the backups as they are: reading those of a folder, copying those of a bucket.
	// It may be called from several goroutines, one at a time, and may be nil.
	Progress func(step string, done, total int64)
}

// BackupChange is a change of a key as backups know it.
type BackupChange struct {
	Event              // Mod is 0 of a deletion that no backup holds, but that lies between two; Time and NotBefore are those of a delta snapshot
	After  BackupPoint // the newest backup of an earlier state; zero for none
	Upto   BackupPoint // the oldest one that was made after it
	Held   string      // path of the backup that holds it: the version, or, where Mod is 0, the state without the key
	Exact  bool        // a delta snapshot says when it was made, up to Close
	Unseen int64       // writes right before it that no backup holds
	Before *Event      // the newest version before it that a backup holds, also one of an older time than was asked for; nil for none
	// Earlier reports that it lies before the time that was asked for: the last change, where there was none since. It is alone in its list.
	Earlier bool
}
