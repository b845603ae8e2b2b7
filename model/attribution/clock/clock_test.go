package clock

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

func lease(rev int64, ms, ahead int, source string) Stamp {
	return Stamp{Revision: rev, Kind: Lease, Fine: at(ms + ahead), Second: at(ms).Truncate(time.Second), Source: source}
}

func TestBetweenLeases(t *testing.T) {
	c := New()
	c.Add(lease(10, 1500, 0, "a"))
	c.Add(lease(20, 3500, 0, "a"))
	c.Add(Stamp{Revision: 16, Kind: Second, Second: at(2000)})
	for _, x := range []struct {
		rev  int64
		ms   int
		from Kind
	}{{10, 1500, Lease}, {15, 2500, None}, {16, 2700, Second}, {20, 3500, Lease}, {25, 3500, Bound}} {
		d := c.At(x.rev)
		if !d.Time.Equal(at(x.ms)) || d.From != x.from || d.Lo.After(d.Time) || !d.Hi.IsZero() && d.Hi.Before(d.Time) {
			t.Errorf("%d: %v %v [%v, %v], want %v %v", x.rev, d.Time, d.From, d.Lo, d.Hi, at(x.ms), x.from)
		}
	}
	if r := c.Before(at(2600), 10, 20); r != 15 {
		t.Errorf("the newest revision before 2.6 s is %d", r)
	}
	if d := New().At(5); !d.Time.IsZero() {
		t.Errorf("a clock without stamps says %v", d)
	}
}

// TestWildStamps: one planted object, and one lease that anybody made, bend nothing.
func TestWildStamps(t *testing.T) {
	c := New()
	for i := range 20 {
		c.Add(lease(int64(10*i), 2000*i, 0, "a"))
	}
	for _, y := range []int{-30, 30} {
		c.Add(Stamp{Revision: 55, Kind: Create, Second: noon.AddDate(y, 0, 0)})
		c.Add(Stamp{Revision: 75, Kind: Lease, Fine: noon.AddDate(y, 0, 0), Source: "planted"})
	}
	for rev, ms := range map[int64]int{50: 10000, 55: 11000, 75: 15000, 180: 36000} {
		if d := c.At(rev); !d.Time.Equal(at(ms)) {
			t.Errorf("%d: %v, want %v", rev, d.Time, at(ms))
		}
	}
}

// TestBeyondNanoseconds: times that no int64 of nanoseconds holds date nothing, and are asked for without harm.
func TestBeyondNanoseconds(t *testing.T) {
	c := New()
	for i, year := range []int{9999, 1600, 2263, 1} {
		c.Add(Stamp{Revision: int64(i + 1), Kind: Create, Second: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)})
		c.Add(Stamp{Revision: int64(i + 1), Kind: Lease, Fine: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	if d := c.At(2); !d.Time.IsZero() || c.Known() {
		t.Errorf("dated %v", d)
	}
	c.Add(lease(10, 0, 0, "a"))
	c.Add(lease(20, 1000, 0, "a"))
	for year, want := range map[int]int64{9999: 30, 1600: 9} {
		if r := c.Before(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), 10, 30); r != want {
			t.Errorf("the newest revision of the year %d is %d, want %d", year, r, want)
		}
	}
}

// TestOffset: a clock that is wrong is measured by the API server's seconds, and taken off.
func TestOffset(t *testing.T) {
	for _, ahead := range []int{4200, -7300} {
		c := New()
		for i := range 30 {
			c.Add(lease(int64(2*i), 2000*i+37*i%1000, 0, "good"))
			c.Add(lease(int64(2*i+1), 2000*i+950+31*i%1000, ahead, "bad"))
		}
		o := c.Offsets()
		if len(o) != 1 || o[0].Source != "bad" || (o[0].By-time.Duration(ahead)*time.Millisecond).Abs() > 200*time.Millisecond {
			t.Errorf("ahead by %d ms: %+v", ahead, o)
		}
		if d := c.At(21); d.Time.Sub(at(2000*10+950+310)).Abs() > 250*time.Millisecond {
			t.Errorf("a revision of the bad clock is dated %v", d.Time)
		}
	}
}

// TestMonotone: whatever is added, later revisions are not earlier, bounds hold, and dropping keeps that so.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New()
		for range rapid.IntRange(1, 60).Draw(t, "stamps") {
			ms := rapid.IntRange(-5000, 60000).Draw(t, "ms")
			s := Stamp{Revision: rapid.Int64Range(1, 50).Draw(t, "rev"), Kind: Kind(rapid.IntRange(1, 6).Draw(t, "kind"))}
			switch rapid.IntRange(0, 4).Draw(t, "of") {
			case 0:
				s.Kept = true
			case 1:
				s.Kept, s.Open = true, true
			case 2:
				s.Kept, s.Gone = true, true
			}
			if s.Kind <= Event {
				s.Fine, s.Source = at(ms), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source")
			}
			if s.Kind == Request {
				s.From, s.To = at(ms), at(ms+rapid.IntRange(0, 2000).Draw(t, "served"))
			}
			if s.Kind > Event || rapid.Bool().Draw(t, "both") {
				s.Second = at(ms + rapid.IntRange(-3000, 3000).Draw(t, "skew")).Truncate(time.Second)
			}
			c.Add(s)
		}
		var last time.Time
		drop := rapid.Int64Range(1, 50).Draw(t, "drop")
		for rev := int64(0); rev <= 52; rev++ {
			if rev == drop {
				c.Drop(rev)
			}
			d := c.At(rev)
			if d.Time.Before(last) {
				t.Fatalf("revision %d at %v, the one before at %v", rev, d.Time, last)
			}
			if !d.Time.IsZero() && (d.Lo.After(d.Time) || !d.Hi.IsZero() && d.Hi.Before(d.Time)) {
				t.Fatalf("revision %d: %v is not in [%v, %v]", rev, d.Time, d.Lo, d.Hi)
			}
			last = d.Time
		}
	})
}

