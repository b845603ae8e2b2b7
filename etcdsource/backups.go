package etcdsource

import (
	"strings"
	"time"
)

// Backup is a backup as it lies in a folder, and what is known of it without reading all of it.
type Backup struct {
	Path   string // untrusted text
	Format string // what wrote it: etcd, k3s, kops, openshift, k0s, gardener-full, gardener-delta, data-dir; "" where not known
	// Cluster is the uid of the namespace kube-system, which identifies the cluster, also after a restore; "" where not known.
	Cluster  string
	Store    string    // ID of the etcd cluster in hex, as the index of a schedule says; "" where none lists it
	Name     string    // of its cluster, as names and metadata beside it say; untrusted text, "" where not known
	Revision int64     // newest one; 0: not known
	Keys     int64     // live ones; -1: not known
	Bytes    int64     // on the disk
	Modified time.Time // of the file, of a folder the newest one in it
	Time     time.Time // when it was made
	TimeFrom string    // what says so: backup (its name, or what is noted beside it), content (leases in it), written (BackupWritten), modified
	SHA256   string    // in hex, as in its trailer; of a file without one that of the whole file; "" where not known
	Verdict  BackupVerdict
	Checked  time.Time // when the verdict was reached; zero: never
	Problem  string    // why it cannot be opened, "" if it can
	// Foreign says that it lies among backups and is none; Problem says what it is.
	Foreign bool
}

// BackupWritten is the TimeFrom of a backup in which no component said that it lives: Time is the newest time that an object in it
// names, and the backup may have been made later.
const BackupWritten = "written"

// BackupModified is the TimeFrom of a backup of which nothing but the file says when it was made: the copy of one is younger than it.
const BackupModified = "modified"

// Latest is by when it was made at the latest.
func (b *Backup) Latest() time.Time {
	if b.TimeFrom == BackupWritten && b.Modified.After(b.Time) {
		return b.Modified
	}
	return b.Time
}

// formatDelta is the Format of a delta snapshot of Gardener's.
const formatDelta = "gardener-delta"

// ChangesOnly reports whether it is a delta snapshot: without the full one before it, it restores nothing.
func (b *Backup) ChangesOnly() bool { return b.Format == formatDelta }

// leastChoice is how much of an ID chooses a cluster.
const leastChoice = 4

// Of reports whether it is known to be of a cluster that is chosen by the beginning of its uid, or of the ID of the etcd cluster, or by
// its name.
func (b *Backup) Of(choice string) bool {
	begins := func(id string) bool { return len(choice) >= leastChoice && strings.HasPrefix(id, choice) }
	return choice != "" && (b.Name == choice || begins(b.Cluster) || begins(b.Store))
}

// BackupVerdict is what a verification has found.
type BackupVerdict string

// The verdicts.
const (
	BackupUnchecked BackupVerdict = ""
	BackupVerified  BackupVerdict = "verified"                 // the checksum matches, and nothing is damaged
	BackupReadable  BackupVerdict = "readable, not verifiable" // nothing is damaged, but there is no checksum
	BackupDamaged   BackupVerdict = "damaged"
)

// String returns the verdict in words.
func (v BackupVerdict) String() string {
	if v == BackupUnchecked {
		return "unchecked"
	}
	return string(v)
}
