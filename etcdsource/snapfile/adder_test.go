package snapfile

import (
	"errors"
	"hash/maphash"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestAdderHoldsAtMost: the changes of one revision are held in memory, so that a file with endless ones is refused.
func TestAdderHoldsAtMost(t *testing.T) {
	t.Parallel()
	a := &Adder{r: &records{}, seed: maphash.MakeSeed(), live: map[uint64]version{}, alone: true}
	change := func() error {
		return a.Add(etcdsource.Event{Key: []byte("/k"), Value: make([]byte, 64<<20), Mod: 5, Create: 5, Version: 1})
	}
	for i := range maxHeld/(64<<20) - 1 { // the pages of the values are never touched
		a.live = map[uint64]version{} // each as if of another key
		if err := change(); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	var order *OrderError
	if err := change(); !errors.As(err, &order) || !strings.Contains(err.Error(), "revision 5 has more than 256 MiB") {
		t.Errorf("%v", err)
	}
	if a.Drop(); a.held != 0 {
		t.Errorf("%d bytes are counted as held", a.held)
	}
}
