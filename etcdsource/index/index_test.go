package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// row is a record of the naive model.
type row struct {
	key  string
	main int64
	dead bool
}

func build(t interface{ Fatal(...any) }, rows []row, o Options) *Index {
	r := NewRecords(len(rows))
	keeper := r.Keeper()
	for i, w := range rows {
		r.Set(i, []byte(w.key), w.main, Ref(i), w.dead)
		if i%3 == 0 {
			keeper.Keep(i, []byte(w.key))
		}
	}
	o.Key = func(ref Ref) []byte { return []byte(rows[ref].key) }
	x, err := Build(context.Background(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// genOptions chooses how an index is built: sorted at once or later, of one bucket or of many.
func genOptions(t *rapid.T) Options {
	return Options{Workers: rapid.IntRange(1, 3).Draw(t, "workers"), Lazy: rapid.Bool().Draw(t, "lazy"), direct: rapid.Bool().Draw(t, "direct"),
		bucketKeys: rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "keys in a bucket")}
}

// genKey makes keys that share beginnings, end early, and hold zero bytes.
func genKey(t *rapid.T) string {
	n := rapid.IntRange(1, 4).Draw(t, "segments")
	var b strings.Builder
	for range n {
		b.WriteString(rapid.SampledFrom([]string{"/", "/registry/", "pods", "namespaces-of-some-length/", "a", "a\x00", "\x00", "\xff", "ab", "/a/", "x"}).Draw(t, "segment"))
	}
	return b.String()
}

func genRows(t *rapid.T) []row {
	n := rapid.IntRange(0, 120).Draw(t, "records")
	rows, main := make([]row, n), int64(1)
	gap := rapid.SampledFrom([]int64{1, 3, 1 << 33}).Draw(t, "gap")
	for i := range rows {
		if i == 0 || rapid.Bool().Draw(t, "new revision") {
			main += rapid.Int64Range(1, gap).Draw(t, "step")
		}
		rows[i] = row{genKey(t), main, rapid.IntRange(0, 3).Draw(t, "dead") == 0}
	}
	return rows
}

// state is the model's answer: the last record of each key of the span at or before the revision, if it is a write.
func state(rows []row, s etcdsource.Span, rev int64) map[string]int {
	live := map[string]int{}
	for i, w := range rows {
		if w.main > rev || !s.Contains([]byte(w.key)) {
			continue
		}
		delete(live, w.key)
		if !w.dead {
			live[w.key] = i
		}
	}
	return live
}

func genSpan(t *rapid.T) etcdsource.Span {
	a, b := genKey(t), genKey(t)
	return rapid.SampledFrom([]etcdsource.Span{
		etcdsource.Prefix(""), etcdsource.Prefix(a), etcdsource.Key([]byte(a)), {From: []byte(min(a, b)), To: []byte(max(a, b))},
		{From: []byte(max(a, b)), To: []byte(min(a, b))}, {From: []byte(a), To: etcdsource.Everything},
	}).Draw(t, "span")
}

func genRev(t *rapid.T, rows []row) int64 {
	if len(rows) == 0 {
		return 1
	}
	r := rows[rapid.IntRange(0, len(rows)-1).Draw(t, "row")].main
	return r + rapid.Int64Range(-1, 1).Draw(t, "off by")
}

func TestIndexAnswersLikeAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := genRows(t)
		x := build(t, rows, genOptions(t))
		s, rev := genSpan(t), genRev(t, rows)
		want := state(rows, s, rev)
		var last []byte
		got := 0
		for k, rec := range x.Live(s, rev) {
			if got > 0 && bytes.Compare(last, k) >= 0 {
				t.Fatalf("%q comes behind %q", k, last)
			}
			if w, ok := want[string(k)]; !ok || int(x.Ref(rec)) != w || x.Main(rec) != rows[w].main {
				t.Fatalf("%q at %d: record %d, want %d", k, rev, rec, w)
			}
			last = append(last[:0], k...)
			got++
		}
		if got != len(want) || x.Count(s, rev) != int64(got) {
			t.Fatalf("%d keys, count %d, want %d", got, x.Count(s, rev), len(want))
		}
		history(t, x, rows, genKey(t), rev)
		changes(t, x, rows, s, rev)
	})
}

