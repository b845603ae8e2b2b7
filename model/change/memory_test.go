package change

import (
	"bytes"
	"fmt"
	"math/rand/v2"
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
	small, large := `{"apiVersion":"v1","kind":"ConfigMap","x":1}`, `{"apiVersion":"v1","kind":"ConfigMap","x":"`+strings.Repeat("1", 4<<20)+`"}`
	for value, want := range map[string]int{small: 10, large: 1} {
		dec := decode.New(decode.Options{})
		m := NewMemory(dec, kinds.Builtin(), "/registry/", decode.View{}, MemoryBounds{Bytes: 1 << 30, Objects: 10})
		for i := range 14 {
			e := &etcdsource.Event{Key: fmt.Appendf(nil, "/registry/configmaps/demo/%d", i%12), Value: []byte(value), Mod: int64(i + 1), Type: etcdsource.Created}
			c := m.Describe(nil, e)
			weight := 0
			for _, o := range m.objects {
				weight += o.KeptWeight()
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

// held is a source that has every change on this machine.
type held struct {
	etcdsource.Source
	all map[string][]etcdsource.Event
}

func (h *held) VersionBefore(key []byte, rev int64) (e etcdsource.Event, ok bool) {
	list := h.all[string(key)]
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Mod < rev {
			return list[i], true
		}
	}
	return e, false
}

// TestMemoryForgets: what is kept takes no more than its bound, whatever is written, deletions too; what a memory says was
// the version before is that version; and one that can read what it has forgotten knows every version.
func TestMemoryForgets(t *testing.T) {
	t.Parallel()
	const bound = 20_000
	for _, reads := range []bool{false, true} {
		r, src := rand.New(rand.NewPCG(1, 2)), &held{all: map[string][]etcdsource.Event{}}
		m := NewMemory(decode.New(decode.Options{}), kinds.Builtin(), "/registry/", decode.View{}, MemoryBounds{Bytes: bound, Objects: 10})
		if m.ReadFrom(etcdsource.Source(nil)) || reads && !m.ReadFrom(src) {
			t.Fatal("a source without a past was taken, or one with it was not")
		}
		unknown := 0
		for rev := int64(1); rev < 5000; rev++ {
			key := fmt.Sprint("/registry/pods/demo/", r.IntN(100)*r.IntN(3))
			list := src.all[key]
			e := etcdsource.Event{Key: []byte(key), Mod: rev, Version: 1, Type: etcdsource.Created}
			if n := len(list); n > 0 && list[n-1].Type != etcdsource.Deleted {
				if e.Type, e.Version = etcdsource.Updated, list[n-1].Version+1; r.IntN(4) == 0 {
					e.Type, e.Version = etcdsource.Deleted, 0
				}
			}
			if e.Type != etcdsource.Deleted {
				e.Value = bytes.Repeat([]byte{'x'}, r.IntN(300))
			}
			switch before := m.Before(&e); {
			case before != nil && (before.Mod != list[len(list)-1].Mod || !bytes.Equal(before.Value, list[len(list)-1].Value)):
				t.Fatalf("before %d was %d, want %d", e.Mod, before.Mod, list[len(list)-1].Mod)
			case before == nil && e.Type != etcdsource.Created:
				unknown++
			}
			m.Remember(&e)
			src.all[key] = append(list, e)
			taking := 0
			for _, kept := range []map[string]*etcdsource.Event{m.young, m.old} {
				for _, e := range kept {
					taking += taken(e)
				}
			}
			if taking > bound {
				t.Fatalf("%d bytes are kept", taking)
			}
			if rev%1000 == 0 {
				m.Forget()
			}
		}
		if reads != (unknown == 0) {
			t.Errorf("reads %v: %d versions are not known", reads, unknown)
		}
	}
}
