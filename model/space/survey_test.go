package space

import (
	"context"
	"errors"
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// opened is a file of a store, with what is known of it.
func opened(t testing.TB, spec sourcetest.Spec) (etcdsource.Source, *learn.Known) {
	t.Helper()
	src, err := snapfile.Open(t.Context(), sourcetest.WriteSpec(t, spec), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	known, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return src, known
}

// streaming is a source that can be measured in no other way than by its changes.
type streaming struct{ etcdsource.Source }

// bruteForce sums up a store change by change: rows by what name says of a key.
func bruteForce(spec sourcetest.Spec, name func(key []byte) string) map[string]Amount {
	m := sourcetest.NewModel(spec)
	live := map[string]etcdsource.Event{}
	for _, e := range m.State(etcdsource.Prefix(""), spec.Head()) {
		live[string(e.Key)] = e
	}
	base := map[string]int64{}
	for _, e := range m.State(etcdsource.Prefix(""), max(spec.Compact, 1)) {
		base[string(e.Key)] = e.Mod
	}
	out := map[string]Amount{}
	for _, e := range m.Retained() {
		a := out[name(e.Key)]
		size := int64(len(e.Value))
		l, alive := live[string(e.Key)]
		switch {
		case e.Type == etcdsource.Deleted:
			a.Deletions++
		case alive && l.Mod == e.Mod:
			a.Keys, a.Live, a.Versions = a.Keys+1, a.Live+size, a.Versions+1
		default:
			a.Old, a.Versions = a.Old+size, a.Versions+1
		}
		if base[string(e.Key)] == e.Mod {
			a.Base += size
		}
		if e.Mod > max(spec.Compact, 1) {
			a.Writes, a.Written = a.Writes+1, a.Written+size
		}
		out[name(e.Key)] = a
	}
	return out
}

func byName(rows []Row) map[string]Amount {
	out := map[string]Amount{}
	for _, r := range rows {
		r.Stored, r.LiveStored, r.Managed, r.Applied = 0, 0, 0, 0
		out[r.Name] = r.Amount
	}
	return out
}

// TestRowsEqualACount holds the rows of random stores against sums made change by change: of a file, and of a stream.
func TestRowsEqualACount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		ops := sourcetest.Generate(rapid.Uint64().Draw(rt, "seed"))
		spec := sourcetest.Spec{Ops: ops[:rapid.IntRange(0, len(ops)).Draw(rt, "ops")]}
		if rapid.Bool().Draw(rt, "compacted") {
			spec.Compact = rapid.Int64Range(1, spec.Head()).Draw(rt, "compact")
		}
		src, known := opened(t, spec)
		resource := func(key []byte) string {
			if ref, ok := known.Kinds.Locate(known.Root, key); ok {
				return ref.FullName()
			}
			return elsewhere(known.Root, key)
		}
		namespace := func(key []byte) string {
			ref, _ := known.Kinds.Locate(known.Root, key)
			return ref.Namespace
		}
		for what, src := range map[string]etcdsource.Source{"file": src, "stream": streaming{src}} {
			var s Survey
			if err := s.Measure(context.Background(), Options{Source: src, Known: known, Fields: true, Keys: -1}); err != nil {
				rt.Fatal(err)
			}
			for by, name := range map[By]func([]byte) string{ByResource: resource, ByNamespace: namespace} {
				if d := gocmp.Diff(bruteForce(spec, name), byName(s.Rows(by))); d != "" {
					rt.Fatalf("%s by %s: %s", what, by, d)
				}
			}
			var fields, keys Amount
			for _, r := range s.Rows(ByField) {
				fields.add(&r.Amount)
			}
			for _, r := range s.Rows(ByKey) {
				keys.add(&r.Amount)
			}
			if fields.Live != s.Total.Live || fields.Old != s.Total.Old || fields.Base != s.Total.Base || fields.Written != s.Total.Written {
				rt.Fatalf("%s: the fields have %+v, all have %+v", what, fields, s.Total)
			}
			if keys.Live != s.Total.Live || keys.Old != s.Total.Old || keys.Keys != s.Total.Keys || keys.Versions != s.Total.Versions || keys.Stored != s.Total.Stored {
				rt.Fatalf("%s: the keys have %+v, all have %+v", what, keys, s.Total)
			}
			some, err := Keys(context.Background(), Options{Source: src, Known: known, Keys: 3, KeyOrder: OrderVersions})
			order := s.Rows(ByKey)
			OrderVersions.Sort(order)
			if d := gocmp.Diff(byName(order[:min(len(order), 3)]), byName(some)); d != "" || err != nil {
				rt.Fatalf("%s: the first keys: %s, %v", what, d, err)
			}
			rows, err := Writers(context.Background(), Options{Source: src, Known: known}, nil)
			var writers Amount
			for _, r := range rows {
				writers.add(&r.Amount)
			}
			if err != nil || writers.Live != s.Total.Live || writers.Growth() != s.Total.Growth() || writers.Writes != s.Total.Writes || writers.Written != s.Total.Written {
				rt.Fatalf("%s: the writers have %+v, all have %+v; %v", what, writers, s.Total, err)
			}
			if what == "file" && s.Storage.Stored != s.Total.Stored {
				rt.Fatalf("%d bytes are stored, %d were counted", s.Storage.Stored, s.Total.Stored)
			}
		}
	})
}

