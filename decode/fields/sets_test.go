package fields

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestSets: what is remembered is what Parse returns, whoever asks first, and has a bound; a large set is not remembered.
func TestSets(t *testing.T) {
	t.Parallel()
	var c Sets
	of := func(i int) *Set {
		name := fmt.Sprintf("f:x%d%s", i, strings.Repeat("y", 100))
		return c.Of(`{"`+name+`":{}}`, func() map[string]any { return map[string]any{name: map[string]any{}} })
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * maxRaw / 100 {
				if want := fmt.Sprintf(".x%d%s", i, strings.Repeat("y", 100)); !of(i).Has(want) {
					t.Errorf("set %d does not have %s", i, want)
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, m := range []map[string]*Set{c.young, c.old} {
		for raw := range m {
			sum += len(raw)
		}
	}
	if sum > 2*maxRaw+1000 || sum == 0 {
		t.Errorf("%d bytes are remembered, want at most %d", sum, 2*maxRaw)
	}
	if first := of(1); of(1) != first {
		t.Error("a set that was just parsed is not remembered")
	}
	large := strings.Repeat("z", maxCompared+1)
	c.Of(large, func() map[string]any { return nil })
	if c.young[large] != nil {
		t.Error("a large set is remembered")
	}
	if !c.Of("", func() map[string]any { return nil }).Empty() {
		t.Error("no JSON has members")
	}
}
