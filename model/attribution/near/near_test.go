package near

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"

	"github.com/etcdscope/etcdscope/decode"
)

// story is a piece of a real cluster's history.
func story(t *testing.T) *learn.Opened {
	t.Helper()
	src, err := snapfile.Open(t.Context(), "../../../etcdsource/demo/stories/pod/cut.db.zst", snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	k, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &learn.Opened{Known: k, Source: src}
}

// everything returns all changes of a source.
func everything(t *testing.T, src etcdsource.Source) (out []etcdsource.Event) {
	t.Helper()
	stream, err := src.Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for {
		b, err := stream.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b.Events...)
	}
}

// attribute attributes the changes of one key, the others are evidence; of all where key is "".
func attribute(o *learn.Opened, events []etcdsource.Event, whole bool, key string) map[int64]attribution.Attributed {
	e := attribution.New(attribution.Options{Root: o.Root, Whole: whole})
	last := map[string]*etcdsource.Event{}
	for i := range events {
		ev := &events[i]
		c := change.Describe(o.Decoder, o.Kinds, o.Root, last[string(ev.Key)], ev, decode.View{})
		last[string(ev.Key)] = ev
		if key == "" || key == string(ev.Key) {
			e.Add(c)
		} else {
			e.Note(c)
		}
	}
	out := map[int64]attribution.Attributed{}
	for _, a := range e.Take(true) {
		out[a.Mod] = a
	}
	return out
}

// TestSame: what is said of a key with what was gathered is what is said of it with everything.
func TestSame(t *testing.T) {
	o := story(t)
	all := everything(t, o.Source)
	want := attribute(o, all, true, "")
	keys := map[string]bool{}
	gathered := 0
	for i := range all {
		key := string(all[i].Key)
		if keys[key] {
			continue
		}
		if keys[key] = true; len(keys)%3 != 0 {
			continue
		}
		c, ok, err := Read(t.Context(), o, []string{key})
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		gathered++
		if !slices.IsSortedFunc(c.Events, func(a, b etcdsource.Event) int { return int(a.Mod - b.Mod) }) {
			t.Fatalf("%s: not in order", key)
		}
		got := attribute(o, c.Events, c.Whole, key)
		for rev, w := range want {
			if string(w.Key) != key {
				continue
			}
			g, ok := got[rev]
			same := g.Writer == w.Writer && g.Controller == w.Controller && g.Confidence == w.Confidence && g.Evidence == w.Evidence && g.Instance == w.Instance
			if !ok || !same {
				t.Errorf("%s at %d: %s %s %q, with everything %s %s %q", key, rev, g.Writer, g.Confidence, g.Evidence, w.Writer, w.Confidence, w.Evidence)
			}
			if d := g.Time.Sub(w.Time).Abs(); d > time.Second {
				t.Errorf("%s at %d: %s off", key, rev, d)
			}
		}
	}
	if gathered < len(keys)/8 {
		t.Errorf("of %d keys only %d were gathered", len(keys), gathered)
	}
	t.Logf("%d changes of %d keys, %d gathered", len(all), len(keys), gathered)
}

// TestCopy: an object that bears another one's uid is found.
func TestCopy(t *testing.T) {
	o := story(t)
	var pod etcdsource.Event
	for _, e := range everything(t, o.Source) {
		if e.Type == etcdsource.Created && pod.Key == nil && o.Decoder.Object(e.Key, e.Value, e.Mod).Kind == "Pod" {
			pod = e
		}
	}
	c := &copied{Source: o.Source, at: pod}
	c.at.Key = append(slices.Clone(pod.Key), "-copy"...)
	c.at.Mod = o.Info.Revision
	g := &gatherer{Opened: &learn.Opened{Known: o.Known, Source: c}, got: map[id]etcdsource.Event{}, done: map[string]bool{}, uids: map[string]map[string]string{}, most: 1 << 20}
	ref, _ := o.Kinds.Locate(o.Root, pod.Key)
	folder := o.Kinds.Prefix(o.Root, ref.Resource, "")
	g.bear(folder, string(pod.Key), []etcdsource.Event{pod})
	if err := g.copies(t.Context(), folder, g.uids[folder]); err != nil {
		t.Fatal(err)
	}
	if !g.done[string(c.at.Key)+"\x00"] {
		t.Errorf("read were %v", g.done)
	}
}

// copied is a source in which a change more is seen.
type copied struct {
	etcdsource.Source
	at etcdsource.Event
}

func (c *copied) Watch(ctx context.Context, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	s, err := c.Source.Watch(ctx, span, from)
	return &oneMore{s, c.at, false}, err
}

type oneMore struct {
	etcdsource.Stream
	at   etcdsource.Event
	done bool
}

func (s *oneMore) Next(ctx context.Context) (etcdsource.Batch, error) {
	b, err := s.Stream.Next(ctx)
	if err == nil && !s.done {
		b.Events, s.done = append(b.Events, s.at), true
	}
	return b, err
}
