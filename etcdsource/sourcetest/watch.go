package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// drain reads a stream until everything up to the revision was delivered, and checks what holds for every stream.
func drain(ctx context.Context, st etcdsource.Stream, head int64) (events []etcdsource.Event, lost etcdsource.Window, err error) {
	rev := int64(0)
	for rev < head {
		b, err := st.Next(ctx)
		if errors.Is(err, io.EOF) {
			return events, lost, fmt.Errorf("it ends at revision %d, before %d", rev, head)
		}
		if err != nil {
			return events, lost, err
		}
		lost = lost.Join(b.Lost)
		for i, e := range b.Events {
			if len(events) > 0 {
				last := events[len(events)-1]
				if e.Mod < last.Mod || e.Mod == last.Mod && e.Sub <= last.Sub {
					return nil, lost, fmt.Errorf("%d/%d comes after %d/%d", e.Mod, e.Sub, last.Mod, last.Sub)
				}
				if i == 0 && e.Mod == last.Mod {
					return nil, lost, fmt.Errorf("revision %d is split over two batches", e.Mod)
				}
			}
			events = append(events, e)
		}
		if n := len(b.Events); n > 0 && b.Revision < b.Events[n-1].Mod {
			return nil, lost, fmt.Errorf("a batch up to revision %d holds revision %d", b.Revision, b.Events[n-1].Mod)
		}
		rev = max(rev, b.Revision)
	}
	return events, lost, nil
}

// watch reads the changes from every kind of beginning, of all keys and of some.
func (c *checker) watch(t *testing.T) {
	from := []int64{c.floor() + 1, (c.floor() + c.head()) / 2, c.head()}
	spans := []etcdsource.Span{etcdsource.Prefix(""), etcdsource.Prefix("/registry/pods/"), etcdsource.Key([]byte("/x/y")), etcdsource.Prefix("/none/")}
	for _, f := range from {
		for _, s := range spans {
			if f < 1 || f <= c.m.Spec.Compact || f > c.head() {
				continue
			}
			if err := c.watchOne(s, f); err != nil {
				t.Errorf("watch %q to %q from %d: %v", s.From, s.To, f, err)
			}
		}
	}
	if err := c.watchAll(); err != nil {
		t.Errorf("watch everything from 1: %v", err)
	}
}

func (c *checker) watchOne(s etcdsource.Span, from int64) error {
	st, err := c.src.Watch(c.ctx, s, from)
	if err != nil {
		return err
	}
	defer st.Close()
	want := c.m.Changes(s, from)
	until := c.head()
	if !c.ends() { // a running store says how far it is by what it delivers
		until = 0
		if len(want) > 0 {
			until = want[len(want)-1].Mod
		}
	}
	got, lost, err := drain(c.ctx, st, until)
	if err != nil {
		return err
	}
	if !lost.Empty() {
		return fmt.Errorf("says that %d to %d are lost", lost.From, lost.To)
	}
	if !c.whole() && !s.Open() {
		got, want = withoutSub(got), withoutSub(want) // it sees only its own part of a transaction
	}
	if err := sameEvents(got, want); err != nil || !c.ends() {
		return err
	}
	if b, err := st.Next(c.ctx); !errors.Is(err, io.EOF) {
		return fmt.Errorf("behind the last batch: %+v, %v; want io.EOF", b, err)
	}
	return nil
}

// ends reports whether streams of the source have an end.
func (c *checker) ends() bool {
	info, err := c.src.Describe(c.ctx)
	return err == nil && !info.Running
}

// whole reports whether the source has its whole past.
func (c *checker) whole() bool {
	_, err := etcdsource.As[etcdsource.Recalled](c.src)
	return err == nil || c.ends()
}

// watchAll asks for everything from the beginning: what was compacted is said, and no more than that; what was kept
// from before comes first and is marked.
func (c *checker) watchAll() error {
	if c.m.Spec.Compact > 0 && !c.whole() {
		return nil // a running store has nothing from before to deliver, and says so in its own way
	}
	st, err := c.src.Watch(c.ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return err
	}
	defer st.Close()
	until := c.head()
	if !c.ends() && len(c.m.Events) == 0 {
		until = 0
	}
	got, lost, err := drain(c.ctx, st, until)
	if err != nil {
		return err
	}
	if want := (etcdsource.Window{From: 1, To: c.m.Spec.Compact - 1}); c.m.Spec.Compact > 1 && (lost.From != want.From || lost.To != want.To || lost.Reason == "") {
		return fmt.Errorf("lost %+v, want %+v and a reason", lost, want)
	}
	return sameEvents(got, c.m.Retained())
}

