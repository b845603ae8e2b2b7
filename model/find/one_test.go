package find

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestMeetsAgreesWithMatch: a single key matches as it would in a list.
func TestMeetsAgreesWithMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Parse(rapid.StringMatching(`(!?\^?[abAB/]{0,3}\$? ?){0,3}`).Draw(t, "query"))
		key := rapid.SampledFrom([]string{root, "", "/other/"}).Draw(t, "root") + rapid.StringMatching(`[abAB/]{0,5}`).Draw(t, "key")
		if got, want := q.Meets(root, []byte(key)), q.Match(root, key); got != want {
			t.Fatalf("%q in %q: %v, want %v", q, key, got, want)
		}
	})
}

// TestAnd: a further condition leaves out of the hits what does not meet it, also where the hits of a search before are used.
func TestAnd(t *testing.T) {
	b := NewBuilder(root)
	for _, k := range []string{root + "pods/a/web", root + "pods/b/web", root + "secrets/a/web", "/other/web"} {
		b.Add([]byte(k))
	}
	keys := b.Keys()
	pods := &Also{Name: "pods", Pass: func(root string, key []byte) bool { return bytes.HasPrefix(key, []byte(root+"pods/")) }}
	inA := &Also{Name: "a", Pass: func(_ string, key []byte) bool { return bytes.Contains(key, []byte("/a/")) }}
	var before *Hits
	for _, c := range []struct {
		q    Query
		want int
	}{{Parse("web"), 4}, {Parse("web").And(pods), 2}, {Parse("web a").And(pods), 1}, {Parse("web").And(inA), 2}, {Parse("").And(pods), 2}, {Parse("^pods/b").And(pods), 1}, {Parse("^pods/b").And(inA), 0}} {
		before = Search(t.Context(), keys, c.q, before)
		if before.Len() != c.want {
			t.Errorf("%q and %q: %d hits, want %d", c.q, c.q.condition(), before.Len(), c.want)
		}
		if c.q.Empty() {
			t.Errorf("%q and %q is empty", c.q, c.q.condition())
		}
	}
}
