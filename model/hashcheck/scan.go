package hashcheck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// The limits from which on a read of a member counts as slow. A short one would be reached by chance.
const (
	slower   = 5                      // times as long as before
	slowRead = 50 * time.Millisecond  // and longer than this, slowRow times in a row
	slowOnce = 500 * time.Millisecond // or longer than this once
	slowRow  = 3
	pings    = 5 // reads before the first scan, and at most after each
)

// slowError says that a member's other clients have to wait.
type slowError struct {
	side         string
	took, before time.Duration
}

func (e *slowError) Error() string {
	return fmt.Sprintf("stopped: while %s was read, a small read of it took %s, and %s before; more than %d times as long is too much", e.side, e.took.Round(time.Millisecond), e.before.Round(100*time.Microsecond), slower)
}

// scan hashes one copy, and pauses as long as that took. A *slowError comes with the hash.
func (c *Check) scan(ctx context.Context, s *Side, rev, compacted int64) (etcdsource.KVHash, error) {
	if s.State.Member && s.before == 0 {
		if err := c.calm(ctx, s); err != nil {
			return etcdsource.KVHash{}, err
		}
	}
	start := time.Now()
	h, err := s.HashKV(ctx, rev, compacted)
	took := time.Since(start)
	c.r.Scans++
	if err != nil || !s.State.Member {
		return h.KVHash, err
	}
	if err := c.pause(ctx, took); err != nil {
		return h.KVHash, err
	}
	return h.KVHash, c.slowed(ctx, s, h.Reads)
}

// calm measures how long a small read of a member takes while it is left alone: the median of some.
func (c *Check) calm(ctx context.Context, s *Side) error {
	var took []time.Duration
	for range pings {
		d, err := s.Ping(ctx)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	slices.Sort(took)
	s.before = max(took[len(took)/2], 1)
	return nil
}

// slowed returns a *slowError where reads took too long: those during a scan, and some after it.
func (c *Check) slowed(ctx context.Context, s *Side, reads []time.Duration) error {
	for range slowRow {
		d, err := s.Ping(ctx)
		if err != nil {
			return err
		}
		reads = append(reads, d)
	}
	row := 0
	for _, d := range reads {
		if d <= slower*s.before || d <= slowRead {
			row = 0
			continue
		}
		if row++; row == slowRow || d > slowOnce {
			return &slowError{side: s.State.Name, took: d, before: s.before}
		}
	}
	return nil
}

// The rounds of hashing all copies: members compact at nearly the same time, and one may lag a little.
const (
	rounds     = 3
	roundPause = time.Second
)

// hash hashes every copy at one revision, and sets the verdict. It is Unchecked with a revision where the copies are of
// different compactions, so that only their keys can be compared.
func (c *Check) hash(ctx context.Context) error {
	for round := 1; ; round++ {
		c.settle(ctx)
		if say := c.alone(); say != "" {
			c.r.Revision = 0
			c.unchecked("%s", say+c.faults())
			return nil
		}
		again, err := c.round(ctx, round >= rounds)
		if err != nil || !again {
			return err
		}
		if err := c.pause(ctx, roundPause); err != nil {
			return err
		}
		for _, s := range c.readable() {
			s.State = s.Replica.State(ctx)
			s.Fault = s.State.Fault
		}
	}
}

// faults say why copies were left out.
func (c *Check) faults() (out string) {
	for _, s := range c.r.Sides {
		if s.Fault != "" {
			out += fmt.Sprintf("; %s: %s", s.State.Name, s.Fault)
		}
	}
	return out
}

// settle chooses the revision, which all copies have reached, and leaves out files that end before what others still hold.
func (c *Check) settle(ctx context.Context) {
	for {
		c.r.Revision, c.r.Compacted = 0, 0
		var first *Side // the one that ends first
		for _, s := range c.readable() {
			if first == nil || s.State.Revision < first.State.Revision {
				first = s
			}
			if !s.State.Member { // those catch up with each other
				c.r.Compacted = max(c.r.Compacted, s.State.Compacted)
			}
		}
		if first == nil {
			return
		}
		if c.r.Revision = first.State.Revision; c.r.Revision >= c.r.Compacted {
			return
		}
		first.endsEarlier("it ends at revision %d, and others are compacted at %d: hashes of it cannot be had there any more", c.r.Revision, c.r.Compacted)
	}
}

// round hashes every copy. It reports whether that should be done again; last says that it will not be.
func (c *Check) round(ctx context.Context, last bool) (again bool, err error) {
	rev, compacted := c.r.Revision, int64(-1)
	var behind *etcdsource.CompactedError
	var ahead *etcdsource.FutureError
	mixed := false
	list := c.readable()
	for i, s := range list {
		c.say("hashing what %s holds at revision %d (%d of %d)", s.State.Name, rev, i+1, len(list))
		at := int64(0)
		if !s.State.Member { // as if it were compacted as the members are
			at = max(compacted, c.r.Compacted)
		}
		h, err := c.scan(ctx, s, rev, at)
		var slow *slowError
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case errors.As(err, &slow) && i < len(list)-1:
			c.r.Revision = 0
			c.unchecked("%s", slow.Error())
			return false, nil
		case errors.As(err, &slow):
			c.r.Why = slow.Error()
		case errors.As(err, &behind):
			return c.compacted(s, last), nil
		case errors.As(err, &ahead):
			if last {
				s.Fault = fmt.Sprintf("it has not reached revision %d", rev)
			}
			return true, nil
		case err != nil:
			s.Fault = why(err)
			continue
		}
		if s.Hash = h; compacted >= 0 && h.Compacted != compacted {
			if mixed = true; s.State.Member && !last {
				return true, nil
			}
		}
		compacted = max(compacted, h.Compacted)
	}
	c.r.Compacted = max(compacted, 0)
	c.judge(mixed)
	return false, nil
}

