package snapfile

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// benchFile is a snapshot to measure with instead of a generated one:
//
//	go test ./etcdsource/snapfile -bench . -snapshot big.db
var benchFile = flag.String("snapshot", "", "snapshot file for the benchmarks")

// benchPath returns a snapshot of 30,000 keys with three records each, or what -snapshot names.
func benchPath(b *testing.B) string {
	b.Helper()
	if *benchFile != "" {
		path, err := filepath.Abs(*benchFile)
		if err != nil {
			b.Fatal(err)
		}
		return path
	}
	var ops []sourcetest.Op
	value := make([]byte, 700)
	for pass := range 3 {
		for i := range 300 {
			var op sourcetest.Op
			for j := range 100 {
				k := (i*100 + j) * 7919 % 30_000
				op = append(op, sourcetest.Write{Key: fmt.Appendf(nil, "/registry/kind-%d/namespace-%03d/some-object-name-%06x", k%12, k%97, k*2654435761%(1<<24)), Value: value[:300+pass*200]})
			}
			ops = append(ops, op)
		}
	}
	return sourcetest.WriteSnapshot(b, ops)
}

// floor is the least that any reader does: a cursor over all records that reads their keys and keeps nothing.
func floor(b *testing.B, path string) (records int) {
	b.Helper()
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("key")).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			records += min(1, len(recordKey(v)))
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	return records
}

// BenchmarkOpen opens a file, checksum and sorted index included, in turn with the floor: x-floor is how many times as
// long it takes.
func BenchmarkOpen(b *testing.B) {
	path := benchPath(b)
	floor(b, path)
	var ours, least time.Duration
	var s *Source
	for b.Loop() {
		start := time.Now()
		n := floor(b, path)
		least += time.Since(start)
		start = time.Now()
		var err error
		if s, err = Open(b.Context(), path, Options{}); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		if s.idx.Records() != n {
			b.Fatalf("%d records, the floor saw %d", s.idx.Records(), n)
		}
		b.ReportMetric(float64(s.idx.Bytes())/float64(s.idx.Keys()), "B/key")
		s.Close()
	}
	b.ReportMetric(float64(ours)/float64(least), "x-floor")
	b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "open-ms")
}

func opened(b *testing.B) (*Source, etcdsource.Info) {
	b.Helper()
	s, err := Open(b.Context(), benchPath(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	info, _ := s.Describe(b.Context())
	return s, info
}

// BenchmarkFirstLevel lists the folders below /registry/ with their counts, now and half way back.
func BenchmarkFirstLevel(b *testing.B) {
	s, info := opened(b)
	for name, rev := range map[string]int64{"now": 0, "half": info.Revision / 2} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				seq, err := s.Children(b.Context(), etcdsource.Prefix("/registry/"), etcdsource.At{Revision: rev})
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range seq {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkOneKey reads all versions of one key.
func BenchmarkOneKey(b *testing.B) {
	s, info := opened(b)
	var key []byte
	n := int64(0)
	for k := range s.idx.Live(etcdsource.Prefix(""), info.Revision) {
		if key, n = k, n+1; n == info.Keys/2 {
			break
		}
	}
	key = append([]byte(nil), key...)
	b.ReportAllocs()
	for b.Loop() {
		list, _, err := s.Versions(b.Context(), key, 0, 1000)
		if err != nil || len(list) == 0 {
			b.Fatal(len(list), err)
		}
	}
}

// BenchmarkWatchAll streams every change of the file.
func BenchmarkWatchAll(b *testing.B) {
	s, _ := opened(b)
	for b.Loop() {
		st, err := s.Watch(b.Context(), etcdsource.Prefix(""), 1)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			batch, err := st.Next(b.Context())
			if err != nil {
				break
			}
			n += len(batch.Events)
		}
		if n != s.idx.Records() {
			b.Fatalf("%d of %d", n, s.idx.Records())
		}
	}
	b.ReportMetric(float64(s.idx.Records())*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkMeasure measures an opened file, in turn with the floor: x-floor is how many times as long it takes, x-cpu how many
// times as much of a processor.
func BenchmarkMeasure(b *testing.B) {
	path := benchPath(b)
	s, _ := opened(b)
	var ours, least, ourCPU, leastCPU time.Duration
	for b.Loop() {
		start, cpu := time.Now(), cpuTime(b)
		n := floor(b, path)
		least, leastCPU = least+time.Since(start), leastCPU+cpuTime(b)-cpu
		start, cpu = time.Now(), cpuTime(b)
		var seen, bytes [etcdsource.MeasureWorkers]int
		_, err := s.Measure(b.Context(), etcdsource.MeasureOptions{Visit: func(w int, r *etcdsource.Record) {
			seen[w]++
			bytes[w] += len(r.Value)
		}})
		ours, ourCPU = ours+time.Since(start), ourCPU+cpuTime(b)-cpu
		if err != nil || seen[0]+seen[1] != n {
			b.Fatal(seen, n, err)
		}
	}
	b.ReportMetric(float64(ours)/float64(least), "x-floor")
	b.ReportMetric(float64(ourCPU)/float64(leastCPU), "x-cpu")
	b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "measure-ms")
}

// cpuTime is how much of a processor this process has had.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