func BenchmarkClock(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c := New()
		for i := range 2048 {
			c.Add(lease(int64(i), 100*i, 0, "a"))
		}
		c.At(1000)
		c.Drop(1024)
	}
}

// TestServersDisagree: of two API servers the one whose seconds most writers have is believed.
func TestServersDisagree(t *testing.T) {
	for _, off := range []string{"kube-scheduler", "cp (kube-controller-manager)", ""} {
		c := New()
		for i := range 60 {
			for k, w := range []string{"kube-scheduler", "cp (kube-controller-manager)", "", "n1", "n2"} {
				ms := 997*i + 150*k
				s := Stamp{Revision: int64(5*i + k), Kind: Second, Second: at(ms).Truncate(time.Second), Writer: w}
				if w == off {
					s.Second = s.Second.Add(5 * time.Second)
				}
				c.Add(s)
			}
		}
		o := c.Offsets()
		if len(o) != 1 || !o[0].Server || (o[0].By-5*time.Second).Abs() > 500*time.Millisecond {
			t.Errorf("%q is off: %+v", off, o)
		}
		if d := c.At(152); d.Time.Sub(at(997*30+300)).Abs() > time.Second {
			t.Errorf("%q is off: dated %v", off, d.Time.Sub(noon))
		}
	}
}

// TestRequests: the request of an audit log dates its own write, whatever other clocks say, and bounds those around it.
func TestRequests(t *testing.T) {
	c := New()
	c.Add(lease(10, 1000, 0, "a"))
	c.Add(Stamp{Revision: 11, Kind: Event, Fine: at(1450), Source: "ahead"}) // by 50 ms
	c.Add(Stamp{Revision: 12, Kind: Request, From: at(1396), To: at(1400)})
	c.Add(Stamp{Revision: 12, Kind: Second, Second: at(1000)})
	c.Add(lease(20, 3000, 0, "a"))
	for rev, ms := range map[int64][2]int{11: {1000, 1400}, 12: {1396, 1400}, 13: {1396, 3000}} {
		if d := c.At(rev); d.Time.Before(at(ms[0])) || d.Time.After(at(ms[1])) {
			t.Errorf("%d: %v", rev, d.Time)
		}
	}
	if d := c.At(12); d.From != Request {
		t.Errorf("dated by %v", d.From)
	}
	c.Add(Stamp{Revision: 13, Kind: Request, From: at(2000), To: at(1999)})
	if d := c.At(13); d.From == Request {
		t.Error("a request that was answered before it came counts")
	}
}
