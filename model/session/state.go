package session

import (
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// State is one opened source as it is.
type State struct {
	Info   etcdsource.Info
	Status etcdsource.Status
	Lost   time.Time    // since when changes no longer arrive; zero while they do
	Head   int64        // newest revision known
	At     int64        // revision that is shown; 0 is now
	Gen    int          // number of the question that is being answered
	Then   *Differences // between the screen's time and now; nil where now is shown
	Tree   *Tree        // what is read and kept current
	Shown  *Tree        // what is on the screen: Tree, or what was shown before while Tree is read again
	Feed   *Feed
	Rate   *Rate
	Busy   *Busy
	Gaps   []etcdsource.Window // what could not be seen, oldest first; at most maxGaps
	apart  []string            // see Apart
}

const maxGaps = 100

// feedBytes bounds the values that the feed of changes keeps.
const feedBytes = 32 << 20

// New returns the state of a source that has just been opened and has its Kubernetes keys below root.
func New(info etcdsource.Info, root string) *State {
	t := NewTree()
	return &State{Info: info, Head: info.Revision, Tree: t, Shown: t, Feed: NewFeed(feedBytes), Rate: NewRate(), Busy: NewBusy(root), Gen: 1}
}

// Older reports whether there may be changes before those of the feed, which only a recall reads.
func (s *State) Older() bool {
	return s.Info.Running && (!s.Feed.PastRead() || s.Info.Spare && s.Info.Past != etcdsource.PastWhole)
}

// Change says what a batch touched, so that only that is drawn and read again.
type Change struct {
	Tree   bool // rows or counts of the tree may differ
	Feed   bool
	Status bool
	Relist bool // what is shown must be read again
	// Keys are the changed keys, each once; nil when there are more than maxTouched.
	Keys map[string]bool
}

const maxTouched = 512

// Touches reports whether the key was, or may have been, changed.
func (c Change) Touches(key []byte) bool { return c.Keys == nil || c.Keys[string(key)] }

// Apply folds a batch in. now is the time of its arrival.
func (s *State) Apply(b etcdsource.Batch, now time.Time) Change {
	c := Change{Keys: map[string]bool{}, Feed: len(b.Events) > 0, Relist: b.Relist}
	if b.Status.State != s.Status.State || b.Status.Why != s.Status.Why || b.Status.NoQuorum != s.Status.NoQuorum || b.Status.Unanswered != s.Status.Unanswered {
		c.Status = true
	}
	s.follow(b.Status, now)
	if !b.Lost.Empty() {
		s.Gaps = append(s.Gaps, b.Lost)
		if len(s.Gaps) > maxGaps {
			s.Gaps = s.Gaps[len(s.Gaps)-maxGaps:]
		}
		s.Feed.Gap(b.Lost)
		c.Feed = true
	}
	for i := range b.Events {
		e := &b.Events[i]
		if s.At == 0 && s.Tree.Apply(e) {
			c.Tree = true
		}
		s.Feed.Add(e)
		s.Busy.Add(e, now)
		if len(c.Keys) <= maxTouched {
			c.Keys[string(e.Key)] = true
		}
	}
	if len(c.Keys) > maxTouched {
		c.Keys = nil
	}
	s.Head = max(s.Head, b.Revision)
	s.Rate.Add(len(b.Events), now)
	return c
}

// follow takes a state of the stream. A connection that is tried again and again was lost when that began.
func (s *State) follow(st etcdsource.Status, now time.Time) {
	s.Status = st
	switch st.State {
	case etcdsource.Live:
		s.Lost = time.Time{}
	case etcdsource.Retrying, etcdsource.Stale, etcdsource.Ended:
		if s.Lost.IsZero() {
			s.Lost = now
			if !st.Since.IsZero() {
				s.Lost = st.Since
			}
		}
	}
}

// End notes that no change will arrive any more, and why.
func (s *State) End(why string, now time.Time) {
	s.follow(etcdsource.Status{State: etcdsource.Ended, Why: why, Since: now}, now)
}

// Travel moves to another revision; 0 is now. The tree is read again: answers to earlier questions no longer count, and
// Shown stays as it is until Settle. It returns the folders to read, parents first, those that are open now.
func (s *State) Travel(rev int64) []string {
	if rev >= s.Head {
		rev = 0
	}
	s.At = rev
	s.Gen++
	s.Then = nil
	if rev != 0 {
		s.Then = &Differences{}
	}
	open := s.Shown.OpenPaths()
	s.Tree = NewTree()
	s.Tree.apart = s.apart
	return open
}

// Apart names folders that another store keeps: they are in the tree at all times, nothing below them is, and they are in no
// count.
func (s *State) Apart(folders ...string) {
	s.apart, s.Tree.apart = folders, folders
}

// Settle puts the tree that was read again on the screen.
func (s *State) Settle() { s.Shown = s.Tree }

// Revision returns the revision that is shown, also when that is now.
func (s *State) Revision() int64 {
	if s.At != 0 {
		return s.At
	}
	return s.Head
}
