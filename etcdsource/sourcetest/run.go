package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// patience is how long one test of the suite may take.
const patience = 60 * time.Second

// OpenFunc returns a source that holds the store, and nothing else, at revision spec.Head(). It may skip nothing: a
// source that cannot hold one of the stores is no source. Run closes what it returns.
type OpenFunc func(t *testing.T, spec Spec) etcdsource.Source

// Run tries every rule on every store of Specs.
func Run(t *testing.T, open OpenFunc) {
	t.Helper()
	for _, spec := range Specs() {
		t.Run(spec.Name, func(t *testing.T) { RunSpec(t, spec, open) })
	}
}

// RunSpec tries every rule on one store.
func RunSpec(t *testing.T, spec Spec, open OpenFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	src := open(t, spec)
	c := &checker{ctx: ctx, src: src, m: NewModel(spec)}
	t.Run("describe", c.describe)
	t.Run("states", c.states)
	t.Run("pages", c.pages)
	t.Run("children", c.children)
	t.Run("watch", c.watch)
	t.Run("versions", c.versions)
	t.Run("before", c.before)
	t.Run("first", c.first)
	t.Run("out of reach", c.outOfReach)
	t.Run("contexts", c.contexts)
	c.close(t)
}

type checker struct {
	ctx context.Context
	src etcdsource.Source
	m   *Model
}

func (c *checker) head() int64 { return c.m.Spec.Head() }

// floor is the oldest revision whose state can be read.
func (c *checker) floor() int64 { return max(1, c.m.Spec.Compact) }

