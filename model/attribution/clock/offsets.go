package clock

import (
	"cmp"
	"slices"
	"time"
)

// Offset is how far a clock is ahead of the one that dates revisions.
type Offset struct {
	Source string
	By     time.Duration // negative: behind; 0 where the two agree as far as is known
	Stamps int           // that tell so
	// Server reports that it is not the clock of Source itself that is off, but that of the API server which it writes to.
	Server bool
	width  int64 // how far By may be off
}

// Offsets returns the clocks that differ from the one that dates revisions, sorted by name.
func (c *Clock) Offsets() (out []Offset) {
	c.build()
	for _, m := range []map[string]Offset{c.offsets, c.servers} {
		for _, o := range m {
			if o.By != 0 {
				out = append(out, o)
			}
		}
	}
	slices.SortFunc(out, func(a, b Offset) int {
		if a.Server != b.Server && a.Source == b.Source {
			return map[bool]int{true: 1, false: -1}[a.Server]
		}
		return cmp.Compare(a.Source, b.Source)
	})
	return out
}

// Server returns how far the seconds are ahead that are written for a source, and how far that may be off itself.
func (c *Clock) Server(source string) (by, width time.Duration) {
	c.build()
	o := c.serverOf(source)
	return o.By, time.Duration(o.width)
}

// Fine returns how far the clock of a source itself is ahead.
func (c *Clock) Fine(source string) time.Duration {
	c.build()
	return c.offsets[source].By
}

const (
	minStamps  = 4                             // stamps that are needed before a clock is called wrong
	maxSamples = 64                            // of each clock that are remembered
	tolerance  = int64(100 * time.Millisecond) // between a stamp and its write
	atOnce     = int64(10 * time.Millisecond)  // between a stamp and its write, as a rule
)

// span is an interval in nanoseconds.
type span struct{ lo, hi int64 }

// samples are the offsets that each stamp of a clock allows.
type samples map[string][]span

func (s samples) add(source string, lo, hi int64) {
	if list := add(s[source], lo, hi); len(list) > 0 {
		s[source] = list
	}
}

// add adds an offset, unless a time was out of all bounds.
func add(list []span, lo, hi int64) []span {
	if lo > never/2 && hi < always/2 && lo <= hi {
		list = append(list, span{lo, hi})
	}
	return list
}

// common is where most intervals overlap, and how many do; zero is how many allow that there is no offset.
func (m *meter) common(list []span) (in span, most, zero int) {
	lo, hi := m.lo[:0], m.hi[:0]
	for _, s := range list {
		lo, hi = append(lo, s.lo), append(hi, s.hi)
		if s.lo <= tolerance && s.hi >= -tolerance {
			zero++
		}
	}
	m.lo, m.hi = lo, hi
	slices.Sort(lo)
	slices.Sort(hi)
	n := 0
	for len(lo) > 0 {
		if hi[0] < lo[0] { // of an end and a beginning at the same place the beginning comes first
			hi, n = hi[1:], n-1
			continue
		}
		at := lo[0]
		if lo, n = lo[1:], n+1; n > most {
			most, in = n, span{at, hi[0]}
			if len(lo) > 0 {
				in.hi = min(in.hi, lo[0])
			}
		}
	}
	return in, most, zero
}

// meter finds offsets.
type meter struct{ lo, hi []int64 }

// offset finds by how much a clock must be wrong, if a good part of its stamps cannot be explained otherwise.
func (m *meter) offset(source string, list []span) Offset {
	o := Offset{Source: source, Stamps: len(list)}
	if len(list) < minStamps {
		return o
	}
	in, most, zero := m.common(list)
	if zero*5 < len(list)*4 && most > zero+max(2, len(list)/5) {
		o.By, o.width, o.Stamps = time.Duration(in.lo+(in.hi-in.lo)/2), in.hi-in.lo, most
	}
	return o
}

// window is what a run of stamps says of the revisions between them: not before the largest lower bound at or before
// a revision, not after the smallest upper bound at or after it.
type window struct {
	revs      []int64
	low, high []int64
}

func newWindow(points []point) *window {
	n := len(points)
	w := &window{revs: make([]int64, 0, n), low: make([]int64, 0, n), high: make([]int64, 0, n)}
	for i := range points {
		p := &points[i]
		if p.lo == never && p.hi == always {
			continue
		}
		if n := len(w.revs); n > 0 && w.revs[n-1] == p.rev {
			w.low[n-1], w.high[n-1] = max(w.low[n-1], p.lo), min(w.high[n-1], p.hi)
			continue
		}
		w.revs, w.low, w.high = append(w.revs, p.rev), append(w.low, p.lo), append(w.high, p.hi)
	}
	for i := 1; i < len(w.revs); i++ {
		w.low[i] = max(w.low[i], w.low[i-1])
	}
	for i := len(w.revs) - 2; i >= 0; i-- {
		w.high[i] = min(w.high[i], w.high[i+1])
	}
	return w
}

// at bounds a revision.
func (w *window) at(rev int64) (lo, hi int64) {
	lo, hi = never, always
	i, own := slices.BinarySearch(w.revs, rev)
	if own {
		return w.low[i], w.high[i]
	}
	if i > 0 {
		lo = w.low[i-1]
	}
	if i < len(w.revs) {
		hi = w.high[i]
	}
	return lo, hi
}
