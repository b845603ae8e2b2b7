package hashcheck

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Difference is a key that copies do not hold alike.
type Difference struct {
	Key []byte
	At  int64 // the revision at which it was compared
	// Revision is the newest at which a copy says that it was written.
	Revision int64
	In       []string  // what differs: missing, modRevision, createRevision, version, lease, value
	Versions []Version // one for each group, in the order of their numbers
}

// Version is a key as one group of copies holds it.
type Version struct {
	Present              bool
	Mod, Create, Version int64
	Lease, Bytes         int64
	Sum                  [sha256.Size]byte // of the value
	Right                Rightness
}

const (
	maxKeys  = 100 // that are named
	maxFound = 10_000
	valuesIn = 32 // keys in a page with values
	listedIn = 2000
)

// errEnough ends a comparison after maxFound keys.
var errEnough = errors.New("enough keys differ")

// keys compares the keys of the copies: at the newest revision those written from the first revision that differs on, and
// where none of that revision is left, those at that revision.
func (c *Check) keys(ctx context.Context, sides []*Side) error {
	from := c.r.First
	if c.r.Older {
		from = 0
	}
	if err := c.compare(ctx, sides, c.r.Revision, from); err != nil {
		return err
	}
	if c.r.First == 0 || c.r.Older && len(c.r.Keys) > 0 || slices.ContainsFunc(c.r.Keys, func(d Difference) bool { return d.touches(c.r.First) }) {
		return nil
	}
	return c.compare(ctx, sides, c.r.First, from)
}

// touches reports whether a copy has the key from a revision.
func (d *Difference) touches(rev int64) bool {
	return slices.ContainsFunc(d.Versions, func(v Version) bool { return v.Present && v.Mod == rev })
}

