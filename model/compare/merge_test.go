package compare

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// said is a difference in short: "+key rev", "-key rev", "~key rev rev".
func said(d *Difference) string {
	switch d.Op() {
	case Added:
		return fmt.Sprintf("+%s %d", d.Key, d.To.Mod)
	case Removed:
		return fmt.Sprintf("-%s %d", d.Key, d.From.Mod)
	}
	return fmt.Sprintf("~%s %d %d", d.Key, d.From.Mod, d.To.Mod)
}

// TestMergeAgainstNaive compares with what a map says.
func TestMergeAgainstNaive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.MapOf(rapid.StringMatching(`[a-d/]{1,3}`), rapid.Int64Range(1, 3))
		then, now := gen.Draw(t, "then"), gen.Draw(t, "now")
		sorted := func(m map[string]int64) *list {
			var out list
			for k, rev := range m {
				out = append(out, etcdsource.Entry{Key: []byte(k), Mod: rev})
			}
			slices.SortFunc(out, func(a, b etcdsource.Entry) int { return strings.Compare(string(a.Key), string(b.Key)) })
			return &out
		}
		var want []string
		for k, rev := range then {
			if n, ok := now[k]; !ok {
				want = append(want, fmt.Sprintf("-%s %d", k, rev))
			} else if n != rev {
				want = append(want, fmt.Sprintf("~%s %d %d", k, rev, n))
			}
		}
		for k, rev := range now {
			if _, ok := then[k]; !ok {
				want = append(want, fmt.Sprintf("+%s %d", k, rev))
			}
		}
		slices.SortFunc(want, func(a, b string) int {
			return strings.Compare(a[1:strings.IndexByte(a, ' ')], b[1:strings.IndexByte(b, ' ')])
		})
		var got []string
		for d, err := range (&merge{a: sorted(then), b: sorted(now), byRevision: true}).differences() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, said(&d))
		}
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// TestKeys: all keys of a store are compared by their revisions, over more pages than one, and no value is read.
func TestKeys(t *testing.T) {
	t.Parallel()
	ops := sourcetest.Generate(3)
	for i := range keysPage + 1 {
		ops = append(ops, sourcetest.Put(fmt.Sprintf("/many/%05d", i), "x"))
	}
	then := int64(len(ops)) + 1
	ops = append(ops, sourcetest.Put("/many/00001", "y"), sourcetest.Delete("/many/10000"), sourcetest.Put("/zzz", "new"), sourcetest.Put("/many/00002", "x"))
	src := &counting{Source: open(t, sourcetest.Spec{Ops: ops})}
	var got []string
	for d, err := range Keys(t.Context(), src, then, then+4) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, said(&d))
	}
	want := []string{
		fmt.Sprintf("~/many/00001 %d %d", then-keysPage+1, then+1), fmt.Sprintf("~/many/00002 %d %d", then-keysPage+2, then+4),
		fmt.Sprintf("-/many/10000 %d", then), fmt.Sprintf("+/zzz %d", then+3),
	}
	if d := gocmp.Diff(want, got); d != "" || src.bytes != 0 {
		t.Errorf("%d bytes of values were read, %s", src.bytes, d)
	}
}

// TestKeysEnds: whoever has seen enough is yielded no more, and an error comes once, as the last.
func TestKeysEnds(t *testing.T) {
	t.Parallel()
	src := open(t, sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("/a", "1"), sourcetest.Put("/b", "1")}})
	n := 0
	for range Keys(t.Context(), src, 1, 3) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d differences after the end", n)
	}
	n = 0
	for d, err := range Keys(t.Context(), src, 2, 99) {
		if n++; err == nil {
			t.Errorf("a revision of the future differs in %s", d.Key)
		}
	}
	if n != 1 {
		t.Errorf("it yields %d times", n)
	}
}

