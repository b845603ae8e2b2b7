package find

import (
	"bytes"
	"cmp"
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const many = 1_000_000

// keyFile is a list of keys, one a line, in order, to be measured instead of keys that are made up.
var keyFile = flag.String("keys", "", "file with the keys for the typing benchmark, one a line")

// BenchmarkTyping types words letter by letter into a filter over a million keys. The floor is a scan for the word on
// two cores. Targets: the first letter at most 1.5 times that, the first hits of each that follows within 4 ms (95 %).
func BenchmarkTyping(b *testing.B) {
	list := cluster(many)
	if *keyFile != "" {
		text, err := os.ReadFile(*keyFile)
		if err != nil {
			b.Fatal(err)
		}
		list = strings.Fields(string(text))
	}
	k := keysOf(list)
	for _, word := range []string{"web-7d4b", "core-auth", "pods/kube-system", "ns-04", "^secrets/ token", "events !core", "s/c"} {
		b.Run(word, func(b *testing.B) {
			var first, floor, most time.Duration
			var next, seen []time.Duration
			for b.Loop() {
				var h *Hits
				for i := range len(word) {
					start, shown := time.Now(), time.Duration(0)
					h = SearchSoon(b.Context(), k, Parse(word[:i+1]), h, func(*Hits) { shown = time.Since(start) })
					took := time.Since(start)
					if i == 0 {
						first += took
						continue
					}
					next, seen = append(next, took), append(seen, cmp.Or(shown, took))
					most = max(most, took)
				}
				start := time.Now()
				scanOnTwoCores(k, []byte(strings.Trim(word[:1], "^!")))
				floor += time.Since(start)
			}
			slices.Sort(next)
			slices.Sort(seen)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(first)/float64(b.N), "first-ms")
			b.ReportMetric(ms(floor)/float64(b.N), "scan-ms")
			b.ReportMetric(ms(next[len(next)/2]), "next-p50-ms")
			b.ReportMetric(ms(next[len(next)*95/100]), "next-p95-ms")
			b.ReportMetric(ms(seen[len(seen)*95/100]), "next-seen-p95-ms")
			b.ReportMetric(ms(most), "next-max-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkFirstKey is the first keystroke over a million keys; the floor is a scan of the same keys on two cores.
func BenchmarkFirstKey(b *testing.B) {
	k := keysOf(cluster(many))
	for _, query := range []string{"web-7d4b9c", "ns-042", "pods", "e", "^pods/"} {
		q := Parse(query)
		b.Run("ours/"+query, func(b *testing.B) {
			for b.Loop() {
				Search(b.Context(), k, q, nil)
			}
		})
		b.Run("floor/"+query, func(b *testing.B) {
			want := bytes.TrimPrefix([]byte(query), []byte("^"))
			for b.Loop() {
				scanOnTwoCores(k, want)
			}
		})
	}
}

// scanOnTwoCores looks for a word in each key.
func scanOnTwoCores(k *Keys, want []byte) int {
	var found [2]int
	var wg sync.WaitGroup
	for core := range 2 {
		wg.Go(func() {
			n := 0
			for ci := core; ci < len(k.chunks); ci += 2 {
				c := k.chunks[ci]
				for i := range c.len() {
					if bytes.Contains(c.key(i), want) {
						n++
					}
				}
			}
			found[core] = n
		})
	}
	wg.Wait()
	return found[0] + found[1]
}

// BenchmarkNarrow types one more letter.
func BenchmarkNarrow(b *testing.B) {
	k := keysOf(cluster(many))
	for _, c := range [][2]string{{"web-7", "web-7d"}, {"ns-0", "ns-04"}, {"po", "pod"}, {"pods", "pods/ns-04"}, {"w", "we"}} {
		before := Search(b.Context(), k, Parse(c[0]), nil)
		q := Parse(c[1])
		b.Run(c[0]+"→"+c[1], func(b *testing.B) {
			for b.Loop() {
				Search(b.Context(), k, q, before)
			}
			b.ReportMetric(float64(before.Len()), "before")
		})
	}
}

// BenchmarkRow is what a row of the result costs.
func BenchmarkRow(b *testing.B) {
	k := keysOf(cluster(many))
	h := Search(b.Context(), k, Parse("9"), nil)
	for i := 0; b.Loop(); i++ {
		if h.Key(i*7919%h.Len()) == "" {
			b.Fatal("no key")
		}
	}
}

// BenchmarkBuild is what a key costs on its way into the list.
func BenchmarkBuild(b *testing.B) {
	list := cluster(many)
	raw := make([][]byte, len(list))
	for i := range list {
		raw[i] = []byte(list[i])
	}
	for b.Loop() {
		x := NewBuilder(root)
		for _, k := range raw {
			x.Add(k)
		}
		if x.Keys().Len() != many {
			b.Fatal("keys are missing")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/many, "ns/key")
}
