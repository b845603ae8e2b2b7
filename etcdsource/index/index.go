package index

import (
	"iter"
	"slices"
	"sort"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Index is the result of Build.
type Index struct {
	times times // of each record
	ref   []Ref
	keys  int
	runs  []lazy   // one, or several that are sorted when that is needed
	edges [][]byte // where each run but the first begins
	found *finder  // finds a key without sorting; nil where the only run is sorted
	kept  *kept    // the keys of runs that are not sorted yet
}

// Keys returns the number of keys that have a record, deleted ones included.
func (x *Index) Keys() int { return x.keys }

// Records returns the number of records.
func (x *Index) Records() int { return len(x.ref) }

// Main returns the revision of record rec.
func (x *Index) Main(rec uint32) int64 { return x.times.at(int(rec)) }

// Ref returns where record rec is.
func (x *Index) Ref(rec uint32) Ref { return x.ref[rec] }

// Bytes returns the memory that the index holds, in bytes.
func (x *Index) Bytes() int {
	n := 8*cap(x.times.wide) + 4*(cap(x.times.near)+cap(x.ref))
	for i := range x.runs {
		r := x.any(i)
		n += 8*cap(r.names.blocks) + 4*(len(r.starts)+len(r.revs)) + cap(r.names.arena)
	}
	if x.kept != nil {
		n += x.kept.bytes() + x.found.bytes()
	}
	return n
}

// Before returns how many records were made at or before the revision: those with smaller numbers.
func (x *Index) Before(rev int64) uint32 {
	return uint32(x.times.before(rev))
}

// last returns the newest of the first upTo records of a key, and whether it is a write.
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
		upTo := x.Before(rev)
		for p := range x.pieces(s, true) {
			for c := p.names.cursor(p.from); c.n < p.to; c.next() {
				if rec, live := last(p.of(c.n), upTo); live && !yield(c.key, rec) {
					return
				}
			}
		}
	}
}

// LiveRecords yields, of each key that exists at the revision, the record that wrote it last, in no order of time.
func (x *Index) LiveRecords(rev int64) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		upTo := x.Before(rev)
		for h := range x.All(etcdsource.Prefix("")) {
			if rec, live := last(h, upTo); live && !yield(rec) {
				return
			}
		}
	}
}

// All yields the numbers of all records of each key of the span, as Histories does, but in no order of the keys.
func (x *Index) All(s etcdsource.Span) iter.Seq[History] {
	return func(yield func(History) bool) {
		for p := range x.pieces(s, false) {
			for k := p.from; k < p.to; k++ {
				if !yield(p.of(k)) {
					return
				}
			}
		}
	}
}

// Histories yields the keys of the span with the numbers of all their records, oldest first. Key and list are valid until the next step only.
func (x *Index) Histories(s etcdsource.Span) iter.Seq2[[]byte, History] {
	return func(yield func([]byte, History) bool) {
		for p := range x.pieces(s, true) {
			if !p.histories(yield) {
				return
			}
		}
	}
}

// histories yields what Histories does, and reports whether it may go on.
func (p *piece) histories(yield func([]byte, History) bool) bool {
	for c := p.names.cursor(p.from); c.n < p.to; c.next() {
		if !yield(c.key, p.of(c.n)) {
			return false
		}
	}
	return true
}

// Part yields the keys of one of several parts, about equally many, as Histories does.
func (x *Index) Part(part, parts int) iter.Seq2[[]byte, History] {
	from, to := x.keys*part/parts, x.keys*(part+1)/parts
	return func(yield func([]byte, History) bool) {
		for i := range x.runs {
			first := x.runs[i].first
			end := first + x.any(i).keys()
			if end <= from || first >= to {
				continue
			}
			p := piece{x.run(i), max(from-first, 0), min(to, end) - first}
			if !p.histories(yield) {
				return
			}
		}
	}
}

// AnyPart yields the keys of one of several parts as Part does, but in whatever order they were grouped: nothing is sorted for it, and what
// is sorted meanwhile does not move keys between parts.
func (x *Index) AnyPart(part, parts int) iter.Seq2[[]byte, History] {
	from, to := x.keys*part/parts, x.keys*(part+1)/parts
	return func(yield func([]byte, History) bool) {
		for i := range x.runs {
			l := &x.runs[i]
			if l.at == nil { // it was sorted when it was built
				r := x.run(i)
				if p := (piece{r, max(from-l.first, 0), min(to-l.first, r.keys())}); p.from < p.to && !p.histories(yield) {
					return
				}
				continue
			}
			for k := max(from-l.first, 0); k < min(to-l.first, l.raw.keys()); k++ {
				if !yield(x.kept.key(l.at[k]), l.raw.of(k)) {
					return
				}
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
func (x *Index) Count(s etcdsource.Span, rev int64) (n int64) {
	upTo := x.Before(rev)
	for p := range x.pieces(s, false) {
		n += p.count(p.from, p.to, upTo)
	}
	return n
}

// find returns the records of a key, nil where it has none.
func (x *Index) find(key []byte) History {
	if x.found != nil {
		return x.found.find(key)
	}
	r := x.run(0)
	if k, ok := r.names.find(key); ok {
		return r.of(k)
	}
	return nil
}

// History returns the key's records at or before the revision, oldest first.
func (x *Index) History(key []byte, rev int64) []uint32 {
	l, upTo := x.find(key), x.Before(rev)
	n := sort.Search(len(l), func(i int) bool { return l[i]&tagMask >= upTo })
	out := make([]uint32, n)
	for i := range out {
		out[i] = l[i] & tagMask
	}
	return out
}

// Last returns the key's newest record at or before the revision, a deletion too; ok is false where there is none.
func (x *Index) Last(key []byte, rev int64) (rec uint32, ok bool) {
	l, upTo := x.find(key), x.Before(rev)
	if len(l) == 0 || l[0]&tagMask >= upTo {
		return 0, false
	}
	rec, _ = last(l, upTo)
	return rec, true
}

// Changes returns the records of the span's keys at or after the revision, in order of time. For everything it returns
// all = true and no list: the records are those from first on.
func (x *Index) Changes(s etcdsource.Span, rev int64) (list []uint32, first uint32, all bool) {
	first = x.Before(rev - 1)
	if s.Single() {
		return x.find(s.From).from(nil, first), first, false
	}
	if s.Open() && everyKey(s.From) {
		return nil, first, true
	}
	keys := 0
	for p := range x.pieces(s, false) {
		if keys += p.to - p.from; keys == x.keys {
			return nil, first, true
		}
		for k := p.from; k < p.to; k++ {
			list = p.of(k).from(list, first)
		}
	}
	slices.Sort(list)
	return list, first, keys == x.keys
}

// from appends the records that are not before first to a list.
func (h History) from(list []uint32, first uint32) []uint32 {
	for _, r := range h {
		if r &= tagMask; r >= first {
			list = append(list, r)
		}
	}
	return list
}
