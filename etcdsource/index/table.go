package index

// table finds a key's number by the key's hash: open addressing, at most half full.
type table struct {
	slots []uint32 // number + 1; 0 is free
	mask  uint32
}

func newTable(keys int) *table {
	n := 16
	for n < keys*2 {
		n *= 2
	}
	return &table{slots: make([]uint32, n), mask: uint32(n - 1)}
}

// spread mixes the hash, whose remainder by the number of workers is the same for all keys of a table.
func spread(h uint32) uint32 { return h * 0x9e3779b1 >> 4 }

// find returns the number of the key with these hashes, or -1 and the slot to put it in.
func (t *table) find(keys []keyInfo, hash uint32, rest uint64) (int, uint32) {
	for i := spread(hash) & t.mask; ; i = (i + 1) & t.mask {
		s := t.slots[i]
		if s == 0 {
			return -1, i
		}
		if k := &keys[s-1]; k.rest == rest && k.hash == hash {
			return int(s - 1), i
		}
	}
}

// put enters the last of keys at the slot that find returned.
func (t *table) put(keys []keyInfo, slot uint32) {
	t.slots[slot] = uint32(len(keys))
	if len(keys)*2 <= len(t.slots) {
		return
	}
	n := len(t.slots) * 2
	t.slots, t.mask = make([]uint32, n), uint32(n-1)
	for k := range keys {
		i := spread(keys[k].hash) & t.mask
		for t.slots[i] != 0 {
			i = (i + 1) & t.mask
		}
		t.slots[i] = uint32(k + 1)
	}
}
