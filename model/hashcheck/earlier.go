package hashcheck

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Earlier is what comparing the keys of a file, which ends before another copy's compaction, with that copy found. No hash of one
// revision can be had of both. What was written after the end of the file is no difference; what both say of the time before is.
type Earlier struct {
	Side, With *Side
	At         int64 // the revision of With
	// Same counts the keys that are as they were; Written, Created and Deleted those that were changed, made or deleted since.
	Same, Written, Created, Deleted int
	Keys                            []Contradiction
	More                            int    // contradictions that are not in Keys
	Why                             string // why not all keys were compared, "" where they were
}

// Contradiction is a key of which a file and a later copy say different things about the time before the file ends.
type Contradiction struct {
	Key         []byte
	In          []string // what differs, in the words of Difference.In
	File, Other Version  // what each holds; a sum only where the values were compared
}

// earlier compares the files that end before others' compaction, key by key.
func (c *Check) earlier(ctx context.Context) error {
	for _, s := range c.sides {
		if !s.earlier {
			continue
		}
		with := c.later()
		if with == nil {
			return nil
		}
		cost := costOf([]*Side{s, with}, 0)
		cost.Keys = keyReads
		if c.o.Agree != nil && cost.Members > 0 {
			if yes, err := c.o.Agree(ctx, cost); err != nil || !yes {
				return err
			}
		}
		e := Earlier{Side: s, With: with, At: with.State.Revision}
		c.say("comparing the keys of %s with those of %s", s.State.Name, with.State.Name)
		err := (&since{c: c, ctx: ctx, Earlier: &e, next: []byte{0}}).run()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			e.Why = why(err)
		}
		c.r.Earlier = append(c.r.Earlier, e)
		switch {
		case len(e.Keys) > 0 && c.r.Verdict != Differs:
			c.r.Verdict, c.r.Why = Differs, ""
		case c.r.Verdict == Unchecked && c.r.Revision == 0:
			c.r.Compared = e.Why == "" && (c.r.Compared || len(c.r.Earlier) == 1)
			c.r.Why = fmt.Sprintf("no hash of one revision can be had of both %s and %s; their keys were compared instead", s.State.Name, with.State.Name)
		}
	}
	return nil
}

// Contradicted counts the contradictions.
func (e *Earlier) Contradicted() int { return len(e.Keys) + e.More }

// later is the copy that files are compared with which end earlier: a file, else a follower; nil for none.
func (c *Check) later() *Side {
	list := c.readable()
	if len(list) == 0 {
		return nil
	}
	if last := list[len(list)-1]; !last.State.Member {
		return last
	}
	return list[0]
}

// since is one pass over the keys of a file and a later copy, which is listed.
type since struct {
	*Earlier
	c    *Check
	ctx  context.Context
	next []byte
	done int
}

func (k *since) run() error {
	if k.With.State.Member && k.With.before == 0 {
		if err := k.c.calm(k.ctx, k.With); err != nil {
			return err
		}
	}
	err := k.With.List(k.ctx, etcdsource.Prefix(""), k.At, func(list []etcdsource.Entry) error {
		if len(list) == 0 {
			return nil
		}
		if k.done++; k.done%16 == 0 && k.With.State.Member {
			if err := k.c.slowed(k.ctx, k.With, nil); err != nil {
				return err
			}
		}
		return k.until(list, append(bytes.Clone(list[len(list)-1].Key), 0))
	})
	if err == nil {
		err = k.until(nil, etcdsource.Everything)
	}
	return err
}

// until compares the keys up to an end: those of the later copy are given.
func (k *since) until(now []etcdsource.Entry, end []byte) error {
	span := etcdsource.Span{From: k.next, To: end, Limit: listedIn}
	k.next = end
	var was []etcdsource.Entry
	for more := true; more; {
		p, err := k.Side.Page(k.ctx, span, k.Side.State.Revision)
		if err != nil {
			return err
		}
		if len(now) == 0 {
			k.Deleted += len(p.Entries)
		} else {
			was = append(was, p.Entries...)
		}
		if more = p.More && len(p.Entries) > 0; more {
			span = span.After(p.Entries[len(p.Entries)-1].Key)
		}
	}
	var same [][]byte
	each(was, now, func(old, e *etcdsource.Entry) {
		if k.judge(old, e) {
			same = append(same, bytes.Clone(old.Key))
		}
	})
	for part := range slices.Chunk(same, valuesIn) {
		if err := k.values(part); err != nil {
			return err
		}
	}
	return nil
}

// judge counts a key, and reports whether both copies say that they hold the same version, so that its values are to be compared.
func (k *since) judge(old, now *etcdsource.Entry) bool {
	end := k.Side.State.Revision
	var in []string
	switch {
	case now == nil:
		k.Deleted++
		return false
	case now.Create > end:
		if k.Created++; old != nil {
			k.Created--
			k.Written++
		}
		return false
	case old == nil:
		in = []string{"missing"}
	case now.Mod <= end:
		if in = differing(old, now); len(in) == 0 {
			return true
		}
	case now.Create != old.Create:
		in = []string{"createRevision"}
	case now.Version <= old.Version:
		in = []string{"version"}
	default:
		k.Written++
		return false
	}
	k.contradict(old, now, in)
	return false
}

func (k *since) contradict(old, now *etcdsource.Entry, in []string) {
	if len(k.Keys) == maxKeys {
		k.More++
		return
	}
	k.Keys = append(k.Keys, Contradiction{Key: bytes.Clone(now.Key), In: in, File: versionOf(old), Other: versionOf(now)})
}

func versionOf(e *etcdsource.Entry) Version {
	if e == nil {
		return Version{}
	}
	return Version{Present: true, Mod: e.Mod, Create: e.Create, Version: e.Version, Lease: e.Lease, Bytes: int64(len(e.Value)), Sum: sha256.Sum256(e.Value)}
}

// values compares the values of keys that both hold in the same version.
func (k *since) values(keys [][]byte) error {
	old, err := k.read(k.Side, keys, k.Side.State.Revision)
	if err != nil {
		return err
	}
	now, err := k.read(k.With, keys, k.At)
	if err != nil {
		return err
	}
	if len(old) != len(keys) || len(now) != len(keys) {
		return errors.New("a key that was listed is not there")
	}
	for i := range keys {
		if in := differing(&old[i], &now[i]); len(in) > 0 {
			k.contradict(&old[i], &now[i], in)
			continue
		}
		k.Same++
	}
	return nil
}

// read reads keys, which are in order, with their values.
func (k *since) read(s *Side, keys [][]byte, rev int64) (out []etcdsource.Entry, err error) {
	span := etcdsource.Span{From: keys[0], To: append(bytes.Clone(keys[len(keys)-1]), 0), Limit: valuesIn, Values: true}
	for {
		p, err := s.Page(k.ctx, span, rev)
		if err != nil {
			return nil, err
		}
		for i := range p.Entries {
			if len(out) < len(keys) && bytes.Equal(p.Entries[i].Key, keys[len(out)]) {
				out = append(out, p.Entries[i])
			}
		}
		if !p.More || len(p.Entries) == 0 {
			return out, nil
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
	}
}

// endsEarlier leaves out a copy that ends before others are compacted.
func (s *Side) endsEarlier(format string, a ...any) {
	s.Fault = fmt.Sprintf(format, a...)
	s.earlier = !s.State.Member
}
