package clock

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTrack compares a track with all samples of each clock joined and measured again and again.
func TestTrack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tr track
		var m meter
		old, now := samples{}, samples{}
		tail := func(list []span, n int) []span { return slices.Clone(list[max(len(list)-n, 0):]) }
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "drop") == 0 {
				if !tr.taken {
					old = samples{}
				}
				tr.remember()
				for s, list := range now {
					old[s] = tail(list, maxSamples)
				}
				now = samples{}
			} else {
				found := draw(t)
				now = samples{}
				for s, list := range found {
					now[s] = tail(append(slices.Clone(old[s]), list...), 4*maxSamples)
				}
				tr.take(found)
			}
			want := map[string]Offset{}
			for _, s := range trackClocks {
				list, ok := now[s]
				if !ok {
					list = old[s]
				}
				if !slices.Equal(list, tr.of(s)) {
					t.Fatalf("%s: %v, want %v", s, tr.of(s), list)
				}
				if o := m.offset(s, list); o.By != 0 {
					want[s] = o
				}
			}
			if got := tr.offsets(&m); !maps.Equal(got, want) {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

var trackClocks = []string{"a", "b", "c", "d"}

// draw returns samples of some clocks.
func draw(t *rapid.T) samples {
	found := samples{}
	for range rapid.IntRange(0, 3).Draw(t, "clocks") {
		s := rapid.SampledFrom(trackClocks).Draw(t, "clock")
		by := rapid.SampledFrom([]int64{0, 0, 5 * second}).Draw(t, "by")
		for i := range rapid.SampledFrom([]int64{0, 1, 3, 5, 70, 300}).Draw(t, "samples") {
			found.add(s, by-second/2-i, by+second/2+i)
		}
	}
	return found
}

// BenchmarkManyClocks dates the revisions of few and of many machines, of which few write at a time: both take the same time.
func BenchmarkManyClocks(b *testing.B) {
	for _, clocks := range []int{10, 10_000} {
		b.Run(fmt.Sprint(clocks), func(b *testing.B) {
			names := make([]string, clocks)
			for i := range names {
				names[i] = fmt.Sprint("node-", i)
			}
			c, n := New(), 0
			pass := func() {
				for range 512 {
					c.Add(lease(int64(n), 100*n, 0, names[n/50%clocks]))
					n++
				}
				c.At(int64(n - 256))
				c.Drop(int64(n - 256))
			}
			for n < 50*clocks {
				pass()
			}
			b.ReportAllocs()
			for b.Loop() {
				pass()
			}
		})
	}
}
