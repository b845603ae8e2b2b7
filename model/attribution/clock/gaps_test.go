package clock

import "testing"

// TestFarApart: between exact stamps that are close, revisions are spread evenly; where they lie far apart nothing says when
// a revision was made, but that it was not before the first.
func TestFarApart(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ apart, want int }{{30_000, 15_000}, {60_000, 30_000}, {61_000, 0}, {90 * 86_400_000, 0}} {
		c := New()
		c.Add(lease(10, 0, 0, "a"))
		c.Add(lease(20, x.apart, 0, "a"))
		d := c.At(15)
		if !d.Time.Equal(at(x.want)) || !d.Lo.Equal(at(0)) || d.Hi.After(at(x.apart+1000)) || d.Hi.Before(at(x.apart)) {
			t.Errorf("%d ms apart: %v in [%v, %v], want %v", x.apart, d.Time, d.Lo, d.Hi, at(x.want))
		}
	}
}

// TestOpen: a second that some write to the object had bounds the revision from below only; it is bounded from above by what
// comes later.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		c := New()
		c.Add(Stamp{Revision: 5, Kind: Second, Second: at(-7_200_000), Kept: true, Open: open})
		c.Add(Stamp{Revision: 9, Kind: Create, Second: at(-3_600_000), Kept: true}) // the creation of something that lives
		for i := range 20 {
			c.Add(lease(int64(100+i), 2000*i, 0, "a"))
		}
		d, hi := c.At(5), at(-7_199_000)
		if open {
			hi = at(-3_599_000)
		}
		if !d.Time.Equal(at(-7_200_000)) || !d.Lo.Equal(d.Time) || !d.Hi.Equal(hi) {
			t.Errorf("open %v: %v in [%v, %v], want until %v", open, d.Time, d.Lo, d.Hi, hi)
		}
	}
}
