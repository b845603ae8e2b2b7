package index

import (
	"bytes"
	"iter"
	"slices"
	"sort"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Index is the result of Build.
type Index struct {
	times  times // of each record
	ref    []Ref
	names  names
	starts []uint32 // of each key: where its records begin in revs; one more than there are keys
	revs   []uint32 // numbers of records, in order of time within a key; the top bit marks a deletion
}

// Keys returns the number of keys that have a record, deleted ones included.
func (x *Index) Keys() int { return x.names.n }

// Records returns the number of records.
func (x *Index) Records() int { return len(x.ref) }

// Main returns the revision of record rec.
func (x *Index) Main(rec uint32) int64 { return x.times.at(int(rec)) }

// Ref returns where record rec is.
func (x *Index) Ref(rec uint32) Ref { return x.ref[rec] }

// Bytes returns the memory that the index holds, in bytes.
func (x *Index) Bytes() int {
	return 8*(cap(x.times.wide)+cap(x.names.blocks)) + 4*(cap(x.times.near)+cap(x.ref)+cap(x.starts)+cap(x.revs)) + cap(x.names.arena)
}

// Before returns how many records were made at or before the revision: those with smaller numbers.
func (x *Index) Before(rev int64) uint32 {
	return uint32(x.times.before(rev))
}

// bounds returns the numbers of the keys in the span.
func (x *Index) bounds(s etcdsource.Span) (from, to int) {
	from = x.names.seek(s.From)
	switch {
	case s.Single():
		to = x.names.seek(append(bytes.Clone(s.From), 0))
	case s.Open():
		to = x.names.n
	default:
		to = max(from, x.names.seek(s.To))
	}
	return from, to
}

// last returns the newest of the first upTo records that is one of key k's, and whether it is a write.
func (x *Index) last(k int, upTo uint32) (rec uint32, live bool) {
	return last(x.revs[x.starts[k]:x.starts[k+1]], upTo)
}

func last(l []uint32, upTo uint32) (rec uint32, live bool) {
	n := len(l)
	if n > 0 && l[n-1]&tagMask >= upTo {
		n = sort.Search(n, func(i int) bool { return l[i]&tagMask >= upTo })
	}
	if n == 0 {
		return 0, false
	}
	return l[n-1] & tagMask, l[n-1]&deadBit == 0
}

// Live yields the keys of the span that exist at the revision, in order, each with the record that wrote it last. The
// key is valid until the next step only.
func (x *Index) Live(s etcdsource.Span, rev int64) iter.Seq2[[]byte, uint32] {
	return func(yield func([]byte, uint32) bool) {
		from, to := x.bounds(s)
		upTo := x.Before(rev)
		for c := x.names.cursor(from); c.n < to; c.next() {
			if rec, live := x.last(c.n, upTo); live && !yield(c.key, rec) {
				return
			}
		}
	}
}

// LiveRecords yields, of each key that exists at the revision, the record that wrote it last, in no order of time.
func (x *Index) LiveRecords(rev int64) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		upTo := x.Before(rev)
		for k := range x.names.n {
			if rec, live := x.last(k, upTo); live && !yield(rec) {
				return
			}
		}
	}
}

// Histories yields the keys of the span with the numbers of all their records, oldest first. Key and list are valid until the next step only.
func (x *Index) Histories(s etcdsource.Span) iter.Seq2[[]byte, History] {
	return func(yield func([]byte, History) bool) {
		from, to := x.bounds(s)
		for c := x.names.cursor(from); c.n < to; c.next() {
			if !yield(c.key, x.revs[x.starts[c.n]:x.starts[c.n+1]]) {
				return
			}
		}
	}
}

// Part yields the keys of one of several parts, about equally many, as Histories does.
func (x *Index) Part(part, parts int) iter.Seq2[[]byte, History] {
	from, to := x.names.n*part/parts, x.names.n*(part+1)/parts
	return func(yield func([]byte, History) bool) {
		for c := x.names.cursor(from); c.n < to; c.next() {
			if !yield(c.key, x.revs[x.starts[c.n]:x.starts[c.n+1]]) {
				return
			}
		}
	}
}

// LiveAt returns the number of the record that wrote the key last of those below upTo, as Before returns it; ok is false where the
// key does not exist then.
func (h History) LiveAt(upTo uint32) (rec uint32, ok bool) { return last(h, upTo) }

// History are the records of one key, oldest first.
type History []uint32

// At returns the number of record i, and whether it is a deletion.
func (h History) At(i int) (rec uint32, dead bool) { return h[i] & tagMask, h[i]&deadBit != 0 }

// Count returns the number of keys in the span that exist at the revision.
func (x *Index) Count(s etcdsource.Span, rev int64) int64 {
	from, to := x.bounds(s)
	return x.count(from, to, x.Before(rev))
}

func (x *Index) count(from, to int, upTo uint32) (n int64) {
	for k := from; k < to; k++ {
		if _, live := x.last(k, upTo); live {
			n++
		}
	}
	return n
}

// History returns the key's records at or before the revision, oldest first.
func (x *Index) History(key []byte, rev int64) []uint32 {
	k, ok := x.names.find(key)
	if !ok {
		return nil
	}
	upTo := x.Before(rev)
	l := x.revs[x.starts[k]:x.starts[k+1]]
	n := sort.Search(len(l), func(i int) bool { return l[i]&tagMask >= upTo })
	out := make([]uint32, n)
	for i := range out {
		out[i] = l[i] & tagMask
	}
	return out
}

// Last returns the key's newest record at or before the revision, a deletion too; ok is false where there is none.
func (x *Index) Last(key []byte, rev int64) (rec uint32, ok bool) {
	k, ok := x.names.find(key)
	if !ok {
		return 0, false
	}
	upTo := x.Before(rev)
	if x.revs[x.starts[k]]&tagMask >= upTo {
		return 0, false
	}
	rec, _ = x.last(k, upTo)
	return rec, true
}

// Changes returns the records of the span's keys at or after the revision, in order of time. For everything it returns
// all = true and no list: the records are those from first on.
func (x *Index) Changes(s etcdsource.Span, rev int64) (list []uint32, first uint32, all bool) {
	first = x.Before(rev - 1)
	from, to := x.bounds(s)
	if from == 0 && to == x.names.n {
		return nil, first, true
	}
	for k := from; k < to; k++ {
		for _, r := range x.revs[x.starts[k]:x.starts[k+1]] {
			if r &= tagMask; r >= first {
				list = append(list, r)
			}
		}
	}
	slices.Sort(list)
	return list, first, false
}
