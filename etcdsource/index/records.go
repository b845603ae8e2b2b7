package index

import (
	"hash/maphash"
	"slices"
)

// Ref says where a record's bytes are. Only the owner of the index can follow it.
type Ref = uint32

const (
	deadBit  = 1 << 31
	tagMask  = deadBit - 1
	holeMain = -1
)

// Records are the columns that an index is built from, one row a record, in order of time. Keys are equal where both hashes
// of 95 bits together are: that two of a billion keys share them by chance is less likely than one in 10^10.
type Records struct {
	seeds seeds
	main  []int64
	ref   []Ref
	tag   []uint32 // hash of the key; the top bit marks a deletion
	rest  []uint64 // another hash of it
	at    []uint32 // where the key is kept; 0: it is not
	kept  *kept
}

// NewRecords returns n empty rows; n is at most 2^31-1.
func NewRecords(n int) *Records {
	r := &Records{seeds: seeds{maphash.MakeSeed(), maphash.MakeSeed()}, main: make([]int64, n), ref: make([]Ref, n), tag: make([]uint32, n), rest: make([]uint64, n), at: make([]uint32, n), kept: &kept{}}
	for i := range r.main {
		r.main[i] = holeMain
	}
	return r
}

// Len returns the number of rows.
func (r *Records) Len() int { return len(r.main) }

// Main returns the revision of row i, -1 while it is empty.
func (r *Records) Main(i int) int64 { return r.main[i] }

// At returns where the record of row i is, and whether it is a deletion.
func (r *Records) At(i int) (ref Ref, dead bool) { return r.ref[i], r.tag[i]&deadBit != 0 }

// Append adds a row, as Set fills it, behind all others: its revision is not below theirs.
func (r *Records) Append(key []byte, main int64, ref Ref, dead bool) {
	r.main, r.ref, r.tag, r.rest, r.at = append(r.main, 0), append(r.ref, 0), append(r.tag, 0), append(r.rest, 0), append(r.at, 0)
	r.Set(len(r.main)-1, key, main, ref, dead)
}

// Truncate removes the rows from n on.
func (r *Records) Truncate(n int) {
	r.main, r.ref, r.tag, r.rest, r.at = r.main[:n], r.ref[:n], r.tag[:n], r.rest[:n], r.at[:n]
}

// Set fills row i: a write of the key at the revision, or its deletion. The key is not kept. Different rows may be set
// by different goroutines.
func (r *Records) Set(i int, key []byte, main int64, ref Ref, dead bool) {
	r.main[i], r.ref[i] = main, ref
	if r.tag[i], r.rest[i] = r.seeds.of(key); dead {
		r.tag[i] |= deadBit
	}
}

// seeds are those of the two hashes.
type seeds [2]maphash.Seed

// of returns both hashes of a key.
func (s *seeds) of(key []byte) (tag uint32, rest uint64) {
	return uint32(maphash.Bytes(s[0], key)) & tagMask, maphash.Bytes(s[1], key)
}

// Pack removes the rows that were not set and returns how many there were.
func (r *Records) Pack() int {
	n := slices.Index(r.main, holeMain)
	if n < 0 {
		return 0
	}
	all := len(r.main)
	for i := n; i < all; i++ {
		if r.main[i] != holeMain {
			r.main[n], r.ref[n], r.tag[n], r.rest[n], r.at[n] = r.main[i], r.ref[i], r.tag[i], r.rest[i], r.at[i]
			n++
		}
	}
	r.Truncate(n)
	return all - n
}
