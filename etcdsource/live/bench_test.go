package live

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// intake reads a stream once a frame, as a screen does, until a revision was reached. It returns the events, the gaps
// and the time from a put to the frame that shows it.
type intake struct {
	events, gaps int
	lags         []time.Duration
}

func (in *intake) take(b etcdsource.Batch) {
	in.events += len(b.Events)
	if !b.Lost.Empty() {
		in.gaps++
	}
	for i := range b.Events {
		if at, err := time.Parse(time.RFC3339Nano, strings.TrimRight(string(b.Events[i].Value), "x")); err == nil {
			in.lags = append(in.lags, time.Since(at))
		}
	}
}

func (in *intake) report(b *testing.B, took time.Duration) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	slices.Sort(in.lags)
	b.ReportMetric(float64(in.events)/took.Seconds(), "events/s")
	b.ReportMetric(float64(in.gaps), "gaps")
	b.ReportMetric(float64(m.HeapAlloc>>20), "heap-MiB")
	if n := len(in.lags); n > 0 {
		b.ReportMetric(float64(in.lags[n*99/100].Microseconds())/1000, "p99-ms")
	}
	b.ReportMetric(0, "ns/op")
	if in.gaps > 0 {
		b.Errorf("%d gaps", in.gaps)
	}
}

const frame = time.Second / 60

// BenchmarkIntakeLive takes 10,000 events of 1 KiB a second from a real etcd for two seconds; server and writer share
// the process. Target: 0 gaps. Floor: a bare watch of the same server takes 85,000/s on two quiet cores.
func BenchmarkIntakeLive(b *testing.B) {
	srv := newServer(b)
	src := srv.open()
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), srv.Put("/x")+1)
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	const perTxn, txns = 50, 400
	start := time.Now()
	go func() {
		pad := strings.Repeat("x", 1000)
		w := srv.Writer()
		for i := range txns {
			time.Sleep(time.Until(start.Add(time.Duration(i) * 2 * time.Second / txns)))
			ops := make([]clientv3.Op, perTxn)
			for j := range ops {
				ops[j] = clientv3.OpPut(fmt.Sprintf("/w/%d", i*perTxn%5000+j), time.Now().UTC().Format(time.RFC3339Nano)+pad)
			}
			if _, err := w.Txn(context.Background()).Then(ops...).Commit(); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	in := &intake{}
	for in.events < perTxn*txns && in.gaps == 0 {
		batch, err := st.Next(etcdtest.Within(b, 30*time.Second))
		if err != nil {
			b.Fatal(err)
		}
		in.take(batch)
		time.Sleep(frame)
	}
	in.report(b, time.Since(start))
}

// BenchmarkIntakeQueue takes 50,000 events of 1 KiB a second that a stream in the process puts in, for two seconds.
// Target: 0 gaps, heap at most 256 MiB.
func BenchmarkIntakeQueue(b *testing.B) {
	q := etcdsource.NewQueue(64 << 20)
	st := &stream{queue: q, s: &Source{}}
	const total, step = 100000, 100
	value := make([]byte, 1024)
	start := time.Now()
	go func() {
		for i := 0; i < total; i += step {
			time.Sleep(time.Until(start.Add(time.Duration(i) * 2 * time.Second / total)))
			batch := etcdsource.Batch{Revision: int64(i + step)}
			for j := range step {
				batch.Events = append(batch.Events, etcdsource.Event{Key: []byte("/w/key"), Value: value, Mod: int64(i + j + 1), Type: etcdsource.Updated})
			}
			q.Put(batch)
		}
	}()
	in := &intake{}
	for in.events < total && in.gaps == 0 {
		batch, err := st.Next(etcdtest.Within(b, 30*time.Second))
		if err != nil {
			b.Fatal(err)
		}
		in.take(batch)
		time.Sleep(frame)
	}
	in.report(b, time.Since(start))
}

// million adds a store of 1,000,000 keys to the benchmarks, which takes a minute to fill:
//
//	go test ./etcdsource/live -run - -bench Children -million
var million = flag.Bool("million", false, "measure with 1,000,000 keys too")

// BenchmarkChildren lists the first level of a store of 100,000 keys, and of 1,000,000. Floor: 68 streams given up after
// a chunk, 12 ms. Target: as many requests, however many keys there are.
func BenchmarkChildren(b *testing.B) {
	requests := map[string]int64{}
	for _, keys := range []int{100_000, 1_000_000} {
		if keys > 100_000 && !*million {
			continue
		}
		srv := newServer(b)
		srv.Put("/registry/namespaces/default")
		srv.fill(keys, func(i int) string { return fmt.Sprintf("/registry/kind-%02d/ns-%d/object-%06d", i%60, i/60%10, i) })
		for name, change := range map[string]func(*Config){"stream": func(*Config) {}, "probes": oldServer} {
			b.Run(fmt.Sprintf("%s/%d", name, keys), func(b *testing.B) {
				src := srv.open(change)
				n := int64(0)
				for b.Loop() {
					_, before := src.Requests()
					listFirst(b, src)
					_, after := src.Requests()
					n = after.Requests - before.Requests
				}
				b.ReportMetric(float64(n), "requests/op")
				if had, ok := requests[name]; ok && had != n {
					b.Errorf("%d requests for %d keys, %d for fewer", n, keys, had)
				}
				requests[name] = n
			})
		}
	}
}

// listFirst lists what lies directly below /registry/.
func listFirst(b *testing.B, src *Source) {
	b.Helper()
	seq, err := src.Children(context.Background(), etcdsource.Prefix("/registry/"), etcdsource.At{})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, err := range seq {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != 61 {
		b.Fatal(n)
	}
}
