package hashcheck

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// arbitrate asks the logs which copies are right: all members have the same log, whatever their databases hold. The first
// log that knows decides.
func (c *Check) arbitrate(ctx context.Context, sides []*Side) error {
	var logs []etcdsource.LogReader
	if c.o.Logs != nil {
		logs = c.o.Logs(ctx)
	}
	agreed := max(c.r.First-1, 0)
	if c.r.Older {
		agreed = 0
	}
	var last error
	for _, l := range logs {
		c.say("replaying a write-ahead log")
		known := false
		known, last = c.judgeBy(ctx, l, agreed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if known {
			c.rightSides(sides)
			return nil
		}
	}
	var start *etcdsource.LogStartError
	if errors.As(last, &start) && start.Base <= 1 {
		last = errors.New("it begins after a restore, and what was restored is in no log. Compare with a backup from before (etcdscope health --hash BACKUP MEMBERDIR, for each member), or look at the keys that differ")
	}
	if last != nil {
		return c.notSaid(ctx, "no write-ahead log says which copy is right", last)
	}
	return nil
}

// judgeBy judges the versions of every key by one log. It reports whether that knew one of them.
func (c *Check) judgeBy(ctx context.Context, l etcdsource.LogReader, agreed int64) (known bool, err error) {
	for rev, keys := range c.found {
		if len(keys) == 0 {
			continue
		}
		list, err := l.Logged(ctx, keys, agreed, rev)
		if err != nil {
			return false, err
		}
		logged := map[string]*etcdsource.LoggedVersion{}
		for i := range list {
			logged[string(list[i].Key)] = &list[i]
		}
		for i := range c.r.Keys {
			if v := logged[string(c.r.Keys[i].Key)]; c.r.Keys[i].At == rev && v != nil && v.Known {
				known = true
				c.r.Keys[i].judge(v)
			}
		}
	}
	return known, nil
}

// judge compares the versions of a key with the one in the log.
func (d *Difference) judge(l *etcdsource.LoggedVersion) {
	sum := sha256.Sum256(l.Value)
	for i := range d.Versions {
		v := &d.Versions[i]
		v.Right = Wrong
		if v.Present == l.Present && (!v.Present || v.Mod == l.Mod && v.Create == l.Create && v.Version == l.Version && v.Lease == l.Lease && v.Sum == sum) {
			v.Right = Right
		}
	}
}

// rightSides sums up what is known of the groups: one is right where all its versions are that are known.
func (c *Check) rightSides(sides []*Side) {
	groups := make([]Rightness, len(sides))
	for i := range c.r.Keys {
		for g, v := range c.r.Keys[i].Versions {
			groups[g] = max(groups[g], v.Right)
		}
	}
	for _, s := range c.r.Sides {
		if s.Group >= 0 {
			s.Right = groups[s.Group]
		}
	}
}
