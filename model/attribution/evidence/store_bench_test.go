package evidence

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkCollect collects garbage beside few and many objects that are remembered, and says what each of them costs a
// collection, and how much memory it takes with its uid of 36 bytes and its key of 60.
func BenchmarkCollect(b *testing.B) {
	for _, n := range []int{10_000, 300_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			held := func() (m runtime.MemStats) {
				runtime.GC()
				runtime.ReadMemStats(&m)
				return m
			}
			collect := func() time.Duration {
				begun := time.Now()
				for range 5 {
					runtime.GC()
				}
				return time.Since(begun) / 5
			}
			before, empty := held(), collect()
			s := newStore()
			for i := range n {
				name := fmt.Sprintf("web-7d4b9c6f5d-%08d", i)
				o := s.add(fmt.Sprintf("9f3c1c52-6a0e-4a57-9d0b-%012d", i), "/registry/pods/namespace-of-a-team-0/"+name, name)
				s.insert(&s.keys, o, (*Object).Key)
			}
			var took time.Duration
			for b.Loop() {
				took += collect() - empty
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/float64(n), "ns/object")
			b.ReportMetric(float64(held().HeapAlloc-before.HeapAlloc)/float64(n), "bytes/object")
			b.ReportMetric(0, "ns/op")
			runtime.KeepAlive(&s)
		})
	}
}