// compacted takes note that a copy does not hold the revision any more. It is the newest that all have reached: so the one
// that ends there is behind.
func (c *Check) compacted(s *Side, last bool) (again bool) {
	if !last {
		return true
	}
	left := false
	for _, o := range c.readable() {
		if o.State.Revision == c.r.Revision && o != s {
			left = true
			o.endsEarlier("it ends at revision %d, which %s has compacted: hashes of it cannot be had there any more", c.r.Revision, s.State.Name)
		}
	}
	if !left {
		s.Fault = fmt.Sprintf("it compacts what it holds again and again: revision %d was compacted meanwhile", c.r.Revision)
	}
	if len(c.readable()) < 2 {
		c.r.Revision = 0
		c.unchecked("%s", c.alone()+c.faults())
		return false
	}
	return true
}

// judge groups the copies by their hashes.
func (c *Check) judge(mixed bool) {
	var list []*Side
	for _, s := range c.r.Sides {
		if s.Fault == "" {
			list = append(list, s)
		}
	}
	groups := 0
	for i, s := range list {
		if s.Group = slices.IndexFunc(list[:i], func(o *Side) bool { return o.Hash == s.Hash }); s.Group >= 0 {
			s.Group = list[s.Group].Group
			continue
		}
		s.Group = groups
		groups++
	}
	switch {
	case len(list) < 2:
		c.r.Revision = 0
		c.unchecked("%s", c.alone()+c.faults())
	case groups == 1:
		c.r.Verdict = Equal
	case mixed:
		c.unchecked("the hashes are of different compactions, and do not compare: %s", compactions(list))
	default:
		c.r.Verdict = Differs
	}
}

// why is the reason of an error, without what was tried.
func why(err error) string {
	var p *etcdsource.Problem
	if errors.As(err, &p) {
		return p.Why
	}
	return err.Error()
}

func compactions(list []*Side) (out string) {
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += fmt.Sprintf("%s at %d", s.State.Name, s.Hash.Compacted)
	}
	return out
}
