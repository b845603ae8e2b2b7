package hashcheck

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// arbitrate asks the logs which copies are right, one after the other until all is known: all members have the same log, whatever their
// databases hold.
func (c *Check) arbitrate(ctx context.Context) error {
	var logs []etcdsource.LogReader
	if c.o.Logs != nil {
		logs = c.o.Logs(ctx)
	}
	agreed := max(c.r.First-1, 0)
	if c.r.Older {
		agreed = 0
	}
	var last error
	since := int64(0)
	for _, l := range logs {
		c.say("replaying a write-ahead log")
		from, err := c.judgeBy(ctx, l, agreed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if from > 0 && (since == 0 || from < since) {
			since = from
		}
		if last = err; c.r.unjudged() == 0 {
			break
		}
	}
	c.rightSides()
	open := c.r.unjudged()
	switch {
	case open == 0:
		return nil
	case since > 0:
		c.alsoWhy(c.begins(since, open))
		return nil
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

// begins is the sentence about a log that begins after a revision: which keys it cannot judge.
func (c *Check) begins(since int64, open int) string {
	what := fmt.Sprintf("which copy is right in %d of the %d keys, for that was written before", open, len(c.r.Keys))
	if open == len(c.r.Keys) {
		what = "which copy is right, for what differs was written before"
	}
	return fmt.Sprintf("the write-ahead log that was read begins after revision %d, as that of a member that joined later does, and does not say %s: ask that of another member, which may reach further back", since, what)
}

// unjudged counts the keys of which it is not known which version is right.
func (r *Result) unjudged() (n int) {
	for i := range r.Keys {
		if slices.ContainsFunc(r.Keys[i].Versions, func(v Version) bool { return v.Right == NotKnown }) {
			n++
		}
	}
	return n
}

// judgeBy judges the versions of the keys by one log, where they are not judged yet. It returns the revision behind which that begins, 0
// for one that reaches back as far as is needed.
func (c *Check) judgeBy(ctx context.Context, l etcdsource.LogReader, agreed int64) (since int64, err error) {
	for rev, keys := range c.found {
		if len(keys) == 0 {
			continue
		}
		list, err := l.Logged(ctx, keys, agreed, rev)
		if err != nil {
			return since, err
		}
		logged := map[string]*etcdsource.LoggedVersion{}
		for i := range list {
			logged[string(list[i].Key)] = &list[i]
			since = max(since, list[i].Since)
		}
		for i := range c.r.Keys {
			if v := logged[string(c.r.Keys[i].Key)]; c.r.Keys[i].At == rev && v != nil {
				c.r.Keys[i].judge(v)
			}
		}
	}
	return since, nil
}

// judge compares the versions of a key with the one in the log. Of one that the log has not written since it begins only those are
// wrong which say that it has.
func (d *Difference) judge(l *etcdsource.LoggedVersion) {
	sum := sha256.Sum256(l.Value)
	var right []*Version
	for i := range d.Versions {
		v := &d.Versions[i]
		switch {
		case v.Right != NotKnown:
		case !l.Known:
			if l.Since > 0 && v.Present && v.Mod > l.Since {
				v.Right = Wrong
			}
		case v.Present != l.Present, v.Present && !v.is(l, sum):
			v.Right = Wrong
		default:
			v.Right = Right
			right = append(right, v)
		}
	}
	if l.Since > 0 && l.Version == 0 && slices.ContainsFunc(right, func(v *Version) bool { return v.Create != right[0].Create || v.Version != right[0].Version }) {
		for _, v := range right {
			v.Right = NotKnown
		}
	}
}

// is reports whether a version is the one in the log, as far as that says it.
func (v *Version) is(l *etcdsource.LoggedVersion, sum [sha256.Size]byte) bool {
	made := v.Create == l.Create && v.Version == l.Version || l.Since > 0 && l.Version == 0
	return v.Mod == l.Mod && made && v.Lease == l.Lease && v.Sum == sum
}

// rightSides sums up what is known of the groups: one is right where all its versions are, and wrong where one of them is.
func (c *Check) rightSides() {
	groups := map[int]Rightness{}
	for i := range c.r.Keys {
		for g, v := range c.r.Keys[i].Versions {
			switch was, seen := groups[g]; {
			case v.Right == Wrong, was == Wrong:
				groups[g] = Wrong
			case !seen || was == v.Right:
				groups[g] = v.Right
			default:
				groups[g] = NotKnown
			}
		}
	}
	for _, s := range c.r.Sides {
		if s.Group >= 0 {
			s.Right = groups[s.Group]
		}
	}
}
