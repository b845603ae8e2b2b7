package change

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/hostile"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// BenchmarkHostile describes the change of a hostile value, as log --changes and report do of each, and reads it as a
// neighbour, as log KEY does of all others. Each is reported as a multiple of a floor that is measured beside it: both
// versions of an object of 50,000 fields, as large as the value, read by encoding/json.
func BenchmarkHostile(b *testing.B) {
	const size = 1_400_000
	one, two := hostile.Values(size, "one"), hostile.Values(size, "two")
	for _, name := range slices.Sorted(maps.Keys(one)) {
		key := []byte(hostile.Key(name))
		before := &etcdsource.Event{Key: key, Value: one[name], Mod: 7, Version: 1, Type: etcdsource.Created}
		after := &etcdsource.Event{Key: key, Value: two[name], Mod: 8, Version: 2, Type: etcdsource.Updated}
		for _, way := range []struct {
			name string
			do   func(m *Memory)
		}{
			{"describe", func(m *Memory) { m.Describe(before, after) }},
			{"neighbour", func(m *Memory) { m.Neighbour(before, after) }},
		} {
			b.Run(name+"/"+way.name, func(b *testing.B) {
				var floor, ours time.Duration
				for b.Loop() {
					start := time.Now()
					for _, v := range [][]byte{one["fields"], two["fields"]} {
						var x any
						if err := json.Unmarshal(v, &x); err != nil {
							b.Fatal(err)
						}
					}
					floor += time.Since(start)
					m := NewMemory(decode.New(decode.Options{}), kinds.Builtin(), "/registry/", decode.View{}, MemoryBounds{Bytes: 1 << 24, Objects: 100})
					start = time.Now()
					way.do(m)
					ours += time.Since(start)
				}
				b.ReportMetric(float64(ours)/float64(floor), "x-floor")
			})
		}
	}
}
