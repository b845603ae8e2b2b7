package etcdsource

import (
	"bytes"
	"context"
	"iter"
	"time"
)

// Source is one keyspace, readable at any revision that it still holds. It is safe for concurrent use.
//
// Every method that takes a context returns when it ends, and no method blocks for ever: a live source puts its own
// timeout on each request. Errors that a caller decides by are *CompactedError, *FutureError and *UnsupportedError;
// an opened source that can no longer be reached returns a *Problem.
type Source interface {
	// Describe says what the source is and how far it reaches. It is cheap for files; live it is one small request.
	Describe(context.Context) (Info, error)
	// Range returns one page of the keys in the span, in key order, all at one revision.
	Range(context.Context, Span, At) (Page, error)
	// Children yields the next path segments below Span.From, in key order, without reading what lies below them.
	// Span.From must be empty or end in "/", or be the common prefix of what is asked.
	Children(context.Context, Span, At) (iter.Seq2[Child, error], error)
	// Count returns the number of keys in the span.
	Count(context.Context, Span, At) (int64, error)
	// Watch streams the changes of the span from the given revision on, that revision included; 0 means from now.
	// A source that has an end (a file) ends the stream with io.EOF. Revision 1 asks for everything retained: what
	// was lost to compaction before it is said in the first Batch.
	Watch(context.Context, Span, int64) (Stream, error)
	// Close ends every stream, waits for readers, and frees what the source holds. It may be called more than once.
	Close() error
}

// At is a position in time.
type At struct {
	// Revision is the revision to read at; 0 is now.
	Revision int64
	// Serializable reads from the connected member without asking the quorum; the answer may be stale. Files ignore it.
	Serializable bool
}

// Span is the half-open range of keys [From, To), and how much of it is asked for.
type Span struct {
	From []byte
	To   []byte // nil or empty: the single key From; "\x00": everything from From on, as in etcd's API
	// Limit is the largest number of entries in a Page; 0 is the source's own page size (500).
	Limit int
	// Values asks for the values too.
	Values bool
}

// Everything is the end of a span without an end.
var Everything = []byte{0}

// Prefix is the span of all keys that begin with p; of everything when p is empty.
func Prefix(p string) Span {
	if p == "" {
		return Span{From: []byte{0}, To: Everything}
	}
	return Span{From: []byte(p), To: prefixEnd([]byte(p))}
}

// Key is the span of one key.
func Key(k []byte) Span { return Span{From: k} }

// Single reports whether the span is one key.
func (s Span) Single() bool { return len(s.To) == 0 }

// Open reports whether the span has no end.
func (s Span) Open() bool { return len(s.To) == 1 && s.To[0] == 0 }

// Contains reports whether the key lies in the span.
func (s Span) Contains(key []byte) bool {
	switch {
	case s.Single():
		return bytes.Equal(s.From, key)
	case bytes.Compare(key, s.From) < 0:
		return false
	case s.Open():
		return true
	}
	return bytes.Compare(key, s.To) < 0
}

// After returns the part of the span that lies behind the key.
func (s Span) After(key []byte) Span {
	s.From = append(bytes.Clone(key), 0)
	return s
}

func prefixEnd(p []byte) []byte {
	end := bytes.Clone(p)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return Everything
}

// Entry is one key as it is at a revision.
type Entry struct {
	Key     []byte
	Value   []byte // nil unless Span.Values was set
	Create  int64  // revision that created this incarnation of the key
	Mod     int64  // revision that wrote it last
	Version int64  // number of writes since Create, 1 for the first
	Lease   int64  // lease it is attached to, 0 for none, LeaseUnknown where the server does not say
	Bytes   int64  // length of the value, -1 where it was not read
}

// LeaseUnknown is the value of Entry.Lease where the server left the lease out: etcd 3.7 answers keys-only reads from its
// index, which has no leases.
const LeaseUnknown = -1

