package index

import (
	"bytes"
	"iter"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// run is a range of keys with their records.
type run struct {
	names  names    // without content while the keys are in no order
	starts []uint32 // of each key: where its records begin in revs; one more than there are keys
	revs   []uint32 // numbers of records, in order of time within a key; the top bit marks a deletion
}

// keys returns their number.
func (r *run) keys() int { return len(r.starts) - 1 }

// of returns the records of key k.
func (r *run) of(k int) History { return r.revs[r.starts[k]:r.starts[k+1]] }

// count returns how many of the keys are written last, not deleted, by the first upTo records.
func (r *run) count(from, to int, upTo uint32) (n int64) {
	for k := from; k < to; k++ {
		if _, live := last(r.of(k), upTo); live {
			n++
		}
	}
	return n
}

// bounds returns the numbers of the keys in the span.
func (r *run) bounds(s etcdsource.Span) (from, to int) {
	from = r.names.seek(s.From)
	switch {
	case s.Single():
		to = r.names.seek(append(bytes.Clone(s.From), 0))
	case s.Open():
		to = r.keys()
	default:
		to = max(from, r.names.seek(s.To))
	}
	return from, to
}

// lazy is a run that is sorted when that is needed first.
type lazy struct {
	first  int // number of its first key
	raw    run // in no order
	at     []uint32
	mu     sync.Mutex
	sorted atomic.Pointer[run]
}

// run returns run i, in order.
func (x *Index) run(i int) *run {
	l := &x.runs[i]
	if r := l.sorted.Load(); r != nil {
		return r
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.sorted.Load()
	if r == nil {
		r = l.sort(x.kept)
		l.sorted.Store(r)
	}
	return r
}

// any returns run i in whatever order it is.
func (x *Index) any(i int) *run {
	if r := x.runs[i].sorted.Load(); r != nil {
		return r
	}
	return &x.runs[i].raw
}

// sort makes a run in order of the one that is in none.
func (l *lazy) sort(from *kept) *run {
	var s sorter
	for n, at := range l.at {
		s.add(from.key(at), keyID{key: uint32(n)})
	}
	var b bucket
	s.sort(s.items, 0)
	s.store(&b)
	r := &run{names: b.names, starts: make([]uint32, 1, len(l.at)+1)}
	r.revs = make([]uint32, 0, l.raw.starts[len(l.at)]-l.raw.starts[0])
	for _, id := range b.keys {
		r.revs = append(r.revs, l.raw.of(int(id.key))...)
		r.starts = append(r.starts, uint32(len(r.revs)))
	}
	return r
}

// runOf returns the number of the run in which the key lies, or would lie.
func (x *Index) runOf(key []byte) int {
	return sort.Search(len(x.edges), func(i int) bool { return bytes.Compare(key, x.edges[i]) < 0 })
}

// piece are keys of a run, one behind the other.
type piece struct {
	*run
	from, to int
}

// pieces yields the keys of the span. With sorted they are in order; otherwise the runs that lie in the span as a whole are as they
// are.
func (x *Index) pieces(s etcdsource.Span, sorted bool) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		first, end := x.runOf(s.From), len(x.runs)-1
		switch {
		case s.Single():
			end = first
		case !s.Open():
			end = x.runOf(s.To)
		}
		for i := first; i <= end; i++ {
			p := piece{}
			if (i > first || everyKey(s.From)) && (i < end || s.Open()) && !sorted {
				p.run = x.any(i)
				p.to = p.keys()
			} else {
				p.run = x.run(i)
				p.from, p.to = p.bounds(s)
			}
			if p.from < p.to && !yield(p) {
				return
			}
		}
	}
}

// everyKey reports whether no key comes before this one; none is empty.
func everyKey(from []byte) bool { return len(from) == 0 || len(from) == 1 && from[0] == 0 }

// place is a place between keys: before key n of a run, or behind its last.
type place struct{ run, n int }

// seek returns the place before the first key that is not before key; behind all where it is nil or etcdsource.Everything.
func (x *Index) seek(key []byte) place {
	if len(key) == 0 || bytes.Equal(key, etcdsource.Everything) {
		i := len(x.runs) - 1
		return place{i, x.any(i).keys()}
	}
	i := x.runOf(key)
	return place{i, x.run(i).names.seek(key)}
}

// between returns how many keys between two places are written last, not deleted, by the first upTo records.
func (x *Index) between(from, to place, upTo uint32) (n int64) {
	for i := from.run; i <= to.run; i++ {
		r := x.any(i) // in order where a place is in it
		a, b := 0, r.keys()
		if i == from.run {
			a = from.n
		}
		if i == to.run {
			b = to.n
		}
		n += r.count(a, b, upTo)
	}
	return n
}
