package space

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// watched is a source that notes what is read of it.
type watched struct {
	etcdsource.Source
	values, keys int // that were read
	fail         error
}

func (w *watched) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	p, err := w.Source.Range(ctx, s, at)
	w.keys += len(p.Entries)
	for i := range p.Entries {
		w.values += len(p.Entries[i].Value)
	}
	return p, errors.Join(err, w.fail)
}

// store is a file with these numbers of keys below /registry/, beside two namespaces and a node.
func store(t *testing.T, kinds map[string]int) (*watched, *learn.Known) {
	t.Helper()
	ops := []sourcetest.Op{sourcetest.Put("/registry/namespaces/a", "x"), sourcetest.Put("/registry/namespaces/b", "x"), sourcetest.Put("/registry/minions/node-1", "x")}
	for folder, n := range kinds {
		for i := range n {
			ops = append(ops, sourcetest.Put(fmt.Sprintf("/registry/%s/k-%05d", folder, i), "12345"))
		}
	}
	ops = append(ops, sourcetest.Put("/registry/pods/a/later", "x"))
	src, err := snapfile.Open(t.Context(), sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops}), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	known, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &watched{Source: src}, known
}

// counted counts at the revision before the last one.
func counted(t *testing.T, w *watched, known *learn.Known, whole bool) (rows []string, how []Progress) {
	t.Helper()
	c := Counter{Source: w, Known: known, Revision: known.Info.Revision - 1, Whole: whole}
	if err := c.Count(t.Context(), func(p Progress) { how = append(how, p) }); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rows() {
		rows = append(rows, fmt.Sprintf("%s %d %d %s", r.Namespace, r.Keys, r.Bytes, r.Mostly))
	}
	return rows, how
}

// TestCountWhole: every key counts in its namespace, with its bytes, whether or not that namespace exists.
func TestCountWhole(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": 1200, "pods/gone": 3, "configmaps/b": 5})
	rows, how := counted(t, w, known, true)
	want := []string{"a 1200 6000 pods", "b 5 25 configmaps", "gone 3 15 pods", " 3 3 namespaces"}
	if d := gocmp.Diff(want, rows); d != "" || w.values != 0 {
		t.Errorf("%d bytes of values were read, %s", w.values, d)
	}
	if len(how) != 1 || how[0].Keys != progressKeys {
		t.Errorf("the progress is %+v", how)
	}
}

// TestCountByAsking: a type of more than MaxRead keys is counted by namespace and not read; what is in no namespace that
// exists is the rest. A smaller type is read, without values.
func TestCountByAsking(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": MaxRead, "pods/gone": 1, "configmaps/gone": 2, "configmaps/b": 5})
	rows, how := counted(t, w, known, false)
	want := []string{fmt.Sprintf("a %d -1 pods", MaxRead), "b 5 -1 configmaps", " 4 -1 other", "gone 2 -1 configmaps"}
	if d := gocmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if most := 2 + 7; w.keys != most || w.values != 0 { // the namespaces and the ConfigMaps
		t.Errorf("%d keys and %d bytes of values were read", w.keys, w.values)
	}
	var pods []string
	for _, p := range how {
		if p.AllTypes == 0 || p.Types >= p.AllTypes || p.Keys > 0 {
			t.Errorf("the progress is %+v", p)
		}
		if p.Kind != "" {
			pods = append(pods, fmt.Sprint(p.Kind, p.Spaces, p.AllSpaces))
		}
	}
	if got := strings.Join(pods, " "); got != "pods0 2 pods1 2" {
		t.Errorf("namespaces were counted of %s", got)
	}
}

// TestCountTheEdge: MaxRead keys of a type are still read, and their namespaces need not exist.
func TestCountTheEdge(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/gone": MaxRead})
	if rows, _ := counted(t, w, known, false); rows[0] != fmt.Sprintf("gone %d -1 pods", MaxRead) {
		t.Errorf("%q", rows)
	}
}

// TestCountFails: what was counted before stays, and the error is that of the source.
func TestCountFails(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": 1})
	w.fail = errors.New("permission denied")
	for _, whole := range []bool{true, false} {
		c := Counter{Source: w, Known: known, Whole: whole}
		if err := c.Count(t.Context(), func(Progress) {}); !errors.Is(err, w.fail) {
			t.Errorf("%v, want %v", err, w.fail)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.fail = nil
	c := Counter{Source: w, Known: known, Whole: true}
	if err := c.Count(ctx, func(Progress) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v of a count that nobody waits for", err)
	}
}
