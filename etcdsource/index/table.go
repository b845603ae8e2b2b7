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

// spread mixes the hash.
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

// finder finds the records of a key by its hash.
type finder struct {
	seeds *seeds
	parts []part // of which count is where the records of a key end in revs, and bucket how many they are
	revs  []uint32
}

func (f *finder) find(key []byte) History {
	tag, rest := f.seeds.of(key)
	p := &f.parts[partOf(tag, len(f.parts))]
	i, _ := p.table.find(p.keys, tag, rest)
	if i < 0 {
		return nil
	}
	k := &p.keys[i]
	return f.revs[k.count-k.bucket : k.count]
}

// bytes returns the memory that it takes beside revs.
func (f *finder) bytes() (n int) {
	for i := range f.parts {
		n += cap(f.parts[i].keys)*keyInfoSize + 4*cap(f.parts[i].table.slots)
	}
	return n
}

const keyInfoSize = 24
