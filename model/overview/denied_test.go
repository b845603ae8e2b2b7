package overview

import (
	"bytes"
	"context"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// granted is a source of which the user may read what begins with one prefix.
type granted struct {
	etcdsource.Source
	prefix []byte
}

func (g granted) may(s etcdsource.Span) error {
	if bytes.HasPrefix(s.From, g.prefix) {
		return nil
	}
	return &etcdsource.Problem{Tried: "read", Why: "it is not granted", Err: etcdsource.ErrDenied}
}

func (g granted) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	if err := g.may(s); err != nil {
		return etcdsource.Page{}, err
	}
	return g.Source.Range(ctx, s, at)
}

func (g granted) Count(ctx context.Context, s etcdsource.Span, at etcdsource.At) (int64, error) {
	if err := g.may(s); err != nil {
		return 0, err
	}
	return g.Source.Count(ctx, s, at)
}

// TestGranted: the overview counts what the user may read; the rest is not known.
func TestGranted(t *testing.T) {
	t.Parallel()
	path := sourcetest.WriteSpec(t, sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("/registry/pods/a/x", "{}"), sourcetest.Put("/registry/pods/a/y", "{}"),
		sourcetest.Put("/registry/secrets/a/z", "{}"), sourcetest.Put("/registry/minions/n", "{}")}})
	src, err := snapfile.Open(t.Context(), path, snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]struct {
		keys  int64
		nodes int
		named int
	}{"/registry/pods/": {2, -1, 1}, "": {4, 1, 3}, "/other/": {0, -1, 0}} {
		o := &learn.Opened{Source: granted{src, []byte(prefix)}, Known: known}
		v, err := Identify(t.Context(), o, Options{})
		if err != nil {
			t.Fatalf("%q: %v", prefix, err)
		}
		if err := v.Fill(t.Context(), o, Options{}); err != nil {
			t.Fatalf("%q: %v", prefix, err)
		}
		if v.Keys != want.keys || v.Cluster.Nodes != want.nodes || len(v.Resources) != want.named {
			t.Errorf("%q: %d keys, %d nodes, %+v", prefix, v.Keys, v.Cluster.Nodes, v.Resources)
		}
	}
}
