package index

import (
	"encoding/binary"
	"sync"
)

// kept are keys in memory, in slabs. A key's address is the number of its slab and its offset there; 0 is none.
type kept struct {
	mu    sync.Mutex
	slabs [][]byte
}

const (
	slabBits = 18
	slabSize = 1 << slabBits
	maxSlabs = 1 << (32 - slabBits)
)

// key returns the key at an address, shared with the slab.
func (k *kept) key(at uint32) []byte {
	b := k.slabs[at>>slabBits][at%slabSize:]
	n, m := binary.Uvarint(b)
	return b[m : m+int(n)]
}

// add adds a slab of at least n bytes and returns its number; ok is false where there are too many.
func (k *kept) add(n int) (slab []byte, number int, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.slabs) == maxSlabs {
		return nil, 0, false
	}
	slab = make([]byte, max(n, slabSize))
	k.slabs = append(k.slabs, slab)
	return slab, len(k.slabs) - 1, true
}

// bytes returns the memory that they take.
func (k *kept) bytes() (n int) {
	for _, s := range k.slabs {
		n += cap(s)
	}
	return n
}

// A Keeper copies keys while they are in the processor's cache, for one goroutine.
type Keeper struct {
	r      *Records
	slab   []byte
	number int
	used   int
}

// Keeper returns a new keeper for the rows.
func (r *Records) Keeper() *Keeper { return &Keeper{r: r} }

// Keep copies the key of row i, so that Build need not ask for it. It should be called for the first record of a key;
// others are kept in vain, as are those of more than FewRecords records, unless Options.Lazy is given.
func (k *Keeper) Keep(i int, key []byte) { k.r.at[i] = k.copy(key) }

// copy returns the address of a copy of the key, 0 where too much is kept.
func (k *Keeper) copy(key []byte) uint32 {
	need := len(key) + binary.MaxVarintLen32
	if k.used+need > len(k.slab) || k.used >= slabSize {
		slab, number, ok := k.r.kept.add(need + 1)
		if !ok {
			return 0
		}
		k.slab, k.number, k.used = slab, number, 1 // behind the address 0
	}
	at := k.used
	k.used += binary.PutUvarint(k.slab[at:], uint64(len(key)))
	k.used += copy(k.slab[k.used:], key)
	return uint32(k.number<<slabBits | at)
}
