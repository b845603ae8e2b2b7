package sourcetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Write is one write or deletion of a key.
type Write struct {
	Key, Value []byte
	Delete     bool
	Lease      int64 // 0: none. Generate makes none
}

// Op is one transaction: its writes share a revision, each key at most once, and a deleted key exists before it.
type Op []Write

// Put returns the transaction that writes one key.
func Put(key, value string) Op { return Op{{Key: []byte(key), Value: []byte(value)}} }

// Delete returns the transaction that deletes one key.
func Delete(key string) Op { return Op{{Key: []byte(key), Delete: true}} }

// Spec is a store: its transactions, the first of which makes revision 2, and how far it is compacted.
type Spec struct {
	Name    string
	Ops     []Op
	Compact int64 // compaction mark, after all transactions; 0: none
}

// Head returns the newest revision of the store.
func (s Spec) Head() int64 { return int64(len(s.Ops)) + 1 }

// Specs returns the stores that Run tries.
func Specs() []Spec {
	odd := oddKeys()
	history := Generate(3)
	return []Spec{
		{Name: "empty"},
		{Name: "one key", Ops: []Op{Put("/a", "1")}},
		{Name: "one key deleted", Ops: []Op{Put("/a", "1"), Delete("/a")}},
		{Name: "key and folder of one name", Ops: []Op{Put("/x/y", "key"), Put("/x/y/z", "below"), Put("/x/y-z", "beside"), Delete("/x/y/z"), Put("/x/y/z", "again")}},
		{Name: "odd keys", Ops: odd},
		{Name: "generated", Ops: Generate(1)},
		{Name: "generated, other", Ops: Generate(2)},
		{Name: "compacted", Ops: history, Compact: int64(len(history))/2 + 1},
		{Name: "compacted at its head", Ops: history, Compact: int64(len(history)) + 1},
		{Name: "many keys", Ops: manyKeys(1300)},
	}
}

func oddKeys() (ops []Op) {
	for i, k := range []string{"/", "//", "/a//b", "/a/", "a", "a/b", "\x00", "\x00\x00", "\xff", "\xff\xff/", "\xc3\x28/bad utf8", "/line\nfeed", "/esc\x1b[31m",
		"/registry/pods/ü/名前", "/registry/pods", "/registry/pods/", string(slices.Repeat([]byte("long/"), 100))} {
		ops = append(ops, Put(k, fmt.Sprint("value ", i)))
	}
	ops = append(ops, Put("/empty value", ""), Delete("//"), Put("//", "again"))
	return ops
}

func manyKeys(n int) (ops []Op) {
	for i := 0; i < n; {
		var op Op
		for range min(100, n-i) {
			op = append(op, Write{Key: fmt.Appendf(nil, "/registry/kind%d/ns-%d/object-%04d", i%3, i%7, i*7919%n), Value: []byte{byte(i)}})
			i++
		}
		ops = append(ops, op)
	}
	return ops
}

// Generate returns the transactions of a small store, a few hundred, the same for the same seed: keys like those of
// Kubernetes that are written, rewritten, deleted and made again, sometimes several in one transaction.
func Generate(seed uint64) []Op {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	alive := map[string]bool{}
	ops := make([]Op, 0, 300)
	for range 150 + r.IntN(150) {
		var op Op
		used := map[string]bool{}
		n := 1
		if r.IntN(5) == 0 {
			n += r.IntN(7)
		}
		for range n {
			k := randomKey(r)
			if used[k] {
				continue
			}
			used[k] = true
			w := Write{Key: []byte(k), Delete: alive[k] && r.IntN(4) == 0}
			if !w.Delete {
				w.Value = randomValue(r)
			}
			alive[k] = !w.Delete
			op = append(op, w)
		}
		ops = append(ops, op)
	}
	return ops
}

func randomKey(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return "compact_rev_key"
	case 1:
		return fmt.Sprintf("/registry/namespaces/ns-%d", r.IntN(4))
	case 2:
		return fmt.Sprintf("/other/%d", r.IntN(5))
	}
	kinds := []string{"pods", "configmaps", "secrets", "events", "services/specs", "example.com/widgets"}
	return fmt.Sprintf("/registry/%s/ns-%d/name-%d", kinds[r.IntN(len(kinds))], r.IntN(4), r.IntN(6))
}

func randomValue(r *rand.Rand) []byte {
	n := r.IntN(60)
	if r.IntN(40) == 0 {
		n = 5000 + r.IntN(9000) // more than a page
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
