package hashcheck

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Verdict is what a comparison found.
type Verdict string

// The verdicts.
const (
	Equal     Verdict = "equal"
	Differs   Verdict = "differs"
	Unchecked Verdict = "unchecked" // Result.Why says why
)

// Side is one copy, and what was found of it.
type Side struct {
	etcdsource.Replica
	State etcdsource.ReplicaState
	Hash  etcdsource.KVHash
	Fault string // why it was not hashed; "" where it was
	// Group is the same for copies whose hashes are equal, from 0 on; -1 where it was not hashed.
	Group int
	Right Rightness

	before  time.Duration // how long a read of it took at first
	earlier bool          // it is a file that ends before others are compacted: its keys can be compared
}

// Rightness is whether a copy holds what a write-ahead log says.
type Rightness uint8

// What a log says of a copy.
const (
	NotKnown Rightness = iota
	Right
	Wrong
)

// Options say how a comparison goes about it. Each may be left out.
type Options struct {
	// Agree is asked before more is read than each copy once: with what that takes. Where it says no, no key is named. Without a scan only
	// keys are compared, because hashes cannot be, or do not say it.
	Agree func(ctx context.Context, more Cost) (bool, error)
	// Progress is called with the next step, in one line of untrusted text.
	Progress func(step string)
	// Logs are asked which copy is right, one after the other, until one knows. They are called for when copies differ.
	Logs func(ctx context.Context) []etcdsource.LogReader
	// Pause waits; nil waits for that time.
	Pause func(ctx context.Context, d time.Duration) error
}

// Cost is what a comparison takes.
type Cost struct {
	Copies  int   // that are read
	Members int   // of these, members that serve others meanwhile
	Bytes   int64 // of their databases together
	Scans   int   // of each for hashes, at most
	Keys    int   // the same for keys and values
}

// Reads is how often each is read at most.
func (c Cost) Reads() int { return c.Scans + c.Keys }

// Total is how many bytes are read at most.
func (c Cost) Total() int64 { return c.Bytes * int64(c.Reads()) }

// How often a copy is read at most where keys are compared: once without values, and once with those that can differ. Where hashes differ
// and no key of the newest revision does, the keys of the first one that differs are compared as well.
const (
	keyReads  = 2
	bothReads = 2 * keyReads
)

// Expected is what a comparison takes, before anything was read.
type Expected struct {
	Once    Cost // where the hashes are equal
	Differ  Cost // beyond that, where they differ
	Compare Cost // beyond that, where hashes cannot be compared, so that all keys are
	Apart   bool // hashes cannot be compared, as far as is known: the copies are compacted at different revisions
}

// Result is what a comparison found.
type Result struct {
	Verdict  Verdict
	Why      string // one sentence: why it is unchecked, or what could not be said beyond the verdict; "" for nothing
	Sides    []*Side
	Revision int64 // at which was compared; 0 where that never came about
	// Compacted is the compaction of the hashes.
	Compacted int64
	// First is the first revision from which on they differ, 0 where that is not known. Where Older is set, they differ at
	// the oldest revision that can be compared already, in what was written at First or before.
	First int64
	Older bool
	Keys  []Difference
	More  int // keys that differ and are not in Keys
	Scans int // HashKV requests, all together
	// Compared reports of a comparison that is Unchecked that all keys were compared instead, and none differs.
	Compared bool
	// Earlier are the files that end before others are compacted, of which the keys were compared instead.
	Earlier []Earlier
}

// Named names the copies by what they hold alike: "m0 | m1, m2"; untrusted text.
func (r *Result) Named() string {
	groups := map[int][]string{}
	for _, s := range r.Sides {
		if s.Group >= 0 {
			groups[s.Group] = append(groups[s.Group], s.State.Name)
		}
	}
	var out []string
	for g := range len(groups) {
		out = append(out, strings.Join(groups[g], ", "))
	}
	return strings.Join(out, " | ")
}

// Check compares copies. It is used once, by one goroutine.
type Check struct {
	o     Options
	sides []*Side
	r     Result
	found map[int64][][]byte // all keys that differ, by the revision at which they were compared
}

