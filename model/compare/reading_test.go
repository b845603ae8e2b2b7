package compare

import (
	"context"
	"iter"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// asked notes what is asked of a source.
type asked struct {
	etcdsource.Source
	listed, read []string
	empty        bool // a page without keys says that there are more
}

func (a *asked) Children(ctx context.Context, s etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	a.listed = append(a.listed, string(s.From))
	return a.Source.Children(ctx, s, at)
}

func (a *asked) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	a.read = append(a.read, string(s.From))
	if a.empty {
		return etcdsource.Page{Revision: 1, More: true}, nil
	}
	return a.Source.Range(ctx, s, at)
}

func readSpare(t *testing.T, keys ...string) *asked {
	t.Helper()
	var ops []sourcetest.Op
	for _, k := range keys {
		ops = append(ops, sourcetest.Put(k, "x"))
	}
	a := &asked{Source: open(t, sourcetest.Spec{Ops: ops})}
	if _, err := Each(t.Context(), Side{Source: a, Spare: true}, Side{Source: open(t, sourcetest.Spec{Ops: ops})}, etcdsource.Prefix("/r/"), nil); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestFoldersAreReadAsAWhole: a folder of one key is read by that key, one of two keys or more with one request for all.
func TestFoldersAreReadAsAWhole(t *testing.T) {
	t.Parallel()
	a := readSpare(t, "/r/one/a", "/r/two/a", "/r/two/b", "/r/three/a", "/r/three/b", "/r/three/c")
	if d := gocmp.Diff([]string{"/r/one/a", "/r/three/", "/r/two/"}, a.read); d != "" {
		t.Error(d)
	}
}

// TestFoldersAreDividedFourTimes: what is below the fourth folder is read as a whole, however deep it is.
func TestFoldersAreDividedFourTimes(t *testing.T) {
	t.Parallel()
	a := readSpare(t, "/r/1/2/3/4/5/6/a")
	if d := gocmp.Diff([]string{"/r/", "/r/1/", "/r/1/2/", "/r/1/2/3/"}, a.listed); d != "" {
		t.Error(d)
	}
	if d := gocmp.Diff([]string{"/r/1/2/3/4/"}, a.read); d != "" {
		t.Error(d)
	}
}

// TestEmptyPageIsTheLast: a page without keys ends a span, though it says that there are more: there is no key to go on
// from.
func TestEmptyPageIsTheLast(t *testing.T) {
	t.Parallel()
	a := &asked{Source: open(t, sourcetest.Spec{}), empty: true}
	keys, err := Each(t.Context(), Side{Source: a}, Side{Source: a, Revision: 1}, etcdsource.Prefix(""), nil)
	if keys != 0 || err != nil || len(a.read) != 2 {
		t.Errorf("%d keys, %v, %d pages", keys, err, len(a.read))
	}
}