func (c *checker) describe(t *testing.T) {
	info, err := c.src.Describe(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if info.Revision != c.head() {
		t.Errorf("revision %d, want %d", info.Revision, c.head())
	}
	if info.Compacted != -1 && max(info.Compacted, 1) != c.floor() {
		t.Errorf("compacted %d, want %d", info.Compacted, c.m.Spec.Compact)
	}
	if want := int64(len(c.m.State(etcdsource.Prefix(""), c.head()))); info.Keys != -1 && info.Keys != want {
		t.Errorf("%d keys, want %d", info.Keys, want)
	}
	if info.Kind == "" || info.Name == "" || info.Target == "" {
		t.Errorf("says not what it is: %+v", info)
	}
}

// revisions returns the ones to try: all of a short history, some of a long one, always the first, the last and now.
func (c *checker) revisions() []int64 {
	step := max(1, (c.head()-c.floor())/25)
	list := []int64{0, c.head()}
	for r := c.floor(); r < c.head(); r += step {
		list = append(list, r)
	}
	return list
}

// read reads all pages of a span at one revision.
func (c *checker) read(s etcdsource.Span, rev int64) ([]etcdsource.Entry, error) {
	var all []etcdsource.Entry
	for {
		p, err := c.src.Range(c.ctx, s, etcdsource.At{Revision: rev})
		if err != nil {
			return nil, err
		}
		if rev == 0 {
			rev = p.Revision
		}
		if p.Revision != rev {
			return nil, fmt.Errorf("a page of revision %d, asked for %d", p.Revision, rev)
		}
		all = append(all, p.Entries...)
		if !p.More {
			return all, nil
		}
		if len(p.Entries) == 0 {
			return nil, errors.New("an empty page says that there is more")
		}
		s = s.After(p.Entries[len(p.Entries)-1].Key)
	}
}

func (c *checker) at(rev int64) int64 {
	if rev == 0 {
		return c.head()
	}
	return rev
}

// states compares the whole state at every revision, with values and without.
func (c *checker) states(t *testing.T) {
	for _, rev := range c.revisions() {
		want := c.m.State(etcdsource.Prefix(""), c.at(rev))
		for _, values := range []bool{true, false} {
			span := etcdsource.Prefix("")
			span.Values = values
			got, err := c.read(span, rev)
			if err == nil {
				err = sameEntries(got, want, values)
			}
			if err != nil {
				t.Fatalf("revision %d, values %v: %v", rev, values, err)
			}
		}
		c.list(t, rev, want)
		n, err := c.src.Count(c.ctx, etcdsource.Prefix(""), etcdsource.At{Revision: rev})
		if err != nil || n != int64(len(want)) {
			t.Fatalf("revision %d: count %d, want %d (%v)", rev, n, len(want), err)
		}
	}
}

func sameEntries(got []etcdsource.Entry, want []etcdsource.Event, values bool) error {
	for i := range min(len(got), len(want)) {
		if err := sameEntry(got[i], want[i], values); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d entries, want %d", len(got), len(want))
	}
	return nil
}

func sameEntry(g etcdsource.Entry, w etcdsource.Event, values bool) error {
	switch {
	case !bytes.Equal(g.Key, w.Key):
		return fmt.Errorf("key %q, want %q", g.Key, w.Key)
	case g.Mod != w.Mod || g.Create != w.Create || g.Version != w.Version:
		return fmt.Errorf("key %q: mod %d create %d version %d, want %d %d %d", g.Key, g.Mod, g.Create, g.Version, w.Mod, w.Create, w.Version)
	case g.Lease != w.Lease && g.Lease != etcdsource.LeaseUnknown:
		return fmt.Errorf("key %q: lease %d, want %d", g.Key, g.Lease, w.Lease)
	case g.Bytes != int64(len(w.Value)) && (g.Bytes != -1 || values):
		return fmt.Errorf("key %q: %d bytes, want %d", g.Key, g.Bytes, len(w.Value))
	case values && !bytes.Equal(g.Value, w.Value):
		return fmt.Errorf("key %q: another value", g.Key)
	case !values && g.Value != nil:
		return fmt.Errorf("key %q: a value that was not asked for", g.Key)
	}
	return nil
}

// pages reads the state in pages of every small size, single keys and spans within.
func (c *checker) pages(t *testing.T) {
	want := c.m.State(etcdsource.Prefix(""), c.head())
	for _, limit := range []int{1, 2, 7, len(want), len(want) + 1} {
		span := etcdsource.Prefix("")
		span.Limit = limit
		if limit == 0 || len(want)/limit > 400 {
			continue
		}
		got, err := c.read(span, 0)
		if err == nil {
			err = sameEntries(got, want, false)
		}
		if err != nil {
			t.Fatalf("pages of %d: %v", limit, err)
		}
	}
	for i := 0; i < len(want); i += 1 + len(want)/40 {
		k := want[i].Key
		spans := []etcdsource.Span{etcdsource.Key(k), etcdsource.Prefix(string(k)), etcdsource.Prefix("").After(k), {From: k, To: append(bytes.Clone(k), 0xff)}}
		for _, s := range spans {
			got, err := c.read(s, 0)
			if err == nil {
				err = sameEntries(got, c.m.State(s, c.head()), false)
			}
			if err != nil {
				t.Fatalf("span %q to %q: %v", s.From, s.To, err)
			}
		}
	}
}

// children compares every folder's children at some revisions, and the folders' counts.
func (c *checker) children(t *testing.T) {
	revs := c.revisions()
	if len(revs) > 8 {
		revs = []int64{0, c.floor(), (c.floor() + c.head()) / 2, c.head() - 1}
	}
	for _, rev := range revs {
		for _, p := range c.m.folders() {
			if err := c.folder(p, rev); err != nil {
				t.Fatalf("children of %q at %d: %v", p, rev, err)
			}
		}
	}
}

func (c *checker) folder(prefix string, rev int64) error {
	seq, err := c.src.Children(c.ctx, etcdsource.Prefix(prefix), etcdsource.At{Revision: rev})
	if err != nil {
		return err
	}
	want := c.m.children(prefix, c.at(rev))
	i := 0
	for g, err := range seq {
		if err != nil {
			return err
		}
		if i >= len(want) {
			return fmt.Errorf("%q is one too many", g.Path)
		}
		w := want[i]
		i++
		if string(g.Path) != w.path || g.Dir != w.dir {
			return fmt.Errorf("child %q dir %v, want %q %v", g.Path, g.Dir, w.path, w.dir)
		}
		if name := lastSegment(w.path, w.dir); g.Name != name {
			return fmt.Errorf("child %q is called %q, want %q", g.Path, g.Name, name)
		}
		if err := c.child(g, w, rev); err != nil {
			return err
		}
	}
	if i < len(want) {
		return fmt.Errorf("%q is missing", want[i].path)
	}
	return nil
}

func lastSegment(path string, dir bool) string {
	if dir {
		path = path[:len(path)-1]
	}
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

func (c *checker) child(g etcdsource.Child, w child, rev int64) error {
	if !g.Dir {
		state := c.m.State(etcdsource.Key([]byte(w.path)), c.at(rev))
		return sameEntry(g.Entry, state[0], false)
	}
	n, err := c.src.Count(c.ctx, etcdsource.Prefix(w.path), etcdsource.At{Revision: rev})
	if err != nil {
		return err
	}
	if n != w.keys || g.Keys != -1 && g.Keys != w.keys {
		return fmt.Errorf("folder %q: count %d, in the list %d, want %d", w.path, n, g.Keys, w.keys)
	}
	return nil
}
