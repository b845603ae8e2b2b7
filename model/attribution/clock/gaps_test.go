package clock

import (
	"testing"
	"time"
)

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

// TestOpenDates: the write of an open stamp was made in its second as a rule, unless what is known contradicts that: then it is
// no later than what follows, and the stamp dates nothing.
func TestOpenDates(t *testing.T) {
	t.Parallel()
	open := func(rev int64, ms int) Stamp {
		return Stamp{Revision: rev, Kind: Second, Second: at(ms), Kept: true, Open: true}
	}
	c := New()
	c.Add(Stamp{Revision: 1, Kind: Event, Fine: at(1500), Second: at(1000), Source: "a", Kept: true})
	c.Add(open(10, 2000))
	c.Add(open(20, 0)) // written since, without an entry
	c.Add(Stamp{Revision: 30, Kind: Event, Fine: at(31_500), Second: at(31_000), Source: "a", Kept: true})
	for _, x := range []struct {
		rev    int64
		from   Kind
		ms, hi int
	}{{5, None, 2750, 31_500}, {10, Second, 2750, 31_500}, {20, None, 21_155, 31_500}} {
		d := c.At(x.rev)
		if d.From != x.from || d.Time.Sub(at(x.ms)).Abs() > time.Millisecond || !d.Hi.Equal(at(x.hi)) {
			t.Errorf("revision %d: %v by %v, at most %v; want %v by %v", x.rev, d.Time, d.From, d.Hi, at(x.ms), x.from)
		}
	}
}

// TestEndOfSecond: what lies after the second in which a revision was made puts it late in that second, never at its end, and
// not before others of the same second.
func TestEndOfSecond(t *testing.T) {
	t.Parallel()
	created := func(rev int64, ms int) Stamp { return Stamp{Revision: rev, Kind: Create, Second: at(ms)} }
	for _, x := range []struct {
		name   string
		stamps []Stamp
		want   map[int64]int
	}{
		{"before all exact stamps", []Stamp{created(1, 0), lease(9, 5500, 0, "a")}, map[int64]int{1: 750}},
		{"long before them", []Stamp{created(1, 0), lease(9, 61_500, 0, "a")}, map[int64]int{1: 0}},
		{"between them", []Stamp{lease(1, 500, 0, "a"), created(2, 0), lease(9, 8500, 0, "a")}, map[int64]int{2: 875}},
		{"after one of the same second", []Stamp{lease(1, 900, 0, "a"), created(101, 0), lease(1001, 9900, 0, "a")}, map[int64]int{12: 999, 13: 999, 101: 999}},
	} {
		c := New()
		for _, s := range x.stamps {
			c.Add(s)
		}
		for rev, ms := range x.want {
			if d := c.At(rev); d.Time.Sub(at(ms)).Abs() > time.Millisecond || !d.Time.Before(at(1000)) {
				t.Errorf("%s: revision %d is dated %v, want %v", x.name, rev, d.Time, at(ms))
			}
		}
	}
}

// TestGone: what a later version says of one that is gone does not count against what versions say of themselves.
func TestGone(t *testing.T) {
	t.Parallel()
	c := New()
	for i := range 3 {
		c.Add(Stamp{Revision: int64(100 * i), Kind: Create, Second: at(3_600_000 * i)})
	}
	for i := range 4 {
		c.Add(Stamp{Revision: int64(150 + i), Kind: Create, Second: at(1000 * i), Kept: true, Gone: true})
	}
	if d := c.At(100); d.From != Create || !d.Time.Equal(at(3_600_000)) {
		t.Errorf("dated %v by %v", d.Time, d.From)
	}
	if d := c.At(9000); d.From != Bound || !d.Time.Equal(at(7_200_000)) || !d.Hi.IsZero() {
		t.Errorf("after the last one: %v by %v until %v", d.Time, d.From, d.Hi)
	}
}
