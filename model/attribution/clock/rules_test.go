package clock

import (
	"fmt"
	"testing"
	"time"
)

// frame returns a clock with a lease renewed every two seconds: revision 10 in second 0, 20 in second 2, to 200.
func frame() *Clock {
	c := New()
	for i := range 20 {
		c.Add(lease(int64(10*i+10), 2000*i, 0, "a"))
	}
	return c
}

// TestOneStamp: how a single stamp dates the revisions before, at and after it.
func TestOneStamp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		stamp  Stamp
		from   Kind
		at     int // ms
		lo, hi int // ms; -1: not known
	}{
		{"a renewal is when it was written", lease(10, 1500, 0, "a"), Lease, 1500, 1500, 2000},
		{"an Event's name likewise", Stamp{Revision: 10, Kind: Event, Fine: at(1500), Source: "n"}, Event, 1500, 1500, -1},
		{"a whole second is one of its thousand milliseconds", Stamp{Revision: 10, Kind: Second, Second: at(1000)}, Second, 1000, 1000, 2000},
		{"a creation likewise", Stamp{Revision: 10, Kind: Create, Second: at(1000)}, Create, 1000, 1000, 2000},
		{"a fine time outside of its own second counts as that second only", Stamp{Revision: 10, Kind: Lease, Fine: at(7000), Second: at(1000), Source: "a"}, Second, 1000, 1000, 2000},
		{"a fine time just before its second is the beginning of it", Stamp{Revision: 10, Kind: Lease, Fine: at(950), Second: at(1000), Source: "a"}, Lease, 1000, 1000, 2000},
	} {
		k := New()
		k.Add(c.stamp)
		d := k.At(10)
		hi := -1
		if !d.Hi.IsZero() {
			hi = int(d.Hi.Sub(noon).Milliseconds())
		}
		if d.From != c.from || !d.Time.Equal(at(c.at)) || !d.Lo.Equal(at(c.lo)) || hi != c.hi {
			t.Errorf("%s: %v by %v in [%v, %d ms]", c.name, d.Time, d.From, d.Lo, hi)
		}
		if after := k.At(99); after.From != Bound || after.Time.Before(d.Time) || !after.Hi.IsZero() {
			t.Errorf("%s: a later revision is dated %+v", c.name, after)
		}
		if before := k.At(1); before.From != None || before.Time.After(d.Time) || !before.Lo.IsZero() {
			t.Errorf("%s: an earlier revision is dated %+v", c.name, before)
		}
	}
}

// TestMisfits: a stamp that lies more than some seconds outside of the leases around it is left out; a nearer one counts.
func TestMisfits(t *testing.T) {
	t.Parallel()
	for off, counts := range map[time.Duration]bool{0: true, 2 * time.Second: true, -2 * time.Second: true, 10 * time.Second: false, -10 * time.Second: false, 1000 * time.Hour: false} {
		c := frame()
		c.Add(Stamp{Revision: 105, Kind: Create, Second: at(19000).Add(off).Truncate(time.Second)})
		d := c.At(105)
		if (d.From == Create) != counts && off <= 0 {
			t.Errorf("%v off: dated by %v", off, d.From)
		}
		if lo, hi := at(18000-3000), at(20000+3000); d.Time.Before(lo) || d.Time.After(hi) {
			t.Errorf("%v off: %v is far from the leases", off, d.Time)
		}
	}
}

// TestKeptVersions: a version from before the compaction has its own newest second, however far that is from the leases.
func TestKeptVersions(t *testing.T) {
	t.Parallel()
	c := New()
	c.Add(Stamp{Revision: 3, Kind: Second, Second: at(-86_400_000), Kept: true})
	c.Add(Stamp{Revision: 7, Kind: Second, Second: at(-3_600_000), Kept: true})
	for i := range 20 {
		c.Add(lease(int64(100+i), 2000*i, 0, "a"))
	}
	for rev, want := range map[int64]int{3: -86_400_000, 7: -3_600_000, 100: 0} {
		if d := c.At(rev); d.Time.Before(at(want)) || d.Time.After(at(want+1000)) {
			t.Errorf("revision %d: %v, want the second of %v", rev, d.Time, at(want))
		}
	}
}

// TestDrop: what was dated before the stamps were dropped stays so: later revisions do not fall behind it.
func TestDrop(t *testing.T) {
	t.Parallel()
	c := frame()
	before := c.At(95).Time
	c.Drop(100)
	if !c.Known() {
		t.Fatal("nothing is known any more")
	}
	for _, rev := range []int64{100, 105, 200} {
		if d := c.At(rev); d.Time.Before(before) || !d.Time.Equal(frame().At(rev).Time) {
			t.Errorf("revision %d: %v, want %v", rev, d.Time, frame().At(rev).Time)
		}
	}
	c.Add(Stamp{Revision: 300, Kind: Create, Second: at(-60_000)})
	if d := c.At(300); d.Time.Before(frame().At(200).Time) {
		t.Errorf("a late stamp turned the clock back to %v", d.Time)
	}
	c.Drop(1000)
	if d := c.At(1001); d.Time.Before(frame().At(200).Time) || !c.Known() {
		t.Errorf("after everything was dropped: %v", d.Time)
	}
}

// TestBefore: the newest revision that was made at a time or before.
func TestBefore(t *testing.T) {
	t.Parallel()
	c := frame()
	for _, x := range []struct {
		ms       int
		from, to int64
		want     int64
	}{{2000, 10, 200, 20}, {1999, 10, 200, 19}, {-1, 10, 200, 9}, {100_000, 10, 200, 200}, {2000, 50, 200, 49}, {2000, 10, 15, 15}} {
		if got := c.Before(at(x.ms), x.from, x.to); got != x.want {
			t.Errorf("%d ms in [%d, %d]: %d, want %d", x.ms, x.from, x.to, got, x.want)
		}
	}
}

// TestFewStamps: a clock is called wrong by several of its stamps, not by one or two.
func TestFewStamps(t *testing.T) {
	t.Parallel()
	for n, found := range map[int]int{1: 0, 2: 0, 3: 0, 12: 1} {
		c := New()
		for i := range 40 {
			c.Add(lease(int64(10*i), 2000*i+37*i%1000, 0, "good"))
			if i < n {
				c.Add(lease(int64(10*i+1), 2000*i+500+31*i%1000, 60_000, "bad"))
			}
		}
		if o := c.Offsets(); len(o) != found {
			t.Errorf("%d stamps: %+v", n, o)
		}
		if by := c.Fine("bad"); (by != 0) != (found > 0) || c.Fine("good") != 0 || c.Fine("nobody") != 0 {
			t.Errorf("%d stamps: ahead by %v", n, by)
		}
	}
}

// TestOrderOfAdding: stamps may come in any order.
func TestOrderOfAdding(t *testing.T) {
	t.Parallel()
	c := New()
	for i := 19; i >= 0; i-- {
		c.Add(lease(int64(10*i+10), 2000*i, 0, "a"))
	}
	for rev := int64(5); rev < 210; rev += 3 {
		if got, want := c.At(rev), frame().At(rev); got != want {
			t.Errorf("revision %d: %+v, want %+v", rev, got, want)
		}
	}
}

func TestKindString(t *testing.T) {
	t.Parallel()
	if s := fmt.Sprint(None, Lease, Event, Second, Create, Delete, Request, Bound); s != "interpolated lease eventName managedFields creationTimestamp deletionTimestamp auditLog notBefore" {
		t.Error(s)
	}
}
