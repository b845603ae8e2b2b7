package verify

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Counts are the numbers of live objects by the full names of their types; keys of other programs are not counted.
type Counts map[string]int64

// Count counts the objects of a store. Values are not read.
func Count(ctx context.Context, o *learn.Opened) (Counts, error) {
	c := counter{o: o, counts: Counts{}}
	if l, err := etcdsource.As[etcdsource.Lister](o.Source); err == nil {
		err := l.List(ctx, etcdsource.Prefix(""), etcdsource.At{}, func(keys [][]byte) error {
			for _, k := range keys {
				c.add(k)
			}
			return nil
		})
		return c.counts, err
	}
	s := etcdsource.Prefix("")
	for {
		p, err := o.Source.Range(ctx, s, etcdsource.At{})
		if err != nil {
			return nil, err
		}
		for i := range p.Entries {
			c.add(p.Entries[i].Key)
		}
		if !p.More || len(p.Entries) == 0 {
			return c.counts, nil
		}
		s = s.After(p.Entries[len(p.Entries)-1].Key)
	}
}

// counter counts keys, which come in order: those of one folder hold the same.
type counter struct {
	o      *learn.Opened
	counts Counts
	folder []byte
	kind   string
}

func (c *counter) add(key []byte) {
	at := bytes.LastIndexByte(key, '/') + 1
	if at == len(key) || !bytes.Equal(key[:at], c.folder) {
		c.folder, c.kind = append(c.folder[:0], key[:at]...), ""
		if ref, ok := c.o.Kinds.Locate(c.o.Root, key); ok {
			c.kind = ref.FullName()
		}
	}
	if c.kind != "" {
		c.counts[c.kind]++
	}
}

func (c Counts) total() (n int64) {
	for _, k := range c {
		n += k
	}
	return n
}

// Drop is a type of which far fewer objects are there than before.
type Drop struct {
	Type        string
	Before, Now int64
}

// Of a type with at least fewest objects, less than half of them is a drop.
const fewest = 4

// Drops compares the numbers of objects with those of an earlier snapshot, the largest loss first. Events and leases come
// and go: they are left out.
func (c Counts) Drops(before Counts) (list []Drop) {
	for kind, n := range before {
		if now := c[kind]; n >= fewest && now < n/2 && kind != "events" && kind != "events.events.k8s.io" && kind != "leases.coordination.k8s.io" {
			list = append(list, Drop{kind, n, now})
		}
	}
	slices.SortFunc(list, func(a, b Drop) int {
		return cmp.Or(cmp.Compare(b.Before-b.Now, a.Before-a.Now), cmp.Compare(a.Type, b.Type))
	})
	return list
}
