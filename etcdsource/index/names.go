package index

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// blockKeys is the largest number of keys in a block, of which only the first is stored whole.
const blockKeys = 16

// names are keys in order, front-coded: the first of each block whole, the others as the length of what they share
// with the one before, and the rest.
type names struct {
	arena  []byte
	blocks []block
	n      int
	last   []byte // while being built: the key before
}

// block is a run of keys.
type block struct {
	off   uint32 // where it begins in arena
	first uint32 // number of its first key
}

func (s *names) add(key []byte) {
	shared := 0
	if s.n%blockKeys == 0 {
		s.blocks = append(s.blocks, block{uint32(len(s.arena)), uint32(s.n)})
	} else {
		shared = sharedLen(s.last, key)
	}
	s.arena = binary.AppendUvarint(s.arena, uint64(shared))
	s.arena = binary.AppendUvarint(s.arena, uint64(len(key)-shared))
	s.arena = append(s.arena, key[shared:]...)
	s.last = append(s.last[:shared], key[shared:]...)
	s.n++
}

// append adds the keys of o, which come behind those of s, without looking at them.
func (s *names) append(o *names) {
	for _, b := range o.blocks {
		s.blocks = append(s.blocks, block{b.off + uint32(len(s.arena)), b.first + uint32(s.n)})
	}
	s.arena = append(s.arena, o.arena...)
	s.n += o.n
}

func sharedLen(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// head returns the first key of a block, shared with the arena.
func (s *names) head(block int) []byte {
	b := s.arena[s.blocks[block].off:]
	_, m := binary.Uvarint(b)
	n, k := binary.Uvarint(b[m:])
	return b[m+k : m+k+int(n)]
}

// seek returns the number of the first key that is not before key.
func (s *names) seek(key []byte) int {
	next := sort.Search(len(s.blocks), func(i int) bool { return bytes.Compare(s.head(i), key) >= 0 })
	if next == 0 {
		return 0
	}
	end := s.n
	if next < len(s.blocks) {
		end = int(s.blocks[next].first)
	}
	c := s.cursor(int(s.blocks[next-1].first))
	for c.n < end && bytes.Compare(c.key, key) < 0 {
		c.next()
	}
	return c.n
}

// find returns the number of a key; ok is false where it is none of them.
func (s *names) find(key []byte) (n int, ok bool) {
	i := sort.Search(len(s.blocks), func(i int) bool { return bytes.Compare(s.head(i), key) > 0 }) - 1
	if i < 0 {
		return 0, false
	}
	end := s.n
	if i+1 < len(s.blocks) {
		end = int(s.blocks[i+1].first)
	}
	c := cursor{s: s, n: int(s.blocks[i].first), off: int(s.blocks[i].off), key: make([]byte, 0, 2*len(key))}
	for c.read(); ; c.read() {
		if d := bytes.Compare(c.key, key); d >= 0 {
			return c.n, d == 0
		}
		if c.n++; c.n == end {
			return 0, false
		}
	}
}

// cursor walks the keys in order. Its key changes with each step.
type cursor struct {
	s   *names
	n   int // number of the key; s.n after the last
	off int // behind the key in the arena
	key []byte
}

// cursor returns a cursor at key number n.
func (s *names) cursor(n int) *cursor {
	c := &cursor{s: s, n: min(n, s.n)}
	if c.n == s.n {
		return c
	}
	b := s.blocks[sort.Search(len(s.blocks), func(i int) bool { return int(s.blocks[i].first) > n })-1]
	c.off = int(b.off)
	c.read()
	for c.n = int(b.first); c.n < n; {
		c.next()
	}
	return c
}

func (c *cursor) next() {
	if c.n++; c.n < c.s.n {
		c.read()
	}
}

func (c *cursor) read() {
	a := c.s.arena
	shared, m := binary.Uvarint(a[c.off:])
	n, k := binary.Uvarint(a[c.off+m:])
	at := c.off + m + k
	c.key = append(c.key[:shared], a[at:at+int(n)]...)
	c.off = at + int(n)
}
