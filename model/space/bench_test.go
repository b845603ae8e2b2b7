package space

import (
	"errors"
	"flag"
	"fmt"
	"syscall"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// benchFile is a snapshot to measure with instead of a generated one:
//
//	go test ./model/space -run '^$' -bench . -snapshot big.db
var benchFile = flag.String("snapshot", "", "snapshot file for the benchmarks")

// floor is the least that any reader does: a cursor over all records that looks at their values' first byte and keeps nothing.
func floor(b *testing.B, path string) (records int) {
	b.Helper()
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("key")).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			records += int(v[0]) / 10
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	return records
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMeasure surveys an opened file in the ways in which it is asked for, each in turn with the floor: x-floor is how many
// times as long it takes, x-cpu how many times as much of a processor.
func BenchmarkMeasure(b *testing.B) {
	path := *benchFile
	if path == "" {
		var ops []sourcetest.Op
		for i := range 600 {
			var op sourcetest.Op
			for j := range 100 {
				k := (i*100 + j) * 7919 % 30_000
				op = append(op, sourcetest.Write{Key: fmt.Appendf(nil, "/registry/pods/namespace-%03d/some-object-name-%06x", k%97, k), Value: make([]byte, 700)})
			}
			ops = append(ops, op)
		}
		path = sourcetest.WriteSnapshot(b, ops)
	}
	src, err := snapfile.Open(b.Context(), path, snapfile.Options{Wait: true}) // nothing else is under way
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(b.Context(), src, learn.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := new(Survey).Measure(b.Context(), Options{Source: src, Known: known}); err != nil { // the index is made now
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    Options
	}{
		{"resource", Options{}},
		{"always shown", Options{Keys: 5, KeyOrder: OrderVersions}}, // by resource and namespace, and the busiest keys
		{"key", Options{Keys: 500, KeyOrder: OrderSize}},
		{"field", Options{Fields: true}},
	} {
		o := c.o
		o.Source, o.Known = etcdsource.Source(src), known
		b.Run(c.name, func(b *testing.B) {
			var ours, least, ourCPU, leastCPU time.Duration
			for b.Loop() {
				start, cpu := time.Now(), cpuTime(b)
				floor(b, path)
				least, leastCPU = least+time.Since(start), leastCPU+cpuTime(b)-cpu
				start, cpu = time.Now(), cpuTime(b)
				var s Survey
				if err := s.Measure(b.Context(), o); err != nil {
					b.Fatal(err)
				}
				ours, ourCPU = ours+time.Since(start), ourCPU+cpuTime(b)-cpu
			}
			b.ReportMetric(float64(ours)/float64(least), "x-floor")
			b.ReportMetric(float64(ourCPU)/float64(leastCPU), "x-cpu")
			b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "measure-ms")
			b.ReportMetric(float64(least.Microseconds())/1000/float64(b.N), "floor-ms")
			b.ReportMetric(float64(ourCPU.Microseconds())/1000/float64(b.N), "measure-cpu-ms")
			b.ReportMetric(float64(leastCPU.Microseconds())/1000/float64(b.N), "floor-cpu-ms")
		})
	}
}