func history(t *rapid.T, x *Index, rows []row, key string, rev int64) {
	var want []uint32
	for i, w := range rows {
		if w.key == key && w.main <= rev {
			want = append(want, uint32(i))
		}
	}
	if got := x.History([]byte(key), rev); !slices.Equal(got, want) {
		t.Fatalf("history of %q up to %d: %v, want %v", key, rev, got, want)
	}
	if rec, ok := x.Last([]byte(key), rev); ok != (len(want) > 0) || ok && rec != want[len(want)-1] {
		t.Fatalf("last of %q up to %d: %d %v, want that of %v", key, rev, rec, ok, want)
	}
}

func changes(t *rapid.T, x *Index, rows []row, s etcdsource.Span, rev int64) {
	var want []uint32
	for i, w := range rows {
		if w.main >= rev && s.Contains([]byte(w.key)) {
			want = append(want, uint32(i))
		}
	}
	got, first, all := x.Changes(s, rev)
	for i := first; all && int(i) < x.Records(); i++ {
		got = append(got, i)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("changes from %d: %v, want %v", rev, got, want)
	}
}

// TestPartsAreAllKeys: the parts have each key once, with all of its records, whatever is sorted before or between them.
func TestPartsAreAllKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := genRows(t)
		x := build(t, rows, genOptions(t))
		between, rev := genSpan(t), genRev(t, rows)
		if rapid.Bool().Draw(t, "asked before") {
			x.Count(genSpan(t), rev)
		}
		want := map[string][]uint32{}
		for i, w := range rows {
			want[w.key] = append(want[w.key], uint32(i))
		}
		parts := rapid.IntRange(1, 3).Draw(t, "parts")
		for _, part := range []func(int, int) iter.Seq2[[]byte, History]{x.AnyPart, x.Part, x.AnyPart} {
			got := map[string]bool{}
			for i := range parts {
				for key, h := range part(i, parts) {
					var records []uint32
					for j := range h {
						rec, _ := h.At(j)
						records = append(records, rec)
					}
					if k := string(key); got[k] || !slices.Equal(records, want[k]) {
						t.Fatalf("part %d of %d: %q has %v, want %v; known before: %t", i, parts, k, records, want[k], got[k])
					}
					got[string(key)] = true
				}
				x.Count(between, rev) // sorts some of the keys
			}
			if len(got) != len(want) {
				t.Fatalf("%d keys, want %d", len(got), len(want))
			}
		}
	})
}

func TestChildrenAreTheNextSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := genRows(t)
		x := build(t, rows, genOptions(t))
		prefix, rev := rapid.SampledFrom([]string{"", "/", "/registry/", "a", "/a/"}).Draw(t, "prefix"), genRev(t, rows)
		type node struct {
			path string
			keys int64
		}
		want := map[node]int64{}
		for k := range state(rows, etcdsource.Prefix(prefix), rev) {
			rest := k[len(prefix):]
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				want[node{path: prefix + rest[:i+1], keys: 1}]++
			} else {
				want[node{path: k}] = 0
			}
		}
		n, last := 0, ""
		for c := range x.Children([]byte(prefix), rev) {
			key := node{path: string(c.Path)}
			if c.Dir {
				key.keys = 1
			}
			if w, ok := want[key]; !ok || c.Keys != w {
				t.Fatalf("%q dir %v with %d keys, want %d", c.Path, c.Dir, c.Keys, w)
			}
			if n > 0 && string(c.Path) <= last {
				t.Fatalf("%q comes behind %q", c.Path, last)
			}
			last = string(c.Path)
			n++
		}
		if n != len(want) {
			t.Fatalf("%d children, want %d", n, len(want))
		}
	})
}

func TestFolderOfASpan(t *testing.T) {
	for _, c := range []struct {
		span etcdsource.Span
		want string
	}{
		{etcdsource.Prefix(""), ""},
		{etcdsource.Span{}, ""},
		{etcdsource.Span{From: []byte("/a/"), To: etcdsource.Everything}, ""},
		{etcdsource.Prefix("/registry/"), "/registry/"},
		{etcdsource.Prefix("/registry/po"), "/registry/po"},
		{etcdsource.Prefix("\xff"), "\xff"},
		{etcdsource.Prefix("\xff\xff"), "\xff\xff"},
		{etcdsource.Span{From: []byte("/a/b/c"), To: []byte("/a/d")}, "/a/"},
		{etcdsource.Key([]byte("/a/")), "/a/"},
	} {
		if got := Folder(c.span); string(got) != c.want {
			t.Errorf("%q to %q: %q, want %q", c.span.From, c.span.To, got, c.want)
		}
	}
}