func sameEvents(got, want []etcdsource.Event) error {
	for i := range min(len(got), len(want)) {
		if err := sameEvent(got[i], want[i]); err != nil {
			return fmt.Errorf("change %d: %w", i, err)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d changes, want %d", len(got), len(want))
	}
	return nil
}

func sameEvent(g, w etcdsource.Event) error {
	switch {
	case g.Mod != w.Mod || g.Sub != w.Sub || g.Type != w.Type || !bytes.Equal(g.Key, w.Key):
		return fmt.Errorf("%d/%d %v %q, want %d/%d %v %q", g.Mod, g.Sub, g.Type, g.Key, w.Mod, w.Sub, w.Type, w.Key)
	case g.Create != w.Create || g.Version != w.Version || g.Kept != w.Kept:
		return fmt.Errorf("%d %q: create %d version %d kept %v, want %d %d %v", g.Mod, g.Key, g.Create, g.Version, g.Kept, w.Create, w.Version, w.Kept)
	case !bytes.Equal(g.Value, w.Value):
		return fmt.Errorf("%d %q: another value", g.Mod, g.Key)
	case g.Lease != w.Lease && g.Lease != etcdsource.LeaseUnknown:
		return fmt.Errorf("%d %q: lease %d, want %d", g.Mod, g.Key, g.Lease, w.Lease)
	}
	return nil
}

// versions walks some keys back and compares with the changes of that key.
func (c *checker) versions(t *testing.T) {
	v, err := etcdsource.As[etcdsource.Versions](c.src)
	if err != nil {
		t.Logf("not tried: %v", err)
		return
	}
	keys := map[string]bool{}
	for _, e := range c.m.Retained() {
		if len(keys) < 60 {
			keys[string(e.Key)] = true
		}
	}
	for k := range keys {
		for _, limit := range []int{0, 1, 2} {
			if err := c.walk(v, []byte(k), limit); err != nil {
				t.Errorf("versions of %q, %d at once: %v", k, limit, err)
			}
		}
	}
}

// before reads the version before each change from this machine, where the source can do that.
func (c *checker) before(t *testing.T) {
	past, err := etcdsource.As[etcdsource.LocalPast](c.src)
	if err != nil {
		t.Logf("not tried: %v", err)
		return
	}
	last := map[string]etcdsource.Event{}
	for _, e := range c.m.Retained() {
		got, ok := past.VersionBefore(e.Key, e.Mod)
		want, known := last[string(e.Key)]
		if ok != known {
			t.Errorf("before %d of %q: %v, want %v", e.Mod, e.Key, ok, known)
		} else if err := sameVersions([]etcdsource.Event{got}, []etcdsource.Event{want}); err != nil {
			t.Errorf("before %d of %q: %v", e.Mod, e.Key, err)
		}
		last[string(e.Key)] = e
	}
	if e, ok := past.VersionBefore([]byte("no such key"), 1<<40); ok {
		t.Errorf("a key that never was has version %+v", e)
	}
}

// first reads what each key begins with, where the source can do that alone.
func (c *checker) first(t *testing.T) {
	b, err := etcdsource.As[etcdsource.Beginner](c.src)
	if err != nil {
		t.Logf("not tried: %v", err)
		return
	}
	want := map[string][]etcdsource.Event{}
	for _, e := range c.m.Retained() {
		l := want[string(e.Key)]
		if e.Type == etcdsource.Created || e.Type != etcdsource.Deleted && len(l) == 0 {
			want[string(e.Key)] = append(l, e)
		}
	}
	got := map[string][]etcdsource.Event{}
	err = b.LendFirst(c.ctx, etcdsource.Prefix(""), func(e *etcdsource.Event) error {
		own := *e
		own.Key, own.Value = bytes.Clone(e.Key), bytes.Clone(e.Value)
		got[string(e.Key)] = append(got[string(e.Key)], own)
		return nil
	})
	if err != nil || len(got) != len(want) {
		t.Errorf("%d keys begin, want %d (%v)", len(got), len(want), err)
	}
	for k, l := range want {
		if err := sameVersions(got[k], l); err != nil {
			t.Errorf("what %q begins with: %v", k, err)
		}
	}
}

// walk reads a key's changes back to the edge. A walk that did not search for earlier incarnations may end at the
// newest creation.
func (c *checker) walk(v etcdsource.Versions, key []byte, limit int) error {
	var got []etcdsource.Event
	upTo, edge := int64(0), etcdsource.Edge{}
	for {
		page, e, err := v.Versions(c.ctx, key, upTo, limit)
		if err != nil {
			return err
		}
		got, edge = append(got, page...), e
		if e.Kind != etcdsource.EdgeMore {
			break
		}
		if len(page) == 0 || limit > 0 && len(page) > limit {
			return fmt.Errorf("%d versions at once, and more to come", len(page))
		}
		upTo = page[len(page)-1].Mod - 1
	}
	var want []etcdsource.Event
	for _, e := range c.m.Retained() {
		if bytes.Equal(e.Key, key) {
			want = append(want, e)
		}
	}
	slices.Reverse(want)
	if edge.Kind == etcdsource.EdgeNotSearched {
		want = want[:min(len(got), len(want))]
	}
	if err := sameVersions(got, want); err != nil {
		return err
	}
	return c.edge(edge, want)
}

// sameVersions is sameEvents, but for what a running store does not know: the mark of what was kept, and the place in
// a transaction.
func sameVersions(got, want []etcdsource.Event) error {
	got, want = withoutSub(got), withoutSub(want)
	for _, list := range [][]etcdsource.Event{got, want} {
		for i := range list {
			list[i].Kept = false
		}
	}
	return sameEvents(got, want)
}

func withoutSub(list []etcdsource.Event) []etcdsource.Event {
	list = slices.Clone(list)
	for i := range list {
		list[i].Sub = 0
	}
	return list
}

func (c *checker) edge(e etcdsource.Edge, want []etcdsource.Event) error {
	if len(want) == 0 || e.Kind == etcdsource.EdgeNotSearched {
		return nil
	}
	oldest := want[len(want)-1]
	created := oldest.Type == etcdsource.Created
	if created && e.Kind == etcdsource.EdgeCreated && e.Revision == oldest.Mod {
		return nil
	}
	if !created && e.Kind == etcdsource.EdgeCompacted {
		return nil
	}
	return fmt.Errorf("ends with %+v behind %v at %d", e, oldest.Type, oldest.Mod)
}
