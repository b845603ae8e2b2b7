package index

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// blockKeys is the number of keys of which only the first is stored whole.
const blockKeys = 16

// names are keys in order, front-coded: the first of each block whole, the others as the length of what they share
// with the one before, and the rest.
type names struct {
	arena  []byte
	blocks []uint32 // where each block begins in arena
	n      int
	last   []byte // while being built: the key before
}

func newNames(n int) names { return names{blocks: make([]uint32, 0, n/blockKeys+1)} }

func (s *names) add(key []byte) {
	shared := 0
	if s.n%blockKeys == 0 {
		s.blocks = append(s.blocks, uint32(len(s.arena)))
	} else {
		shared = sharedLen(s.last, key)
	}
	s.arena = binary.AppendUvarint(s.arena, uint64(shared))
	s.arena = binary.AppendUvarint(s.arena, uint64(len(key)-shared))
	s.arena = append(s.arena, key[shared:]...)
	s.last = append(s.last[:shared], key[shared:]...)
	s.n++
}

// finish gives back what was reserved and not used.
func (s *names) finish() {
	s.last = nil
	if cap(s.arena)-len(s.arena) > len(s.arena)/16 {
		s.arena = slices.Clone(s.arena)
	}
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

// first returns the first key of a block, shared with the arena.
func (s *names) first(block int) []byte {
	b := s.arena[s.blocks[block]:]
	_, m := binary.Uvarint(b)
	n, k := binary.Uvarint(b[m:])
	return b[m+k : m+k+int(n)]
}

// seek returns the number of the first key that is not before key.
func (s *names) seek(key []byte) int {
	block, exact := slices.BinarySearchFunc(s.blocks, key, func(off uint32, key []byte) int {
		b := s.arena[off:]
		_, m := binary.Uvarint(b)
		n, k := binary.Uvarint(b[m:])
		return bytes.Compare(b[m+k:m+k+int(n)], key)
	})
	if exact || block == 0 {
		return block * blockKeys
	}
	c := s.cursor((block - 1) * blockKeys)
	for ; c.n < min(block*blockKeys, s.n); c.next() {
		if bytes.Compare(c.key, key) >= 0 {
			return c.n
		}
	}
	return c.n
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
	block := c.n / blockKeys
	c.off = int(s.blocks[block])
	c.read()
	for c.n = block * blockKeys; c.n < n; {
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
