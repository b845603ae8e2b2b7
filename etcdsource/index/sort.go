package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// sortBuckets takes one bucket after the other until none is left.
func (b *builder) sortBuckets(int) error {
	var s sorter
	for {
		i := int(b.next.Add(1)) - 1
		if i >= len(b.buckets) {
			return nil
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		s.load(b, i)
		s.sort(s.items, 0)
		s.store(&b.buckets[i])
	}
}

// sorter sorts the keys of one bucket. Keys share long beginnings, so they are sorted by eight bytes at a time, and only
// those that are equal there by the next eight.
type sorter struct {
	arena []byte // the keys, one behind the other
	ends  []uint32
	ids   []keyID
	items []item
	names names // of the current bucket, copied when it is done
}

// item is a key while it is being sorted: eight of its bytes at the depth that was reached, and its place in ids.
type item struct {
	cache uint64
	n     uint32
}

// smallRun is the length below which a run is sorted by comparing whole keys.
const smallRun = 12

// load copies the keys of a bucket together.
func (s *sorter) load(b *builder, bucket int) {
	s.arena, s.ends, s.ids, s.items = s.arena[:0], s.ends[:0], s.ids[:0], s.items[:0]
	for _, id := range b.unsorted(bucket) {
		at := b.parts[id.part].keys[id.key].at
		if b.direct {
			s.add(b.Key(at), id)
		} else {
			s.add(b.rec.kept.key(at), id)
		}
	}
}

// add copies a key.
func (s *sorter) add(key []byte, id keyID) {
	s.arena = append(s.arena, key...)
	s.items = append(s.items, item{n: uint32(len(s.ids))})
	s.ends = append(s.ends, uint32(len(s.arena)))
	s.ids = append(s.ids, id)
}

func (s *sorter) key(n uint32) []byte {
	if n == 0 {
		return s.arena[:s.ends[0]]
	}
	return s.arena[s.ends[n-1]:s.ends[n]]
}

// store writes the sorted keys down.
func (s *sorter) store(b *bucket) {
	b.keys = make([]keyID, len(s.items))
	for i, it := range s.items {
		b.keys[i] = s.ids[it.n]
		s.names.add(s.key(it.n))
	}
	b.names = names{arena: slices.Clone(s.names.arena), blocks: slices.Clone(s.names.blocks), n: s.names.n}
	s.names = names{arena: s.names.arena[:0], blocks: s.names.blocks[:0], last: s.names.last[:0]}
}

func (s *sorter) sort(run []item, depth int) {
	if len(run) <= smallRun {
		slices.SortFunc(run, func(a, b item) int { return bytes.Compare(s.key(a.n), s.key(b.n)) })
		return
	}
	for i := range run {
		run[i].cache = eight(s.key(run[i].n), depth)
	}
	slices.SortFunc(run, func(a, b item) int { return cmp.Compare(a.cache, b.cache) })
	for i := 0; i < len(run); {
		j := i + 1
		for j < len(run) && run[j].cache == run[i].cache {
			j++
		}
		if j-i > 1 {
			s.equal(run[i:j], depth+8)
		}
		i = j
	}
}

// equal sorts keys that agree in their first depth bytes, where a missing byte counts as zero: first those that end
// before depth, by length, then the others by what follows.
func (s *sorter) equal(run []item, depth int) {
	n := 0
	for i := range run {
		if len(s.key(run[i].n)) <= depth {
			run[n], run[i] = run[i], run[n]
			n++
		}
	}
	slices.SortFunc(run[:n], func(a, b item) int { return cmp.Compare(len(s.key(a.n)), len(s.key(b.n))) })
	s.sort(run[n:], depth)
}

// eight returns the bytes of the key from depth on as a number that sorts like them; missing bytes are zero.
func eight(key []byte, depth int) uint64 {
	if len(key) >= depth+8 {
		return binary.BigEndian.Uint64(key[depth:])
	}
	var b [8]byte
	if depth < len(key) {
		copy(b[:], key[depth:])
	}
	return binary.BigEndian.Uint64(b[:])
}
