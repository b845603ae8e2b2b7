package etcdsource

import (
	"errors"
	"fmt"
	"strings"
)

// CompactedError says that the store has forgotten the revision that was asked for.
type CompactedError struct {
	Revision  int64 // asked for; 0 where not known
	Compacted int64 // the oldest revision whose state can still be had; 0 where not known
}

func (e *CompactedError) Error() string {
	if e.Compacted == 0 {
		return fmt.Sprintf("revision %d was compacted", e.Revision)
	}
	return fmt.Sprintf("revision %d was compacted; the oldest that can be read is %d", e.Revision, e.Compacted)
}

// FutureError says that the source has not reached the revision that was asked for.
type FutureError struct {
	Revision int64 // asked for
	Current  int64 // newest revision there is; 0 where not known
}

func (e *FutureError) Error() string {
	if e.Current == 0 {
		return fmt.Sprintf("revision %d has not been written yet", e.Revision)
	}
	return fmt.Sprintf("revision %d has not been written yet; the newest is %d", e.Revision, e.Current)
}

// ErrReplaced says that an address answers with another store than the one that was opened: another cluster, or the same
// one set back to an earlier state. Nothing that was read before holds for it. It comes inside a *Problem.
var ErrReplaced = errors.New("the store was replaced by another one")

// ErrDenied says that the user may not read what was asked for. It comes inside a *Problem. Who reads more than was asked
// for, to understand the rest, takes it for "nothing is there": see Seen.
var ErrDenied = errors.New("the user may not read this")

// Seen drops the error of a read that the user has no right to: what he may not read is not there for him.
func Seen(err error) error {
	if errors.Is(err, ErrDenied) {
		return nil
	}
	return err
}

// UnsupportedError says that a source lacks an ability, and why.
type UnsupportedError struct {
	What string // the ability, as a verb: "save a snapshot"
	Why  string // "a file is its own snapshot"
}

func (e *UnsupportedError) Error() string { return "cannot " + e.What + ": " + e.Why }

// ProtocolError says that a server's answer breaks the rules that every etcd keeps: it holds keys that were not asked
// for, revisions that go back, counts that do not fit. Nothing of such an answer is used. A member that only lags behind
// breaks no rule.
type ProtocolError struct {
	Call string // the RPC that was answered: Range, Watch, Snapshot, …
	Why  string // "the server answered keys that were not asked for"
}

func (e *ProtocolError) Error() string { return e.Why }

// Problem is an error for people: what was tried, why it failed, what to do next.
type Problem struct {
	Tried string // "open snapshot /b/x.db"
	Why   string // "hash does not match its trailer (file is truncated or damaged)"
	Do    string // "try --no-verify to read what is there"; "" where nothing helps
	Err   error  // the cause, for errors.Is and errors.As; may be nil
	// Each are the parts of Why where several things failed, each for its own reason.
	Each []string
	// Partly reports that what can be read of a damaged file can be opened all the same.
	Partly bool
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Tried)
	if p.Why != "" {
		b.WriteString(": " + p.Why)
	}
	if p.Do != "" {
		b.WriteString("; " + p.Do)
	}
	return b.String()
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }
