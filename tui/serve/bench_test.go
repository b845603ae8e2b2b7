package serve_test

import (
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/tui/serve"
)

// BenchmarkFirstByte lists 100,000 objects over HTTPS. The first byte should come below 100 ms, and in a few times of what one
// object takes in the same run: it must not depend on how many follow. grown-MB is by how much the heap grew meanwhile, at most.
func BenchmarkFirstByte(b *testing.B) {
	c := startWith(b, 100_000, func(*serve.Server) {})
	r, err := http.NewRequestWithContext(b.Context(), "GET", c.url+"/api/v1/pods", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept-Encoding", "identity")
	c.do(b, "/api/v1/namespaces/demo/pods/p00007", nil)
	var first, whole, one, worst time.Duration
	var grown int64
	for b.Loop() {
		begun := time.Now()
		c.do(b, "/api/v1/namespaces/demo/pods/p00007", nil)
		one += time.Since(begun)
		before := int64(heap())
		watched, peak := watchHeap()
		begun = time.Now()
		resp, err := c.http.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begun)
		first, worst = first+took, max(worst, took)
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < 30<<20 {
			b.Fatal(n, err)
		}
		whole += time.Since(begun)
		resp.Body.Close()
		close(watched)
		grown = max(grown, peak.Load()-before)
	}
	b.ReportMetric(float64(first.Microseconds())/float64(b.N)/1000, "first-ms")
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-first-ms")
	b.ReportMetric(float64(first)/float64(one), "times-one-object")
	b.ReportMetric(float64(first)/float64(whole), "of-whole-list")
	b.ReportMetric(float64(grown)/1e6, "grown-MB")
}

// watchHeap notes the largest heap until end is closed, in bytes.
func watchHeap() (end chan struct{}, peak *atomic.Int64) {
	end, peak = make(chan struct{}), &atomic.Int64{}
	go func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), int64(m.HeapAlloc)))
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return end, peak
}
