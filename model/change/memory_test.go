package change

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestMemoryBounds: decoded objects are kept up to a number and up to a weight, the newest always, and what is counted
// is what is kept.
func TestMemoryBounds(t *testing.T) {
	t.Parallel()
	small, large := `{"apiVersion":"v1","kind":"ConfigMap","x":1}`, `{"apiVersion":"v1","kind":"ConfigMap","x":[`+strings.Repeat("1,", 200_000)+`1]}`
	for value, want := range map[string]int{small: 10, large: 4} {
		dec := decode.New(decode.Options{})
		m := NewMemory(dec, kinds.Builtin(), "/registry/", decode.View{}, MemoryBounds{Bytes: 1 << 30, Objects: 10})
		for i := range 14 {
			e := &etcdsource.Event{Key: fmt.Appendf(nil, "/registry/configmaps/demo/%d", i%12), Value: []byte(value), Mod: int64(i + 1), Type: etcdsource.Created}
			c := m.Describe(nil, e)
			weight := 0
			for _, o := range m.objects {
				weight += o.Weight()
			}
			if m.objects[string(e.Key)] != c.Object || weight != m.weight || weight > maxWeight || len(m.queue) != len(m.objects) {
				t.Fatalf("%d bytes are kept, %d counted; %d objects, %d in the queue", weight, m.weight, len(m.objects), len(m.queue))
			}
		}
		if n := len(m.objects); n != want {
			t.Errorf("%d objects of %d bytes are kept, want %d", n, len(value), want)
		}
	}
}
