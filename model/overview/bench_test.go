package overview

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/model/learn"
)

// BenchmarkFill opens a file, ETCDSCOPE_BENCH_FILE or that of the demo, and gathers names, counts, bytes and window as the
// screen does: the times of the window beside the rest. Target: at most 1.5 times as long as opening alone.
func BenchmarkFill(b *testing.B) {
	path := cmp.Or(os.Getenv("ETCDSCOPE_BENCH_FILE"), "../../etcdsource/demo/stories/pod/cut.db.zst")
	var opening, all []time.Duration
	for b.Loop() {
		begun := time.Now()
		src, err := snapfile.Open(b.Context(), path, snapfile.Options{NoSum: true})
		if err != nil {
			b.Fatal(err)
		}
		opening = append(opening, time.Since(begun))
		known, err := learn.From(context.Background(), src, learn.Options{})
		if err != nil {
			b.Fatal(err)
		}
		o, opt := &learn.Opened{Known: known, Source: src}, Options{Sizes: true, Undated: true}
		v, err := Identify(b.Context(), o, opt)
		if err != nil {
			b.Fatal(err)
		}
		dated, done := *v, make(chan error, 1)
		go func() { done <- dated.Date(b.Context(), o) }()
		err = errors.Join(v.Fill(b.Context(), o, opt), <-done)
		if err != nil || v.Keys == 0 || dated.Window.ToTime.IsZero() {
			b.Fatal(v, dated.Window, err)
		}
		all = append(all, time.Since(begun))
		src.Close()
	}
	median := func(list []time.Duration) float64 {
		slices.Sort(list)
		return list[len(list)/2].Seconds()
	}
	b.ReportMetric(median(opening)*1e3, "opening-ms")
	b.ReportMetric(median(all)/median(opening), "x-opening")
	b.ReportMetric(0, "ns/op")
}
