package clock

import (
	"cmp"
	"slices"
	"time"
)

// Offset is how far a clock is ahead of the API server's.
type Offset struct {
	Source string
	By     time.Duration // negative: behind; 0 where the two agree as far as can be told
	Stamps int
}

// Offsets returns the clocks that differ from the API server's, sorted by name.
func (c *Clock) Offsets() (out []Offset) {
	c.build()
	for _, o := range c.offsets {
		if o.By != 0 {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Offset) int { return cmp.Compare(a.Source, b.Source) })
	return out
}

// minStamps is how many stamps are needed before a clock is called wrong.
const minStamps = 4

// tolerance is what passes between a stamp and its write.
const tolerance = int64(100 * time.Millisecond)

// measure compares the fine stamps of each source with the seconds beside them. A write at w is stamped with the
// second of w: fine - second lies in [offset, offset + 1s) for all of them, which narrows the offset down. Events may
// wait before they are written: they can show that a clock is ahead, not that it is behind.
func measure(stamps []Stamp) map[string]Offset {
	leases, events := map[string][]int64{}, map[string][]int64{}
	for i := range stamps {
		s := &stamps[i]
		if s.Source == "" || s.Fine.IsZero() || s.Second.IsZero() {
			continue
		}
		d := s.Fine.UnixNano() - s.Second.UnixNano()
		if s.Kind == Lease {
			leases[s.Source] = append(leases[s.Source], d)
		} else {
			events[s.Source] = append(events[s.Source], d)
		}
	}
	out := make(map[string]Offset, len(leases)+len(events))
	for source, d := range events {
		out[source] = offset(source, d, false)
	}
	for source, d := range leases {
		out[source] = offset(source, d, true)
	}
	return out
}

// offset finds by how much a clock must be wrong, if a good part of its stamps lies outside the seconds beside them.
func offset(source string, d []int64, behind bool) Offset {
	o := Offset{Source: source, Stamps: len(d)}
	slices.Sort(d)
	late, early := 0, 0
	for _, x := range d {
		if x >= second {
			early++
		} else if x < -tolerance {
			late++
		}
	}
	trim := len(d) / 10
	least, most := d[trim], d[len(d)-1-trim]
	if len(d) >= minStamps && (early*5 > len(d) || behind && late*5 > len(d)) {
		o.By = time.Duration((most - second + least) / 2)
	}
	return o
}