// New prepares a comparison. The copies stay the caller's to close.
func New(ctx context.Context, copies []etcdsource.Replica) *Check {
	c := &Check{found: map[int64][][]byte{}}
	for _, r := range copies {
		s := &Side{Replica: r, State: r.State(ctx), Group: -1}
		s.Fault = s.State.Fault
		c.r.Sides = append(c.r.Sides, s)
	}
	c.sides = slices.Clone(c.r.Sides)
	slices.SortStableFunc(c.sides, func(a, b *Side) int { return cmp.Compare(a.turn(), b.turn()) })
	return c
}

// turn is when a copy is asked: followers first, then the leader, then files, which cost no server anything.
func (s *Side) turn() int {
	switch {
	case !s.State.Member:
		return 2
	case s.State.Leader:
		return 1
	}
	return 0
}

// readable are the copies that can be hashed, in the order in which they are asked.
func (c *Check) readable() (out []*Side) {
	for _, s := range c.sides {
		if s.Fault == "" {
			out = append(out, s)
		}
	}
	return out
}

// Expect is what the comparison takes.
func (c *Check) Expect() Expected {
	list, window := c.readable(), int64(1)
	for _, s := range list {
		window = max(window, s.State.Revision-max(s.State.Compacted, 0))
	}
	e := Expected{Once: costOf(list, 1), Differ: costOf(list, steps(window)), Compare: costOf(list, rounds-1), Apart: apart(list)}
	e.Differ.Keys, e.Compare.Keys = bothReads, keyReads
	return e
}

// apart reports whether members are compacted at different revisions, or a copy ends before another one is compacted, as far as is known.
func apart(list []*Side) bool {
	of, ends := int64(-1), int64(math.MaxInt64)
	for _, s := range list {
		ends = min(ends, s.State.Revision)
	}
	for _, s := range list {
		at := s.State.Compacted
		switch {
		case at > ends:
			return true
		case !s.State.Member || at < 0: // a file is hashed as if it were compacted as the members are
		case of >= 0 && at != of:
			return true
		default:
			of = at
		}
	}
	return false
}

// steps is how many halvings a window of revisions takes.
func steps(window int64) int { return bits.Len64(uint64(max(window, 1) - 1)) }

func costOf(sides []*Side, scans int) Cost {
	cost := Cost{Copies: len(sides), Scans: scans}
	for _, s := range sides {
		cost.Bytes += max(s.State.Size, 0)
		if s.State.Member {
			cost.Members++
		}
	}
	return cost
}

// Run compares. The error is the context's, or that of Agree; that a copy cannot be asked is in the result.
func (c *Check) Run(ctx context.Context, o Options) (*Result, error) {
	c.o = o
	err := c.run(ctx)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return &c.r, nil
}

func (c *Check) run(ctx context.Context) error {
	if say := c.alone(); say != "" {
		c.unchecked("%s", say)
		return nil
	}
	switch err := c.hash(ctx); {
	case err != nil:
		return err
	case c.r.Verdict == Equal, c.r.Verdict == Unchecked && c.r.Revision == 0:
		return c.earlier(ctx)
	}
	if err := c.differ(ctx); err != nil {
		return err
	}
	return c.earlier(ctx)
}

// alone says why there are not two copies to compare, "" where there are.
func (c *Check) alone() string {
	list := c.readable()
	switch {
	case len(list) > 1:
		return ""
	case len(c.sides) < 2:
		return "there is one copy, and none to compare it with"
	case len(list) == 1:
		return fmt.Sprintf("of %d copies only that of %s can be read", len(c.sides), list[0].State.Name)
	}
	return "none of the copies can be read"
}

func (c *Check) unchecked(format string, a ...any) {
	c.r.Verdict, c.r.Why = Unchecked, fmt.Sprintf(format, a...)
}

func (c *Check) say(format string, a ...any) {
	if c.o.Progress != nil {
		c.o.Progress(fmt.Sprintf(format, a...))
	}
}

// pause waits.
func (c *Check) pause(ctx context.Context, d time.Duration) error {
	if c.o.Pause != nil {
		return c.o.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
