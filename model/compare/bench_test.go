package compare

import (
	"cmp"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// BenchmarkFiles compares a file with itself, opened twice, as two files are compared: key by key, with their values. The floor, in
// turn with it, is to read the keys and values of both, one file after the other. The target is 1.0 times that at a million keys.
// ETCDSCOPE_BENCH_FILE names the file.
func BenchmarkFiles(b *testing.B) {
	path := cmp.Or(os.Getenv("ETCDSCOPE_BENCH_FILE"), "../../etcdsource/demo/stories/pod/cut.db.zst")
	var files [2]etcdsource.Source
	for i := range files {
		src, err := snapfile.Open(b.Context(), path, snapfile.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer src.Close()
		files[i] = src
	}
	span := etcdsource.Prefix("")
	span.Values = true
	var least, took []time.Duration
	keys := int64(0)
	for b.Loop() {
		begun := time.Now()
		for _, src := range files {
			if err := etcdsource.Each(b.Context(), src, span, 0, func(etcdsource.Entry) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		least = append(least, time.Since(begun))
		begun = time.Now()
		var err error
		keys, err = Each(b.Context(), Side{Source: files[0]}, Side{Source: files[1]}, etcdsource.Prefix(""), func(d *Difference) error {
			b.Errorf("%s differs from itself", d.Key)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	median := func(list []time.Duration) float64 { slices.Sort(list); return float64(list[len(list)/2]) }
	b.ReportMetric(median(took)/float64(keys), "ns/key")
	b.ReportMetric(median(took)/median(least), "x-floor")
	b.ReportMetric(0, "ns/op")
}
