package grep

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// BenchmarkSearch searches a word that is in no value of a store of 50,000; the floor looks for it in the same values on two
// cores, all of them in memory. Where capitals and small letters are the same, it looks for the small ones only.
func BenchmarkSearch(b *testing.B) {
	some := cluster(b)
	var list []stored
	var values [][]byte
	total := 0
	for i := range 50_000 {
		s := some[rand.IntN(len(some))]
		s.Key = fmt.Sprintf("%s-%d", s.Key, i)
		list, values = append(list, s), append(values, s.Value)
		total += len(s.Value)
	}
	src := open(b, list)
	for _, q := range []Query{{Text: "needle-in-none"}, {Text: "NEEDLE-in-none", IgnoreCase: true}, {Text: "needle-[0-9]+-none", Regexp: true}} {
		for _, history := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/history=%t", q.Text, history), func(b *testing.B) {
				s := &Search{Source: src, Decoder: decode.New(decode.Options{}), Pattern: compile(b, q)}
				var floor, ours time.Duration
				text := []byte(q.Text)
				if q.IgnoreCase {
					text = bytes.ToLower(text)
				}
				for b.Loop() {
					start := time.Now()
					scan(values, text)
					floor += time.Since(start)
					start = time.Now()
					var err error
					if history {
						_, err = s.History(b.Context(), etcdsource.Prefix(""), 1<<40, nil, func(*Match) error { return nil })
					} else {
						_, err = s.Now(b.Context(), etcdsource.Prefix(""), 0, func(*Match) error { return nil })
					}
					if err != nil {
						b.Fatal(err)
					}
					ours += time.Since(start)
				}
				b.SetBytes(int64(total))
				b.ReportMetric(float64(ours)/float64(floor), "x-floor")
			})
		}
	}
}

func scan(values [][]byte, want []byte) int {
	var n [2]int
	var wg sync.WaitGroup
	for core := range n {
		wg.Go(func() {
			for i := core; i < len(values); i += len(n) {
				if bytes.Contains(values[i], want) {
					n[core]++
				}
			}
		})
	}
	wg.Wait()
	return n[0] + n[1]
}
