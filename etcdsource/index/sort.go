package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// item is a key while it is being sorted: eight of its bytes at the depth that was reached, and its number.
type item struct {
	cache uint64
	num   uint32
}

// smallRun is the length below which a run is sorted by comparing whole keys.
const smallRun = 12

// sort puts the keys of worker w in order. Keys share long beginnings, so they are sorted by eight bytes at a time, and
// only those that are equal there by the next eight: each key is read once a step, not once a comparison.
func (b *builder) sort(w int) error {
	p := &b.parts[w]
	p.sorted = make([]item, len(p.keys))
	for k := range p.keys {
		p.sorted[k].num = uint32(k)
	}
	s := sorter{b: b, key: func(n uint32) []byte { return b.Key(b.rec.ref[p.keys[n].first]) }}
	s.sort(p.sorted, 0)
	return s.err
}

type sorter struct {
	b     *builder
	key   func(num uint32) []byte
	steps int
	err   error
}

func (s *sorter) sort(run []item, depth int) {
	if s.steps++; s.steps&0xfff == 0 && s.b.ctx.Err() != nil {
		s.err = s.b.ctx.Err()
	}
	if s.err != nil || len(run) < 2 {
		return
	}
	if len(run) <= smallRun {
		slices.SortFunc(run, func(a, b item) int { return bytes.Compare(s.key(a.num), s.key(b.num)) })
		return
	}
	for i := range run {
		run[i].cache = eight(s.key(run[i].num), depth)
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
		if len(s.key(run[i].num)) <= depth {
			run[n], run[i] = run[i], run[n]
			n++
		}
	}
	slices.SortFunc(run[:n], func(a, b item) int { return cmp.Compare(len(s.key(a.num)), len(s.key(b.num))) })
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
