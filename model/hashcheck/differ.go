package hashcheck

import (
	"context"
	"errors"
	"fmt"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// differ finds out in what the copies differ, of which one of each group is read: a file, else a follower.
func (c *Check) differ(ctx context.Context) error {
	sides := c.chosen()
	window := c.r.Revision - c.r.Compacted
	var slow *slowError
	if yes, err := c.agree(ctx, sides, window); err != nil || !yes {
		return err
	}
	if c.r.Verdict == Differs {
		err := c.bisect(ctx, sides)
		if errors.As(err, &slow) {
			c.r.Why, err = slow.Error()+"; the keys were not compared", nil
			return err
		}
		if err != nil {
			return c.notSaid(ctx, "the revision was not found", err)
		}
	}
	err := c.keys(ctx, sides)
	switch {
	case errors.As(err, &slow):
		c.r.Why = slow.Error() + "; not all keys were compared"
	case err != nil:
		return c.notSaid(ctx, "the keys were not compared to the end", err)
	}
	c.conclude(sides, err == nil)
	if len(c.r.Keys) > 0 {
		return c.arbitrate(ctx)
	}
	return nil
}

// agree asks before more is read.
func (c *Check) agree(ctx context.Context, sides []*Side, window int64) (bool, error) {
	cost := costOf(sides, 0)
	cost.Keys = keyReads
	if c.r.Verdict == Differs {
		cost.Scans, cost.Keys = steps(window), bothReads
	}
	if c.o.Agree == nil || cost.Members == 0 {
		return true, nil
	}
	yes, err := c.o.Agree(ctx, cost)
	if err == nil && !yes && c.r.Verdict == Differs {
		c.r.Why = "the keys were not compared, as was asked for"
	}
	return yes, err
}

// notSaid keeps the verdict where something beyond it failed.
func (c *Check) notSaid(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.alsoWhy(what + ": " + why(err))
	return nil
}

// alsoWhy adds a sentence to Result.Why.
func (c *Check) alsoWhy(s string) {
	if c.r.Why != "" {
		c.r.Why += "; "
	}
	c.r.Why += s
}

// chosen is one copy of each group: the last in the order in which they are asked is a file, and a follower is before the leader.
func (c *Check) chosen() (out []*Side) {
	place := map[int]int{}
	for _, s := range c.sides {
		if s.Group < 0 {
			continue
		}
		i, ok := place[s.Group]
		switch {
		case !ok:
			place[s.Group] = len(out)
			out = append(out, s)
		case !s.State.Member && out[i].State.Member:
			out[i] = s
		}
	}
	return out
}

// bisect finds the first revision up to which the copies' hashes differ. Such a hash covers all that was written since the
// compaction, so that it differs from there on.
func (c *Check) bisect(ctx context.Context, sides []*Side) error {
	low, high := max(c.r.Compacted, 1), c.r.Revision // at low they are equal, or it is not known; at high they differ
	known := c.r.Compacted == 0                      // before revision 2 there is nothing
	for high-low > 1 {
		mid := low + (high-low)/2
		c.say("looking for the first revision that differs: %d to %d", low, high)
		same, err := c.same(ctx, sides, mid)
		var gone *etcdsource.CompactedError
		switch {
		case errors.As(err, &gone):
			low, known = mid, false
		case err != nil:
			return err
		case same:
			low, known = mid, true
		default:
			high = mid
		}
	}
	c.r.First, c.r.Older = high, !known
	return nil
}

// same reports whether the copies have equal hashes at a revision.
func (c *Check) same(ctx context.Context, sides []*Side, rev int64) (bool, error) {
	for try := 1; ; try++ {
		var first etcdsource.KVHash
		equal, mixed, compacted := true, false, int64(0)
		for i, s := range sides {
			h, err := c.scan(ctx, s, rev, max(c.r.Compacted, compacted))
			if err != nil {
				return false, err
			}
			if compacted = max(compacted, h.Compacted); i == 0 {
				first = h
			}
			mixed, equal = mixed || h.Compacted != first.Compacted, equal && h.Hash == first.Hash
		}
		switch {
		case !mixed:
			return equal, nil
		case try == rounds:
			return false, fmt.Errorf("the members compact meanwhile, each at another revision")
		}
		if err := c.pause(ctx, roundPause); err != nil {
			return false, err
		}
	}
}

// conclude says what a difference means that no key shows; all reports whether all keys were compared.
func (c *Check) conclude(sides []*Side, all bool) {
	switch {
	case len(c.r.Keys) > 0:
		c.r.Verdict = Differs
	case c.r.Why != "" && c.r.Verdict == Differs, !all:
	case c.r.Verdict == Unchecked:
		c.r.Compared = true
		c.r.Why += "; all keys were compared instead, and are equal at revision " + fmt.Sprint(c.r.Revision)
	case c.r.Older && mixedVersions(sides):
		c.r.Compared = true
		c.unchecked("the members' versions hash a deletion at the compaction in different ways (etcd up to 3.5.15 and 3.4.33 drops it), and no key differs")
	default:
		c.r.Why = "no key differs at that revision, nor at the newest: what differs is an old version, or a deletion"
	}
}

// mixedVersions reports whether some of the members keep a deletion right at the compaction, and others do not.
func mixedVersions(sides []*Side) bool {
	old, young := false, false
	for _, s := range sides {
		var major, minor, patch int
		if n, _ := fmt.Sscanf(s.State.Version, "%d.%d.%d", &major, &minor, &patch); n < 3 {
			continue
		}
		drops := major < 3 || major == 3 && (minor < 4 || minor == 4 && patch <= 33 || minor == 5 && patch <= 15)
		old, young = old || drops, young || !drops
	}
	return old && young
}
