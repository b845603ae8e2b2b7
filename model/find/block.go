package find

import (
	"bytes"
	"encoding/binary"
)

// blockKeys is the number of keys whose pairs of bytes are noted together.
const blockKeys = 512

// pairs is a set of pairs of neighbouring bytes, a row of bits for each class of the first.
type pairs [64]uint64

// classes distinguishes bytes as far as keys need it: small letters, digits, and the signs between them have classes of
// their own, all others share one.
var classes = func() (c [256]uint8) {
	for i, b := range "abcdefghijklmnopqrstuvwxyz0123456789-./:_" {
		c[b] = uint8(i + 1)
	}
	return c
}()

func (p *pairs) add(text []byte) {
	for i := 1; i < len(text); i++ {
		p[classes[text[i-1]]] |= 1 << classes[text[i]]
	}
}

// may reports whether a text can occur where these pairs do; false is certain.
func (p *pairs) may(low []byte) bool {
	for i := 1; i < len(low); i++ {
		if p[classes[low[i-1]]]>>classes[low[i]]&1 == 0 {
			return false
		}
	}
	return true
}

// sum notes what lets a search pass over keys: whether they are in order, what each shares with the one before it, and
// the pairs of each block.
func (c *chunk) sum() {
	n := c.len()
	c.sorted = n > 0 && len(c.text) > 0
	c.shared = make([]uint8, n)
	c.blocks = make([]pairs, (n+blockKeys-1)/blockKeys)
	var last []byte
	for i := range n {
		key, low := c.key(i), c.lower[c.off[i]:c.off[i+1]]
		same := common(last, key)
		c.sorted = c.sorted && (same == len(last) || same < len(key) && last[same] < key[same])
		c.shared[i] = uint8(min(same, 255))
		if i%blockKeys == 0 {
			same = 0 // the first of its block
		}
		c.blocks[i/blockKeys].add(low[max(same-1, 0):])
		last = key
	}
}

// common returns the number of bytes that two keys begin with alike.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	at := 0
	for at+8 <= n && bytes.Equal(a[at:at+8], b[at:at+8]) {
		at += 8
	}
	for at < n && a[at] == b[at] {
		at++
	}
	return at
}

// run returns the first key behind i that does not begin with the same size bytes as i.
func (c *chunk) run(i, size int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i++
	if size <= 128 { // eight keys at once: a high bit stays where the byte is at least size
		for need := uint64(size) * ones; i+8 <= len(c.shared); i += 8 {
			x := binary.LittleEndian.Uint64(c.shared[i:])
			if ((x|highs)-need|x)&highs != highs {
				break
			}
		}
	}
	for size <= 255 && i < len(c.shared) && int(c.shared[i]) >= size {
		i++
	}
	return i
}

// setRange marks the keys [lo, hi).
func (h *hit) setRange(lo, hi int) {
	h.n += hi - lo
	for lo < hi && lo%64 != 0 {
		h.bits[lo/64] |= 1 << (lo % 64)
		lo++
	}
	for ; lo+64 <= hi; lo += 64 {
		h.bits[lo/64] = ^uint64(0)
	}
	for ; lo < hi; lo++ {
		h.bits[lo/64] |= 1 << (lo % 64)
	}
}
