package etcdsource

import (
	"context"
	"time"
)

// Type is what a change did to its key.
type Type uint8

// The types of changes.
const (
	Created Type = iota + 1 // the key did not exist before: Version is 1
	Updated
	Deleted // the key is gone: Value is empty, Version and Create are 0
)

// String returns the name that the command line prints: created, updated or deleted.
func (t Type) String() string {
	switch t {
	case Created:
		return "created"
	case Updated:
		return "updated"
	case Deleted:
		return "deleted"
	}
	return "unknown"
}

// Event is one change of one key.
type Event struct {
	Key     []byte
	Value   []byte
	Create  int64
	Mod     int64 // the revision of the change
	Sub     int64 // position within the revision, from 0
	Version int64
	Lease   int64
	Type    Type
	// Kept marks a version from before the compaction, kept because it was its key's newest then.
	Kept bool
	// Time is by when the change was made, where the source itself knows: when it was received by what noted it, TimeFrom. NotBefore
	// is when it can have been made at the earliest, zero where that is not known.
	Time, NotBefore time.Time
	TimeFrom        string
}

// Close is how near to each other the bounds of a time are that is shown as one.
const Close = time.Second

// Dated reports whether Time is when the change was made, up to Close.
func (e *Event) Dated() bool {
	return !e.Time.IsZero() && !e.NotBefore.IsZero() && e.Time.Sub(e.NotBefore) <= Close
}

// Window is an inclusive range of revisions; the zero Window is empty.
type Window struct {
	From, To int64
	Reason   string // "compacted", or why these revisions were dropped
}

// Empty reports whether no revision lies in the window.
func (w Window) Empty() bool { return w.To == 0 || w.To < w.From }

// Join returns the smallest window that covers both.
func (w Window) Join(o Window) Window {
	switch {
	case o.Empty():
		return w
	case w.Empty():
		return o
	}
	w.From, w.To = min(w.From, o.From), max(w.To, o.To)
	if w.Reason != o.Reason && o.Reason != "" {
		w.Reason = o.Reason
	}
	return w
}

// Batch is what a Stream hands over at once.
type Batch struct {
	Events   []Event // in order of Mod, then Sub; all changes of a revision or none
	Revision int64   // everything up to here has been delivered, or is in Lost
	Lost     Window  // revisions that cannot be shown; they lie before the Events
	Status   Status
	// Relist reports that what is shown may be older than Lost: the reader must read again what it shows, at Revision.
	Relist bool
}

// State is the state of a stream.
type State uint8

// The states of a stream.
const (
	Connecting State = iota
	Live             // changes arrive as they are made
	Retrying         // the connection was lost; Status says why and when it is tried again
	Stale            // connected, but nothing has been heard since Status.Since
	Ended            // a file has ended, or the source was closed
)

// String returns the word for the state in lower case.
func (s State) String() string {
	return [...]string{"connecting", "live", "retrying", "stale", "ended"}[s]
}

// Status is the visible state of a stream.
type Status struct {
	State State
	Why   string    // for Retrying and Stale: the reason, in one line
	Next  time.Time // for Retrying: when it is tried again
	Since time.Time // since when the state holds; for Stale: when something was heard last
	// NoQuorum reports that the member that is read answers, and has no leader: nothing can be written, and what is read
	// is what that member holds.
	NoQuorum bool
	// Unanswered reports that the member that is read answers nothing, neither the watch nor a question of a second: it hangs, or is
	// out of reach. The State says so only after some seconds.
	Unanswered bool
}

// Heard reports that changes arrive as they are made, as far as is known.
func (s *Status) Heard() bool { return s.State == Live && !s.Unanswered }

// Stream hands over changes.
type Stream interface {
	// Next blocks until there is something to say: events, a gap, a new status or progress of the revision. It
	// returns io.EOF after the end of a file, and the context's error when that ends first.
	Next(context.Context) (Batch, error)
	// Close ends the stream and frees its resources; a Next that waits returns.
	Close() error
}