// Page is one answer to Range.
type Page struct {
	Entries  []Entry
	Revision int64 // the page is the state at this revision
	More     bool  // there are more keys in the span, behind the last entry
	// Counted is how many keys the server counted to answer, all those of the span: that is what a short page of a long span costs
	// a server before 3.7. 0 where nothing was counted.
	Counted int64
}

// Child is one step below a prefix: a folder, or a key. A name that is both comes as two children.
type Child struct {
	Path []byte // the whole key, or the whole prefix with its "/" at the end
	Name string // the last segment of Path as stored, without "/"; may be empty and may be no UTF-8
	Dir  bool
	Keys int64 // keys below a folder, -1 while not counted (a live source never counts here)
	// Entry is filled for keys only; Entry.Bytes may be -1.
	Entry Entry
}

// Kind says what sort of source it is, for people. What a source can do, and what it must be spared, is in Info and in
// its abilities: nothing above this package decides by the kind.
type Kind string

// The kinds of sources.
const (
	KindLive Kind = "live"
	KindFile Kind = "file"
	KindDemo Kind = "demo"
)

// Past is how the changes before now can be read.
type Past uint8

// The ways to read the changes before now.
const (
	PastByKey Past = iota // one key at a time, walked back by Versions
	PastWhole             // all that is retained: a watch may begin at revision 1
)

// NewInfo returns what is true of every source of a kind.
func NewInfo(kind Kind) Info {
	info := Info{Kind: kind, Running: kind != KindFile, Spare: kind == KindLive, Keys: -1, DBSize: -1, DBInUse: -1, Quota: -1}
	if kind == KindFile {
		info.Past = PastWhole
	}
	return info
}

// Info describes a source at the time of asking. Texts are untrusted where they come from the store.
type Info struct {
	Kind      Kind
	Past      Past
	Timed     bool   // some of its changes have the time at which they were made: Event.Time
	Running   bool   // it is written while it is read; else it has an end
	Spare     bool   // it serves somebody else: requests are few, small and wait until they are needed
	Name      string // for the header: the cluster's name, else the host, else the file's name
	Target    string // the address or path that was opened
	Access    Access // how a cluster is reached
	Note      string // one line that the user must have read, "" for none: the demo says here what it is
	Revision  int64  // newest revision known
	Compacted int64  // revisions below this one are gone; 0: none are; -1: not known yet
	Now       time.Time
	Keys      int64  // live keys, -1 while not known
	Version   string // etcd version of the server, storage version of a file; "" where not known
	Member    string // name or ID of the member that is read
	Follower  bool   // the member is not the leader
	DBSize    int64  // bytes, -1 where not known
	DBInUse   int64  // bytes, -1 where not known
	Quota     int64  // of DBSize, in bytes, -1 where not known or none is set
	// Alarm are the alarms that the cluster has raised, NOSPACE or CORRUPT, separated by blanks; "" where none is known.
	Alarm string
	// Integrity is what is known about a file's checksum.
	Integrity Verdict
	// Behind is what a member's database lacks of its write-ahead log, or a full snapshot of the delta snapshots that follow.
	Behind Behind
}

// Behind is how far a member's database is behind its write-ahead log (WAL), or a full snapshot behind what was saved after
// it; zero where it is not, and for other sources.
type Behind struct {
	Entries  int64  // committed WAL entries that what is shown does not include; -1: not known
	AtLeast  bool   // there may be more: the log cannot be read to its end
	Replayed int64  // WAL entries that the database does not include and that what is shown does
	Text     string // one sentence for people about what is missing, "" where there is nothing to say
	Short    string // the same in a few words, where it is not the log that lacks; "" where it is
}

// Verdict is the state of a check that may still be running.
type Verdict struct {
	State VerdictState
	Text  string // "sha256 matches", or why not, or how far it is
}

// NotCompared is the verdict on the checksum of a large file that was opened without comparing it.
var NotCompared = Verdict{State: Unchecked, Text: "its checksum was not compared"}

// VerdictState is the outcome of a check.
type VerdictState uint8

// The outcomes of a check.
const (
	Unchecked VerdictState = iota // there is nothing to check, or it was not asked for
	Checking
	Passed
	Failed
)
