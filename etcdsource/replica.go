package etcdsource

import (
	"context"
	"fmt"
	"time"
)

// Replicated is the ability to read each copy of the data by itself: that of every member of a cluster, or the one in a file.
//
//	Replicated ─► Replica: m0 ─┬─ HashKV at a revision ─► equal, or not
//	              Replica: m1 ─┤
//	              Replica: m2 ─┴─ List, Page at a revision ─► the keys that differ
type Replicated interface {
	// Replicas returns the copies, in the order of their names, also those that cannot be read: ReplicaState.Fault says
	// why. Each is closed by the caller, before the source.
	Replicas(ctx context.Context) ([]Replica, error)
}

// Replica is one copy of a store's data. Each question is asked of this copy, and of no other one. Errors that a caller
// decides by are *CompactedError and *FutureError.
type Replica interface {
	// State returns what the copy says of itself now.
	State(ctx context.Context) ReplicaState
	// HashKV returns the hash that etcd's HashKV computes of all that the copy holds up to a revision, 0 for the newest. Of a
	// member it reads the whole database once, and delays its writes meanwhile. compacted is the compaction to be assumed,
	// where that is later than the copy's own; a member only knows its own.
	HashKV(ctx context.Context, rev, compacted int64) (Scan, error)
	// List calls f with the entries of a span, without values, in order and in pieces of any size. They are valid during
	// the call only. An error of f ends the list and is returned.
	List(ctx context.Context, s Span, rev int64, f func([]Entry) error) error
	// Page returns one page of a span that is known to be small: a server counts all of it.
	Page(ctx context.Context, s Span, rev int64) (Page, error)
	// Ping reads one key, and returns how long that took; 0 for a file.
	Ping(ctx context.Context) (time.Duration, error)
	// Close frees what reading the copy took.
	Close() error
}

// ReplicaState is what is known of a copy. Texts are untrusted.
type ReplicaState struct {
	Name     string // of the member, else its address; of a file the path
	ID       uint64 // of the member, 0 where not known
	Address  string // that was asked, or a path
	Member   bool   // it is a member's, which serves others too
	Leader   bool
	Version  string // of the server; "" of a file
	Size     int64  // of the database, in bytes, -1 where not known
	Revision int64  // the newest
	// Compacted is the compaction, of a member as its metrics said it last; 0 for none, -1 where it is known only with a hash.
	Compacted int64
	Fault     string // one line: why it cannot be read, "" where it can
}

// KVHash is the answer of HashKV.
type KVHash struct {
	Hash      uint32 // CRC-32C
	Revision  int64  // up to which it was computed
	Compacted int64  // 0: nothing was. Hashes compare only where this is the same
}

// Scan is a hash, and what computing it did to others.
type Scan struct {
	KVHash
	// Reads are how long small reads of the same member took meanwhile, in order; none where the copy serves no clients,
	// or where it took no time.
	Reads []time.Duration
}

// LogReader is the ability to say what a member's write-ahead log (WAL) makes of a key, whatever its database holds.
type LogReader interface {
	// Logged replays the log and returns the version of each key that follows from it at a revision. Keys that are known
	// to differ between copies are given, for the rest of the database must follow from the log too: where it does not, the
	// log says nothing, which is an error. agreed is the newest revision at which all copies hold the same, 0 for none.
	// Where the log does not reach back to there, it says what was written since it begins: LoggedVersion.Since.
	Logged(ctx context.Context, keys [][]byte, agreed, rev int64) ([]LoggedVersion, error)
}

// LogStartError says that a log does not lead to the database beside it: replayed from revision Base on, 1 where it is replayed from its
// begin, it makes something else of revision At. So it is where the database was restored from a snapshot, which no log leads to.
type LogStartError struct{ Base, At int64 }

func (e *LogStartError) Error() string {
	return fmt.Sprintf("replayed from revision %d on it does not lead to revision %d of the database", e.Base, e.At)
}

// LoggedVersion is a key as it follows from a log.
type LoggedVersion struct {
	Known   bool // the log holds what is needed to say it
	Present bool
	Entry
	// Since is the revision behind which the log begins, where it does not reach back to one at which all copies hold the same; else 0.
	// What is not Known was not written behind Since. A Version of 0 says that neither it nor Create is known.
	Since int64
}
