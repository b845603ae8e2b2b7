package find

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestFirstHitsSoon: a search that takes long hands the hits among the first keys over; they are those at the begin of the result,
// and what narrows them finds the same as a search without them.
func TestFirstHitsSoon(t *testing.T) {
	t.Parallel()
	list := cluster(4 * chunkKeys)
	k := keysOf(list)
	early, late := list[0], list[2*chunkKeys]
	limit, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	for _, ends := range []bool{false, true} {
		shown := make(chan struct{})
		var once sync.Once
		slow := &Also{Name: "slow", Pass: func(_ string, key []byte) bool {
			switch k := string(key); {
			case k == early:
				time.Sleep(20 * soon) // so that hits are handed over behind it
			case k >= late:
				select {
				case <-shown:
				case <-limit.Done():
				}
			}
			return true
		}}
		ctx, cancel := context.WithCancel(t.Context())
		var first *Hits
		whole := SearchSoon(ctx, k, Parse("web").And(slow), nil, func(h *Hits) {
			first = h
			if ends {
				cancel()
			}
			once.Do(func() { close(shown) })
		})
		cancel()
		if first == nil || !first.Part() || first.Len() < enough || first.Len() >= len(list) {
			t.Fatalf("the first hits are %d", first.Len())
		}
		if got := all(first); !slices.Equal(got, list[:len(got)]) || first.Index(list[len(got)-1]) != len(got)-1 || first.Index(list[len(list)-1]) != -1 {
			t.Error("the first hits are not those at the begin")
		}
		if ends {
			if whole != nil {
				t.Error("a search that was ended has a result")
			}
		} else if whole.Part() || !slices.Equal(all(whole), list) {
			t.Errorf("the result has %d of %d keys", whole.Len(), len(list))
		}
		q := Parse("web-7").And(slow)
		if got, want := all(Search(t.Context(), k, q, first)), all(Search(t.Context(), k, q, nil)); !slices.Equal(got, want) {
			t.Errorf("narrowing the first hits finds %d keys, want %d", len(got), len(want))
		}
		if again := Search(t.Context(), k, first.Query(), first); again.Part() || again.Len() != len(list) {
			t.Error("the same search once more does not go on behind the first hits")
		}
	}
}

// TestNoFirstHitsOfAQuickSearch: what is found at once is handed over once, as the result.
func TestNoFirstHitsOfAQuickSearch(t *testing.T) {
	t.Parallel()
	k := keysOf(cluster(100))
	h := SearchSoon(t.Context(), k, Parse("web"), nil, func(*Hits) { t.Error("hits are handed over twice") })
	if h.Part() || h.Len() != 100 {
		t.Errorf("it finds %d", h.Len())
	}
}

// TestHitsUpToTheGap: of chunks that were searched in no order, only those before the first gap count, so that rows do not move.
func TestHitsUpToTheGap(t *testing.T) {
	t.Parallel()
	k := keysOf(cluster(3*chunkKeys + 100))
	q := Parse("web")
	found := make([]atomic.Pointer[hit], len(k.chunks))
	for _, i := range []int{0, 1, 3} {
		found[i].Store(q.chunk(k.root, k.chunks[i], q.lead(), nil))
	}
	if h := hitsOf(k, q, found); !h.Part() || h.Len() != 2*chunkKeys {
		t.Errorf("%d hits before the gap, part %v", h.Len(), h.Part())
	}
	found[2].Store(q.chunk(k.root, k.chunks[2], q.lead(), nil))
	if h := hitsOf(k, q, found); h.Part() || h.Len() != k.Len() {
		t.Errorf("%d hits, part %v", h.Len(), h.Part())
	}
}
