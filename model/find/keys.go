// Package find filters a million keys as they are typed for.
//
//	source ─► Builder.Add ─► Keys (chunks that never change) ─┐
//	                                                          ├─► Search ─► Hits (a bit a key)
//	"web !test ^pods/" ─► Parse ─► Query ─────────────────────┘      ▲
//	                                        the Hits before ─────────┘ reused: what did not match cannot match now
//
// What always holds:
//   - Keys and Hits never change: they can be searched in one goroutine while others read them and the Builder goes on.
//   - A search finds exactly the keys that Query.Match says yes to, in the order of the keys.
//   - Memory is the keys' own bytes, without the root, and six bytes more a key.
package find

import (
	"bytes"
	"sort"
	"strings"
)

// chunkKeys is the number of keys in a chunk: the unit that is searched at once and reused.
const chunkKeys = 8192

// chunk is a run of keys, one behind the other.
type chunk struct {
	text  []byte
	lower []byte   // text in lower case; text itself where it has no capitals
	off   []uint32 // where each key begins; one more than there are keys
	outer []uint64 // bits of the keys that do not lie below the root, nil for none
	// sorted reports that the keys are in order; what Grow has added need not be.
	sorted bool
	shared []uint8 // how many bytes each key begins with as the one before it does, 255 for more
	blocks []pairs // what is in each blockKeys of them
}

func (c *chunk) len() int { return len(c.off) - 1 }

func (c *chunk) key(i int) []byte { return c.text[c.off[i]:c.off[i+1]] }

// Keys is a list of keys.
type Keys struct {
	root   string
	chunks []*chunk
	n      int
}

// Len returns the number of keys.
func (k *Keys) Len() int {
	if k == nil {
		return 0
	}
	return k.n
}

// Builder makes Keys. It is used by one goroutine.
type Builder struct {
	root   []byte
	chunks []*chunk
	n      int
	last   *chunk // not full yet
}

// NewBuilder returns an empty builder. Keys below the root are searched and shown without it.
func NewBuilder(root string) *Builder { return &Builder{root: []byte(root)} }

// Grow returns a builder that goes on behind the keys.
func Grow(k *Keys) *Builder {
	b := NewBuilder(k.root)
	b.chunks, b.n = append([]*chunk(nil), k.chunks...), k.n
	return b
}

// Add appends a key.
func (b *Builder) Add(key []byte) {
	if b.last == nil {
		b.last = newChunk(len(b.chunks) == 0)
	}
	c := b.last
	rest, below := bytes.CutPrefix(key, b.root)
	if !below {
		if c.outer == nil {
			c.outer = make([]uint64, chunkKeys/64)
		}
		c.outer[c.len()/64] |= 1 << (c.len() % 64)
	}
	c.text = append(c.text, rest...)
	c.off = append(c.off, uint32(len(c.text)))
	b.n++
	if c.len() == chunkKeys {
		c.seal()
		b.chunks, b.last = append(b.chunks, c), nil
	}
}

// newChunk returns an empty chunk. The first of a list grows with its keys, since there may be few; the others get their
// size at once.
func newChunk(first bool) *chunk {
	if first {
		return &chunk{off: make([]uint32, 1, 2)}
	}
	return &chunk{text: make([]byte, 0, 48*chunkKeys), off: make([]uint32, 1, chunkKeys+1)}
}

// Len returns the number of keys added.
func (b *Builder) Len() int { return b.n }

// Keys returns what was added so far. The builder can go on.
func (b *Builder) Keys() *Keys {
	k := &Keys{root: string(b.root), n: b.n, chunks: b.chunks[:len(b.chunks):len(b.chunks)]}
	if b.last != nil {
		c := &chunk{text: bytes.Clone(b.last.text), off: append([]uint32(nil), b.last.off...), outer: append([]uint64(nil), b.last.outer...)}
		c.seal()
		k.chunks = append(k.chunks, c)
	}
	return k
}

func (c *chunk) seal() {
	c.lower = c.text
	for _, b := range c.text {
		if b >= 'A' && b <= 'Z' {
			c.lower = lower(c.text)
			break
		}
	}
	c.sum()
}

// lower maps the ASCII capitals only, so that every byte keeps its place.
func lower(s []byte) []byte {
	out := bytes.Clone(s)
	for i, b := range out {
		if b >= 'A' && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return out
}

func bit(bits []uint64, i int) bool { return bits != nil && bits[i/64]>>(i%64)&1 != 0 }

// at returns key i of a chunk as it is stored in the source.
func (k *Keys) at(c *chunk, i int) string {
	if bit(c.outer, i) {
		return string(c.key(i))
	}
	return k.root + string(c.key(i))
}

// Has reports whether a key is in the list.
func (k *Keys) Has(key string) bool {
	_, _, ok := k.position(key)
	return ok
}

// position returns the chunk and the place of a key; ok is false when it is not in the list.
func (k *Keys) position(key string) (ci, i int, ok bool) {
	ci = sort.Search(len(k.chunks), func(n int) bool { return k.at(k.chunks[n], 0) > key }) - 1
	for _, n := range []int{ci, len(k.chunks) - 1} { // what Grow has added is at the end, in no order
		if n < 0 {
			continue
		}
		c := k.chunks[n]
		rest, below := strings.CutPrefix(key, k.root)
		for i := range c.len() {
			if below && !bit(c.outer, i) && string(c.key(i)) == rest || bit(c.outer, i) && string(c.key(i)) == key {
				return n, i, true
			}
		}
	}
	return 0, 0, false
}