// kids reads the children of a folder at a revision.
func kids(t *testing.T, src etcdsource.Source, path string, rev int64) (out []etcdsource.Child) {
	t.Helper()
	seq, err := src.Children(t.Context(), etcdsource.Prefix(path), etcdsource.At{Revision: rev})
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// TestFolder: a folder below the compared one is there or not; what is in it does not count.
func TestFolder(t *testing.T) {
	t.Parallel()
	src := open(t, sourcetest.Spec{Ops: []sourcetest.Op{
		sourcetest.Put("/r/pods/a", "1"), sourcetest.Put("/r/gone/x", "1"), sourcetest.Put("/r/key", "1"), sourcetest.Put("/r/same", "1"), // 2 to 5
		sourcetest.Put("/r/pods/b", "1"), sourcetest.Delete("/r/gone/x"), sourcetest.Put("/r/key", "2"), sourcetest.Put("/r/new/y", "1"), sourcetest.Put("/other", "1"),
	}})
	list, err := Folder(t.Context(), src, "/r/", kids(t, src, "/r/", 5))
	var got []string
	for i := range list {
		got = append(got, said(&list[i]))
	}
	if d := gocmp.Diff([]string{"-/r/gone/ 1", "~/r/key 4 8", "+/r/new/ 1"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

// folder is a source of one folder, of which it counts what is read.
type folder struct {
	etcdsource.Source
	n, read int
	err     error // comes after the children
}

func (f *folder) Children(context.Context, etcdsource.Span, etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	return func(yield func(etcdsource.Child, error) bool) {
		for i := range f.n {
			f.read++
			if !yield(etcdsource.Child{Path: fmt.Appendf(nil, "/r/%06d", i), Entry: etcdsource.Entry{Mod: 5}}, nil) {
				return
			}
		}
		if f.err != nil {
			yield(etcdsource.Child{}, f.err)
		}
	}, nil
}

// TestFolderIsBounded: a folder of more than MaxFolder children, then or now, is not compared, and no more is read of it
// than is needed to know that.
func TestFolderIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ then, now, read, differ int }{
		{0, MaxFolder, MaxFolder, MaxFolder},
		{0, 3 * MaxFolder, MaxFolder + 1, 0},
		{MaxFolder, 0, 0, MaxFolder},
		{MaxFolder + 1, 1, 0, 0},
	} {
		src := &folder{n: c.now}
		then := make([]etcdsource.Child, c.then)
		for i := range then {
			then[i] = etcdsource.Child{Path: fmt.Appendf(nil, "/r/%06d", i), Entry: etcdsource.Entry{Mod: 3}}
		}
		got, err := Folder(t.Context(), src, "/r/", then)
		if err != nil || len(got) != c.differ || src.read != c.read {
			t.Errorf("%d then, %d now: %d differ after %d were read, %v", c.then, c.now, len(got), src.read, err)
		}
	}
}

// TestFolderThatCannotBeRead differs in nothing.
func TestFolderThatCannotBeRead(t *testing.T) {
	t.Parallel()
	denied := errors.New("permission denied")
	if got, err := Folder(t.Context(), &folder{n: 3, err: denied}, "/r/", nil); !errors.Is(err, denied) || len(got) > 0 {
		t.Errorf("%d differ, %v", len(got), err)
	}
}

// TestChange: it says what became of a key between two states, and nothing where neither holds it, or one cannot be read.
func TestChange(t *testing.T) {
	t.Parallel()
	const key = "/registry/configmaps/shop/flags"
	object := func(v string) string {
		return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop"},"data":{"field":"` + v + `"}}`
	}
	src := open(t, sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("/x", "x"), sourcetest.Put(key, object("one")), sourcetest.Put(key, object("two")), sourcetest.Delete(key)}})
	known, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to int64
		want     string
	}{{3, 4, "field=two"}, {2, 4, "created"}, {3, 5, "deleted"}, {99, 4, ""}, {3, 99, ""}, {2, 5, ""}} {
		got := ""
		if d := Change(t.Context(), Side{Source: src, Revision: c.from}, Side{Source: src, Revision: c.to}, known, known, []byte(key), decode.View{}); d != nil {
			got = d.Summary
		}
		if got != "" && c.want == "" || !strings.Contains(got, c.want) {
			t.Errorf("from %d to %d: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}
