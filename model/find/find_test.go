package find

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const root = "/registry/"

func keysOf(list []string) *Keys {
	b := NewBuilder(root)
	for _, k := range list {
		b.Add([]byte(k))
	}
	return b.Keys()
}

// naive is what a query means, said in another way than the package does.
func naive(query, key string) bool {
	for _, w := range strings.Fields(query) {
		not, head, tail := false, false, false
		if strings.HasPrefix(w, "!") {
			not, w = true, w[1:]
		}
		if strings.HasPrefix(w, "^") {
			head, w = true, w[1:]
		}
		if strings.HasSuffix(w, "$") {
			tail, w = true, w[:len(w)-1]
		}
		if w == "" && !(head && tail) {
			continue
		}
		short := strings.TrimPrefix(key, root)
		full := key
		if w == strings.ToLower(w) {
			short, full = strings.ToLower(short), strings.ToLower(full)
		}
		in := strings.Contains(short, w)
		switch {
		case head && tail:
			in = short == w || full == w
		case head:
			in = strings.HasPrefix(short, w) || strings.HasPrefix(full, w)
		case tail:
			in = strings.HasSuffix(short, w)
		}
		if in == not {
			return false
		}
	}
	return true
}

func all(h *Hits) (out []string) {
	for i := range h.Len() {
		out = append(out, h.Key(i))
	}
	return out
}

// TestSameAsTheScan types queries letter by letter, over keys that are still arriving: every result is that of a scan.
func TestSameAsTheScan(t *testing.T) {
	key := rapid.StringMatching(`(/registry/)?(pods|Pods|ev|a)?(/[abAB]{0,3}){0,3}`)
	word := rapid.StringMatching(`!?\^?(/registry/)?[abAB/p]{0,3}\$?`)
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfNDistinct(key, 0, 30, rapid.ID).Draw(rt, "keys")
		slices.Sort(list)
		n := rapid.IntRange(0, len(list)).Draw(rt, "early")
		b := NewBuilder(root)
		for _, k := range list[:n] {
			b.Add([]byte(k))
		}
		var h *Hits
		query := strings.Join(rapid.SliceOfN(word, 1, 3).Draw(rt, "words"), " ")
		for i := range len(query) + 1 {
			if i == len(query)/2 {
				for _, k := range list[n:] {
					b.Add([]byte(k))
				}
				n = len(list)
			}
			if rapid.Bool().Draw(rt, "anew") {
				h = nil
			}
			q := Parse(query[:i])
			h = Search(rt.Context(), b.Keys(), q, h)
			var want []string
			for _, k := range list[:n] {
				if naive(query[:i], k) {
					want = append(want, k)
				}
				if got := q.Match(root, k); got != naive(query[:i], k) {
					rt.Fatalf("%q matches %q: %v", query[:i], k, got)
				}
			}
			if got := all(h); !slices.Equal(got, want) || h.Of() != n {
				rt.Fatalf("%q finds %q of %d, want %q of %q", query[:i], got, h.Of(), want, list[:n])
			}
			for i, k := range want {
				if got := h.Index(k); got != i {
					rt.Fatalf("%q is hit %d, Index says %d", k, i, got)
				}
			}
			if h.Index("no such key") != -1 {
				rt.Fatal("a key that is not there has an index")
			}
		}
	})
}

// TestManyChunks searches more keys than a chunk holds, and goes on behind them.
func TestManyChunks(t *testing.T) {
	list := cluster(3*chunkKeys + 100)
	k := keysOf(list)
	for _, query := range []string{"web", "^pods/ web-1 !ns-3", "9$", "^/registry/secrets/", "Web", "nowhere", "!e", ""} {
		h := Search(t.Context(), k, Parse(query), nil)
		var want []string
		for _, key := range list {
			if naive(query, key) {
				want = append(want, key)
			}
		}
		if got := all(h); !slices.Equal(got, want) {
			t.Errorf("%q finds %d keys, want %d", query, len(got), len(want))
		}
	}
	b := Grow(k)
	b.Add([]byte("/registry/a-late-one"))
	h := Search(t.Context(), b.Keys(), Parse("late"), Search(t.Context(), k, Parse("lat"), nil))
	if h.Len() != 1 || h.Key(0) != "/registry/a-late-one" || h.Index("/registry/a-late-one") != 0 {
		t.Errorf("a key that came later is not found: %v", all(h))
	}
}

func TestSpans(t *testing.T) {
	for _, c := range []struct{ query, text, want string }{
		{"web", "pods/web/web-1", "pods/[web]/web-1"},
		{"eb- we", "pods/web-1", "pods/[web-]1"},
		{"^pods 1$ !x", "pods/web-1", "[pods]/web-[1]"},
		{"WEB", "pods/web-1", "pods/web-1"},
	} {
		got, at := "", 0
		for _, s := range Parse(c.query).Spans(c.text) {
			got += c.text[at:s.From] + "[" + c.text[s.From:s.To] + "]"
			at = s.To
		}
		if got += c.text[at:]; got != c.want {
			t.Errorf("%q marks %s, want %s", c.query, got, c.want)
		}
	}
}

// cluster returns n keys as a cluster has them, in order.
func cluster(n int) []string {
	kinds := []string{"configmaps", "events", "leases", "pods", "replicasets", "secrets", "serviceaccounts", "services/specs"}
	out := make([]string, 0, n)
	for i := range n {
		out = append(out, fmt.Sprintf("%s%s/ns-%03d/web-%08x-%05d", root, kinds[i%len(kinds)], i%100, uint32(i)*2654435761, i))
	}
	slices.Sort(out)
	return out
}

// TestRun: the keys that begin alike are found eight at a time as they are one at a time.
func TestRun(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		near := rapid.OneOf(rapid.Byte(), rapid.ByteRange(0, 3), rapid.ByteRange(126, 130), rapid.ByteRange(253, 255))
		c := &chunk{shared: rapid.SliceOfN(near, 1, 40).Draw(rt, "shared")}
		i := rapid.IntRange(0, len(c.shared)-1).Draw(rt, "from")
		size := rapid.OneOf(rapid.IntRange(0, 4), rapid.IntRange(126, 130), rapid.IntRange(253, 300)).Draw(rt, "size")
		want := i + 1
		for want < len(c.shared) && int(c.shared[want]) >= size && size <= 255 {
			want++
		}
		if got := c.run(i, size); got != want {
			rt.Fatalf("keys that share %d bytes with %d of %v end before %d, want %d", size, i, c.shared, got, want)
		}
	})
}