// TestManyKeys goes through several buckets.
func TestManyKeys(t *testing.T) {
	for name, o := range map[string]Options{"sorted": {Workers: 2}, "direct": {Workers: 2, direct: true}, "lazy": {Workers: 2, Lazy: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manyKeys(t, o)
		})
	}
}

func manyKeys(t *testing.T, o Options) {
	const n = 60_000
	rows := make([]row, 0, 2*n)
	for i := range n {
		rows = append(rows, row{fmt.Sprintf("/registry/kind-%d/ns-%d/%x", i%7, i%41, i*2654435761%n), int64(i) + 2, false})
	}
	for i := range n {
		rows = append(rows, row{rows[i].key, int64(n+i) + 2, i%10 == 0})
	}
	x := build(t, rows, o)
	if x.Keys() != n || o.Lazy == (len(x.runs) == 1) {
		t.Fatalf("%d keys in %d runs", x.Keys(), len(x.runs))
	}
	if !o.Lazy && len(x.run(0).names.blocks) < 2*n/blockKeys/3 {
		t.Fatalf("%d keys in %d blocks", x.Keys(), len(x.run(0).names.blocks))
	}
	for _, rev := range []int64{n + 1, n + n/2, 2*n + 1} {
		want := state(rows, etcdsource.Prefix("/registry/kind-3/"), rev)
		if got := x.Count(etcdsource.Prefix("/registry/kind-3/"), rev); got != int64(len(want)) {
			t.Errorf("at %d: %d keys, want %d", rev, got, len(want))
		}
	}
	for i := 0; i < n; i += 997 {
		if got := x.History([]byte(rows[i].key), 3*n); len(got) != 2 || got[0] != uint32(i) || got[1] != uint32(n+i) {
			t.Fatalf("history of %q: %v", rows[i].key, got)
		}
	}
	most := 64.0
	if o.Lazy {
		asked(t, x)
		most = 160 // with the keys as they are, and where to find them
	}
	if per := float64(x.Bytes()) / n; per > most {
		t.Errorf("%.1f bytes a key with two records each", per)
	}
}

// asked checks that only the keys were sorted that were asked for in order: those at the ends of the span that was counted.
func asked(t *testing.T, x *Index) {
	t.Helper()
	sorted := 0
	for i := range x.runs {
		if x.runs[i].sorted.Load() != nil {
			sorted++
		}
	}
	if sorted == 0 || sorted > 2 {
		t.Errorf("%d of %d runs were sorted", sorted, len(x.runs))
	}
	n := 0
	for range x.Histories(etcdsource.Prefix("")) {
		n++
	}
	if n != x.Keys() {
		t.Errorf("%d keys, want %d", n, x.Keys())
	}
}

func TestPackRemovesEmptyRows(t *testing.T) {
	r := NewRecords(5)
	r.Set(1, []byte("a"), 7, 11, false)
	r.Set(4, []byte("b"), 9, 14, true)
	if n := r.Pack(); n != 3 || r.Len() != 2 || r.Main(0) != 7 || r.Main(1) != 9 || r.ref[1] != 14 || r.tag[1]&deadBit == 0 {
		t.Errorf("%d removed, %+v", n, r)
	}
	if n := r.Pack(); n != 0 {
		t.Errorf("%d removed again", n)
	}
}

func TestBuildReportsPanicsAndContexts(t *testing.T) {
	rows := func() *Records {
		r := NewRecords(200_000)
		for i := range r.Len() {
			r.Set(i, []byte(fmt.Sprint(i)), int64(i), Ref(i), false)
		}
		return r
	}
	if _, err := Build(t.Context(), rows(), Options{Key: func(Ref) []byte { panic("torn page") }}); err == nil || !strings.Contains(err.Error(), "torn page") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, rows(), Options{Key: func(r Ref) []byte { return []byte(fmt.Sprint(r)) }}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