// TestOnlyAPrefix counts what lies below it, and no more.
func TestOnlyAPrefix(t *testing.T) {
	t.Parallel()
	src, known := opened(t, sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("/registry/pods/a/x", "12345"), sourcetest.Put("/registry/pods/b/x", "1"), sourcetest.Put("/registry/pods/ab/x", "1234567")}})
	for _, src := range []etcdsource.Source{src, streaming{src}} {
		var s Survey
		if err := s.Measure(t.Context(), Options{Source: src, Known: known, Prefix: "/registry/pods/a/", Fields: true, Keys: 5}); err != nil {
			t.Fatal(err)
		}
		if s.Total.Live != 5 || len(s.Rows(ByNamespace)) != 1 || len(s.Rows(ByKey)) != 1 || len(s.Rows(ByField)) != 1 {
			t.Errorf("%+v: %v", s.Total, s.Rows(ByKey))
		}
	}
}

// TestTopKeys keeps the first of an order, whatever comes in which order.
func TestTopKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.Int64Range(0, 9), 0, 30).Draw(t, "sizes")
		order := rapid.SampledFrom(Orders()).Draw(t, "order")
		some, all := top{order: order, most: 5}, top{order: order}
		for i, n := range sizes {
			r := Row{Name: fmt.Sprint(i), Amount: Amount{Live: n, Versions: 9 - n}}
			some.offer(r)
			all.offer(r)
		}
		order.Sort(all.rows)
		if d := gocmp.Diff(all.rows[:min(len(all.rows), 5)], some.rows); len(sizes) > 0 && d != "" {
			t.Fatal(d)
		}
	})
}

// TestEventsAndReleases: an Event counts as a whole, so does a release of Helm; its managedFields are said beside that.
func TestEventsAndReleases(t *testing.T) {
	t.Parallel()
	md := `"metadata":{"managedFields":[{"manager":"m"}]}`
	src, known := opened(t, sourcetest.Spec{Ops: []sourcetest.Op{
		sourcetest.Put("/registry/namespaces/a", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}`),
		sourcetest.Put("/registry/events/a/e", `{"apiVersion":"v1","kind":"Event",`+md+`}`), sourcetest.Put("/registry/secrets/a/sh.helm.release.v1.web.v1", `{"apiVersion":"v1","kind":"Secret",`+md+`}`),
		sourcetest.Put("/registry/pods/a/p", `{"apiVersion":"v1","kind":"Pod",`+md+`}`)}})
	var s Survey
	if err := s.Measure(t.Context(), Options{Source: src, Known: known, Fields: true}); err != nil {
		t.Fatal(err)
	}
	got := map[string]Amount{}
	for _, r := range s.Rows(ByField) {
		got[r.Name] = r.Amount
	}
	own := int64(len(md) - len(`"metadata":{}`))
	if e, h, m := got[FieldEvents], got[FieldHelm], got["managedFields"]; e.Keys != 1 || e.Managed != own || h.Keys != 1 || h.Managed != own || m.Live != own || m.Keys != 1 || s.Total.Managed != 3*own {
		t.Errorf("%+v", got)
	}
}

// TestMeasureFails: the error of the source is returned.
func TestMeasureFails(t *testing.T) {
	t.Parallel()
	src, known := opened(t, sourcetest.Spec{Ops: sourcetest.Generate(1)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, src := range []etcdsource.Source{src, streaming{src}} {
		var s Survey
		if err := s.Measure(ctx, Options{Source: src, Known: known}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
	}
}

// TestElsewhere names what is no resource by its folder.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"/registry/masterleases/10.0.0.1": "masterleases/", "/registry/ranges/a/b": "ranges/", "/registry/x": OtherKeys, "/calico/x/y": "/calico/", "compact_rev_key": OtherKeys,
		"a/b": "a/", "/": OtherKeys, "//": OtherKeys, "/registry//x": OtherKeys} {
		if got := elsewhere("/registry/", []byte(key)); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// TestUnknown: only of an estimate, and where no value of its keys was read, the bytes of a row are not known.
func TestUnknown(t *testing.T) {
	t.Parallel()
	unread, empty := Row{Amount: Amount{Keys: 3}}, Row{}
	for _, c := range []struct {
		s    Survey
		r    *Row
		want bool
	}{{Survey{Unsized: 3}, &unread, true}, {Survey{}, &unread, false}, {Survey{Exact: true, Unsized: 3}, &unread, false}, {Survey{Unsized: 3}, &empty, false}, {Survey{Unsized: 3}, &Row{Amount: Amount{Keys: 3, Live: 1}}, false}} {
		if got := c.s.Unknown(c.r); got != c.want {
			t.Errorf("%+v of %+v: %v", c.r, c.s, got)
		}
	}
}
