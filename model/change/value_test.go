package change

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
)

// TestShortValues: a long value is cut where its whole JSON would be cut.
func TestShortValues(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		v, w := anything(r, 0), 1+r.IntN(60)
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		want := line(strings.TrimSuffix(b.String(), "\n"), w)
		if s, ok := v.(string); ok && s != "" {
			want = line(s, w)
		} else if v == nil {
			want = "nothing"
		}
		if got := short(v, w); got != want {
			t.Fatalf("%.200s in %d: %q, want %q", b.String(), w, got, want)
		}
	}
}

func anything(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case n < 2 && depth < 3:
		m := map[string]any{}
		for i := range r.IntN(1 << r.IntN(7)) {
			m[fmt.Sprint(strings.Repeat("é<", r.IntN(4)), i)] = anything(r, depth+1)
		}
		return m
	case n < 4 && depth < 3:
		l := []any{}
		for range r.IntN(1 << r.IntN(7)) {
			l = append(l, anything(r, depth+1))
		}
		return l
	case n == 4:
		return nil
	case n == 5:
		return r.IntN(2) == 0
	case n == 6:
		return json.Number(fmt.Sprint(r.Int64()))
	}
	return strings.Repeat([]string{"a", "é", "\x00", "\"<>&", "\u2028", "\xff"}[r.IntN(6)], r.IntN(1<<r.IntN(11)))
}

// TestManyFields: of a change of many fields the weightiest are said, wherever they are, and the others are counted.
func TestManyFields(t *testing.T) {
	t.Parallel()
	object := func(n int, text string, replicas int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"k%05d":%q,`, i, text)
		}
		return js("A", fmt.Sprintf(`"data":{%s"z":1},"spec":{"replicas":%d},"metadata":{"generation":%d},"status":{"observedGeneration":%d}`, b.String(), replicas, replicas, replicas))
	}
	for _, n := range []int{maxSaid - 4, maxSaid, maxSaid + 1, 20 * maxSaid} {
		c := describe("/registry/x/d/n", object(n, "one", 3), object(n, "two", 5), decode.View{})
		checkSummary(t, c)
		if want := fmt.Sprintf("3 → 5 replicas, ~data k00000=two, ~data k00001=two, +%d more", n-2); c.Summary != want {
			t.Errorf("%d fields: %q, want %q", n, c.Summary, want)
		}
	}
}
