package space

import (
	"context"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// MaxRead is the number of keys of a type up to which they are read instead of counted by namespace.
const MaxRead = 5000

// Counter counts by namespace what fills a source. It is used by one goroutine.
type Counter struct {
	Source   etcdsource.Source
	Known    *learn.Known
	Revision int64 // 0: the newest
	// Whole reads all keys, with the sizes of their values. Without it the source is asked for numbers of keys only, type by
	// type and, where a type has more than MaxRead, namespace by namespace.
	Whole bool
	// Values reads the values too, of a source that knows the size of no value without it.
	Values bool

	sums Spaces
	keys int64
}

// Progress is how far a Counter is: keys that were read, or types and, of one with many keys, namespaces.
type Progress struct {
	Keys              int64
	Types, AllTypes   int
	Kind              string // the type whose namespaces are counted, "" for none
	Spaces, AllSpaces int
}

// progressKeys is how many keys are read between two reports.
const progressKeys = 1000

// Rows returns what has been counted so far.
func (c *Counter) Rows() []Row { return c.sums.Rows() }

// Count counts, and calls progress every now and then, where Rows may be asked for. It is called once.
func (c *Counter) Count(ctx context.Context, progress func(Progress)) error {
	if c.Whole {
		return c.read(ctx, progress)
	}
	return c.ask(ctx, progress)
}

// add counts a key that was read.
func (c *Counter) add(key []byte, size int64) {
	ns, kind := "", "other"
	if ref, ok := c.Known.Kinds.Locate(c.Known.Root, key); ok {
		ns, kind = ref.Namespace, ref.FullName()
	}
	c.sums.Add(ns, kind, Sum{Keys: 1, Bytes: size})
}

// read reads all keys, with the sizes of their values.
func (c *Counter) read(ctx context.Context, progress func(Progress)) error {
	span := etcdsource.Prefix("")
	if span.Values = c.Values; !c.Values {
		span.Limit = 10000
	}
	return etcdsource.Each(ctx, c.Source, span, c.Revision, func(e etcdsource.Entry) error {
		c.add(e.Key, e.Bytes)
		if c.keys++; c.keys%progressKeys == 0 {
			progress(Progress{Keys: c.keys})
		}
		return ctx.Err()
	})
}

// ask asks for numbers only. What lies in no type that is known, or in a namespace that does not exist, is the rest.
func (c *Counter) ask(ctx context.Context, progress func(Progress)) error {
	names, err := c.namespaces(ctx)
	if err != nil {
		return err
	}
	rest, err := c.count(ctx, c.Known.Root)
	if err != nil {
		return err
	}
	types := slices.DeleteFunc(slices.Clone(c.Known.Kinds.All()), func(r kinds.Resource) bool { return !r.Namespaced })
	for i, r := range types {
		at := Progress{Types: i, AllTypes: len(types)}
		progress(at)
		n, err := c.kind(ctx, r, names, func(space int) {
			at.Kind, at.Spaces, at.AllSpaces = r.FullName(), space, len(names)
			progress(at)
		})
		if err != nil {
			return err
		}
		rest -= n
	}
	if rest > 0 {
		c.sums.Add("", "other", Sum{Keys: rest, Bytes: -1})
	}
	return nil
}

// kind counts a type and returns how many of its keys are in a namespace.
func (c *Counter) kind(ctx context.Context, r kinds.Resource, names []string, progress func(space int)) (found int64, err error) {
	prefix := c.Known.Kinds.Prefix(c.Known.Root, r, "")
	all, err := c.count(ctx, prefix)
	switch {
	case err != nil || all == 0:
		return 0, err
	case all <= MaxRead:
		err = etcdsource.Each(ctx, c.Source, etcdsource.Prefix(prefix), c.Revision, func(e etcdsource.Entry) error {
			found++
			c.add(e.Key, -1)
			return nil
		})
		return found, err
	}
	for i, ns := range names {
		if found == all {
			break
		}
		progress(i)
		n, err := c.count(ctx, c.Known.Kinds.Prefix(c.Known.Root, r, ns))
		if err != nil {
			return found, err
		}
		if n > 0 {
			c.sums.Add(ns, r.FullName(), Sum{Keys: n, Bytes: -1})
			found += n
		}
	}
	return found, nil
}

func (c *Counter) count(ctx context.Context, prefix string) (int64, error) {
	return c.Source.Count(ctx, etcdsource.Prefix(prefix), etcdsource.At{Revision: c.Revision})
}

// namespaces reads the names of the namespaces.
func (c *Counter) namespaces(ctx context.Context) (names []string, err error) {
	prefix := c.Known.Root + "namespaces/"
	err = etcdsource.Each(ctx, c.Source, etcdsource.Prefix(prefix), c.Revision, func(e etcdsource.Entry) error {
		names = append(names, strings.TrimPrefix(string(e.Key), prefix))
		return nil
	})
	return names, err
}
