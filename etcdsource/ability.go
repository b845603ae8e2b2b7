package etcdsource

import (
	"context"
	"io"
	"time"
)

// Wrapper is a Source around another one.
type Wrapper interface{ Unwrap() Source }

// Lacker is a Source that says why it lacks an ability that sources of its kind could have (no root, a learner, kine).
// The argument is a nil pointer to the ability's interface: (*Saver)(nil). An empty answer means that it is not lacking.
type Lacker interface{ Lacks(ability any) string }

// As returns the ability T of a source, looking through wrappers, or a *UnsupportedError that says why it is missing.
func As[T any](src Source) (T, error) {
	var none T
	for src != nil {
		if l, ok := src.(Lacker); ok {
			if why := l.Lacks((*T)(nil)); why != "" {
				return none, &UnsupportedError{What: abilityName((*T)(nil)), Why: why}
			}
		}
		if t, ok := src.(T); ok {
			return t, nil
		}
		w, ok := src.(Wrapper)
		if !ok {
			break
		}
		src = w.Unwrap()
	}
	return none, &UnsupportedError{What: abilityName((*T)(nil)), Why: "this kind of source has no such thing"}
}

// Lacking returns why a source says that it lacks an ability which sources of its kind have, "" where it does not say so.
func Lacking[T any](src Source) string {
	for src != nil {
		if l, ok := src.(Lacker); ok {
			if why := l.Lacks((*T)(nil)); why != "" {
				return why
			}
		}
		w, ok := src.(Wrapper)
		if !ok {
			break
		}
		src = w.Unwrap()
	}
	return ""
}

func abilityName(p any) string {
	switch p.(type) {
	case *Versions:
		return "read the history of one key"
	case *LocalPast:
		return "read the past from this machine"
	case *Saver:
		return "save a snapshot"
	case *Storer:
		return "say which cluster wrote it"
	case *Checker:
		return "check the file"
	case *Stepper:
		return "step through a story"
	case *Requester:
		return "list requests"
	case *Recaller:
		return "recall the whole past"
	case *Recalled:
		return "read the whole past"
	case *Leaser:
		return "read leases"
	case *Lister:
		return "list all keys"
	case *Prober:
		return "ask each member how it is"
	case *Replicated:
		return "read each copy of the data by itself"
	case *LogReader:
		return "replay a write-ahead log"
	case *Measurer:
		return "measure what is stored"
	}
	return "do that"
}

// Versions is the ability to walk one key back in time.
type Versions interface {
	// Versions returns up to limit changes of the key (0: 100), newest first, beginning with the newest at or before
	// revision upTo (0: now), and what lies beyond the last of them.
	Versions(ctx context.Context, key []byte, upTo int64, limit int) ([]Event, Edge, error)
}

// LocalPast is the ability to read a version of a key from this machine: no server is asked, so it may be done often.
type LocalPast interface {
	// VersionBefore returns the newest change of a key before a revision; ok is false where there is none, or where it is
	// not on this machine any more.
	VersionBefore(key []byte, rev int64) (e Event, ok bool)
}

// Edge is what ends a walk back.
type Edge struct {
	Kind     EdgeKind
	Revision int64 // the creation, or the compaction
}

// EdgeKind is why a walk back ended.
type EdgeKind uint8

// The ends of a walk back.
const (
	EdgeMore        EdgeKind = iota // the limit was reached: ask again, up to the last event's Mod - 1
	EdgeCreated                     // nothing lies before: the key was created there, and nothing older is retained
	EdgeCompacted                   // what lies before was compacted at Revision
	EdgeNotSearched                 // an earlier incarnation may exist: a live store cannot find it by point reads
)

// Saver is the ability to stream a snapshot of the whole store.
type Saver interface {
	// Save streams a snapshot, its sha256 trailer included, to w. progress is called from the same goroutine with the
	// bytes written and the bytes in all (-1 where not known).
	Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (Saved, error)
}

// Saved describes a streamed snapshot.
type Saved struct {
	Bytes   int64  // with the trailer
	Version string // storage version, "" from servers before 3.6
	Member  string // the member that it was streamed from
}

// Part is a file that a save which was killed has left behind.
type Part struct {
	Path     string // untrusted text
	Size     int64  // bytes
	Modified time.Time
}

// Checker is the ability to check a file as a whole. Such a source can be opened although it is damaged.
type Checker interface {
	// Checks returns what was checked of the file, in a fixed order.
	Checks(ctx context.Context) ([]Check, error)
}

// Check is one thing that was checked.
type Check struct {
	Name   string       // checksum, pages, revisions, meta, wal
	State  VerdictState // Unchecked where it cannot be known
	Proves string       // what a passed check proves
	Detail string       // what was found; untrusted text
}

// Stepper is the ability to play a story, one step after the other. Going back is time travel: a step knows the
// revision after it. Starting again is opening the story again.
type Stepper interface {
	// Story returns the story with all its steps; Revision is filled in for those that were played.
	Story() Story
	// Next plays the next step and returns it; io.EOF after the last.
	Next(context.Context) (Step, error)
}

// Story is a sequence of steps over a store.
type Story struct {
	Name  string // as given to the demo command
	Tab   string // a word or two for a title
	Title string
	Intro string // what is on the screen before the first step
	Start int64  // revision before the first step
	Steps []Step
	Done  int // steps played
}

// Step is one step of a story. A step that stores nothing has Key empty; of one that stored something Title, Writer, Lane
// and Say may be empty: what is known of the write fills them.
type Step struct {
	Title    string
	Writer   string // who asked for the write: kubectl, kube-scheduler, kubelet, …
	Lane     string // client, apiserver, etcd, controllers, scheduler, kubelet, other
	Say      string // one true sentence: who wrote it, through the API server, and why
	Key      []byte
	Revision int64 // head of the store after the step; 0 while not played
	Stored   bool  // something was written; false for a refused or read-only step
}

// Requester is the ability to show what was asked of a server.
type Requester interface {
	// Requests returns the newest requests, oldest first, and the totals since the source was opened.
	Requests() ([]Request, RequestTotals)
	// Asked returns the totals alone, at little cost.
	Asked() RequestTotals
}

// Request is one call that was sent to a server. It never holds a value.
type Request struct {
	Start    time.Time
	Took     time.Duration
	Call     string // Range, Watch, Snapshot, Status, …
	Etcdctl  string // the etcdctl line that asks the same
	Sent     int64  // bytes
	Received int64  // bytes
	Keys     int64  // that the server went over to answer: those that it counted, or sent in a stream
	Err      string
}

// RequestTotals are sums over all requests.
type RequestTotals struct{ Requests, Sent, Received, Keys, Writes int64 }

// Limited is a source of which its user may read a part only.
type Limited interface {
	// Limits says in one line what may be read, "" where that is everything.
	Limits() string
}

// Limits says what of a source may be read, "" where that is everything.
func Limits(src Source) string {
	if l, err := As[Limited](src); err == nil {
		return l.Limits()
	}
	return ""
}