// compare compares all keys at a revision: without values, and of those written from a revision on with values too.
func (c *Check) compare(ctx context.Context, sides []*Side, rev, from int64) error {
	k := &comparing{c: c, ctx: ctx, sides: sides, rev: rev, from: from, next: []byte{0}}
	c.say("comparing the keys at revision %d", rev)
	k.lead = max(0, slices.IndexFunc(sides, func(s *Side) bool { return !s.State.Member })) // a file costs no server anything
	err := sides[k.lead].List(ctx, etcdsource.Prefix(""), rev, k.piece)
	if err == nil {
		err = k.until(nil, etcdsource.Everything)
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil {
		err = k.name()
	}
	return err
}

// comparing is one pass over the keys. One copy is listed; of each other one that part is read which ends where a piece of
// the list does.
type comparing struct {
	c     *Check
	ctx   context.Context
	sides []*Side
	lead  int
	rev   int64
	from  int64 // values are compared of keys written from here on
	next  []byte
	found [][]byte
	done  int // pieces
}

// piece compares a piece of the list.
func (k *comparing) piece(list []etcdsource.Entry) error {
	for len(list) > 0 {
		n := min(len(list), listedIn)
		part := list[:n]
		list = list[n:]
		if err := k.until(part, append(bytes.Clone(part[n-1].Key), 0)); err != nil {
			return err
		}
		if k.done++; k.done%16 == 0 {
			for _, s := range k.sides {
				if s.State.Member {
					if err := k.c.slowed(k.ctx, s, nil); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// until compares the keys up to an end: those of the lead are given.
func (k *comparing) until(of []etcdsource.Entry, end []byte) error {
	span := etcdsource.Span{From: k.next, To: end, Limit: listedIn}
	k.next = end
	differ := map[string]bool{}
	for i, s := range k.sides {
		if i == k.lead {
			continue
		}
		got, err := k.all(s, span)
		if err != nil {
			return err
		}
		each(of, got, func(a, b *etcdsource.Entry) {
			switch {
			case a == nil:
				differ[string(b.Key)] = true
			case b == nil, len(differing(a, b)) > 0:
				differ[string(a.Key)] = true
			}
		})
	}
	if err := k.values(of, differ); err != nil {
		return err
	}
	for _, key := range sorted(differ) {
		k.found = append(k.found, []byte(key))
	}
	if len(k.found) >= maxFound {
		return errEnough
	}
	return nil
}

// all reads the entries of a span in a copy.
func (k *comparing) all(s *Side, span etcdsource.Span) (out []etcdsource.Entry, err error) {
	for {
		p, err := s.Page(k.ctx, span, k.rev)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Entries...)
		if !p.More || len(p.Entries) == 0 || len(out) > maxFound {
			return out, nil
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
	}
}

// values compares the values of the lead's keys that were written from the revision on and do not differ otherwise.
func (k *comparing) values(of []etcdsource.Entry, differ map[string]bool) error {
	var open [][]byte
	for i := range of {
		if of[i].Mod >= k.from && !differ[string(of[i].Key)] {
			open = append(open, of[i].Key)
		}
	}
	if len(k.sides) == 1 {
		return nil
	}
	for len(open) > 0 {
		last := open[min(len(open), valuesIn)-1]
		p, err := k.sides[k.lead].Page(k.ctx, etcdsource.Span{From: open[0], To: append(bytes.Clone(last), 0), Limit: valuesIn, Values: true}, k.rev)
		if err != nil {
			return err
		}
		if p.More && len(p.Entries) > 0 {
			last = p.Entries[len(p.Entries)-1].Key
		}
		if err := k.page(p.Entries, differ); err != nil {
			return err
		}
		for len(open) > 0 && bytes.Compare(open[0], last) <= 0 {
			open = open[1:]
		}
	}
	return nil
}

// page compares a page with values.
func (k *comparing) page(lead []etcdsource.Entry, differ map[string]bool) error {
	if len(lead) == 0 {
		return nil
	}
	span := etcdsource.Span{From: lead[0].Key, To: append(bytes.Clone(lead[len(lead)-1].Key), 0), Limit: valuesIn, Values: true}
	for i, s := range k.sides {
		if i == k.lead {
			continue
		}
		got, err := k.all(s, span)
		if err != nil {
			return err
		}
		each(lead, got, func(a, b *etcdsource.Entry) {
			if a != nil && b != nil && len(differing(a, b)) > 0 {
				differ[string(a.Key)] = true
			}
		})
	}
	return nil
}

// name reads the keys that differ from each copy, and keeps what is said of them.
func (k *comparing) name() error {
	k.c.found[k.rev] = k.found
	for i, key := range k.found {
		if len(k.c.r.Keys) == maxKeys {
			k.c.r.More += len(k.found) - i
			return nil
		}
		d := Difference{Key: key, At: k.rev, Versions: make([]Version, len(k.sides))}
		var first *etcdsource.Entry
		for j, s := range k.sides {
			span := etcdsource.Key(key)
			span.Values = true
			p, err := s.Page(k.ctx, span, k.rev)
			if err != nil {
				return err
			}
			var e *etcdsource.Entry
			if len(p.Entries) > 0 {
				e = &p.Entries[0]
				d.Versions[s.Group] = Version{Present: true, Mod: e.Mod, Create: e.Create, Version: e.Version, Lease: e.Lease, Bytes: int64(len(e.Value)), Sum: sha256.Sum256(e.Value)}
				d.Revision = max(d.Revision, e.Mod)
			}
			if j == 0 {
				first = e
				continue
			}
			for _, in := range differing(first, e) {
				if !slices.Contains(d.In, in) {
					d.In = append(d.In, in)
				}
			}
		}
		k.c.r.Keys = append(k.c.r.Keys, d)
	}
	return nil
}

// differing says in what two versions of a key differ; nil is none. What one side does not say does not count.
func differing(a, b *etcdsource.Entry) (in []string) {
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil || b == nil:
		return []string{"missing"}
	}
	if a.Mod != b.Mod {
		in = append(in, "modRevision")
	}
	if a.Create != b.Create {
		in = append(in, "createRevision")
	}
	if a.Version != b.Version {
		in = append(in, "version")
	}
	if a.Lease != b.Lease && a.Lease != etcdsource.LeaseUnknown && b.Lease != etcdsource.LeaseUnknown {
		in = append(in, "lease")
	}
	if a.Value != nil && b.Value != nil && !bytes.Equal(a.Value, b.Value) {
		in = append(in, "value")
	}
	return in
}

// each calls f with the entries of two sorted lists side by side; nil where one has no such key.
func each(a, b []etcdsource.Entry, f func(a, b *etcdsource.Entry)) {
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch n := order(a, i, b, j); {
		case n < 0:
			f(&a[i], nil)
			i++
		case n > 0:
			f(nil, &b[j])
			j++
		default:
			f(&a[i], &b[j])
			i, j = i+1, j+1
		}
	}
}

func order(a []etcdsource.Entry, i int, b []etcdsource.Entry, j int) int {
	switch {
	case j == len(b):
		return -1
	case i == len(a):
		return 1
	}
	return bytes.Compare(a[i].Key, b[j].Key)
}

func sorted(set map[string]bool) (out []string) {
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
