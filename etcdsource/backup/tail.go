package backup

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// tail is the sha256 of everything written but the last 32 bytes, which are kept apart: the checksum that the server
// sends at the end.
type tail struct {
	h    hash.Hash
	last []byte
	n    int64
}

func newTail() tail { return tail{h: sha256.New(), last: make([]byte, 0, 2*sha256.Size)} }

// Write adds to the checksum.
func (t *tail) Write(b []byte) {
	t.n += int64(len(b))
	if over := len(t.last) + len(b) - sha256.Size; over > 0 {
		old := min(over, len(t.last))
		t.h.Write(t.last[:old])
		t.last = append(t.last[:0], t.last[old:]...)
		t.h.Write(b[:over-old])
		b = b[over-old:]
	}
	t.last = append(t.last, b...)
}

// matches reports whether the last 32 bytes are the checksum of all before them.
func (t *tail) matches() bool {
	return t.n > sha256.Size && t.n%512 == sha256.Size && bytes.Equal(t.h.Sum(nil), t.last)
}
