//go:build bench

package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

var (
	historyKeys = flag.Int("history-keys", 100_000, "keys of a store")
	historyDays = flag.Int("history-days", 30, "daily snapshots")
	historyDir  = flag.String("history-dir", "", "folder where the snapshots are left, and found again")
)

// month is a store of which a snapshot was saved each day.
type month struct {
	b    *testing.B
	db   *bbolt.DB
	rev  int64
	last []int64 // by key, the revision of its record
	made []int64 // and that of its first
	n    []int64 // and its version
}

func revisionKey(rev int64) []byte {
	return binary.BigEndian.AppendUint64(append(binary.BigEndian.AppendUint64(nil, uint64(rev)), '_'), 0)
}

// write writes keys again, and compacts what they held before.
func (m *month) write(keys []int) {
	value := bytes.Repeat([]byte("x"), 2000)
	for len(keys) > 0 {
		some := keys[:min(len(keys), 10_000)]
		keys = keys[len(some):]
		err := m.db.Update(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket([]byte("key"))
			bucket.FillPercent = 0.9
			for _, k := range some {
				m.rev++
				if m.n[k]++; m.n[k] == 1 {
					m.made[k] = m.rev
				} else if err := bucket.Delete(revisionKey(m.last[k])); err != nil {
					return err
				}
				m.last[k] = m.rev
				binary.BigEndian.PutUint64(value, uint64(m.rev))
				key := fmt.Sprintf("/registry/configmaps/ns-%03d/object-%06d", k%100, k)
				if k == systemKey {
					key = "/registry/namespaces/kube-system"
				}
				kv, err := proto.Marshal(&mvccpb.KeyValue{Key: []byte(key), Value: value, CreateRevision: m.made[k], ModRevision: m.rev, Version: m.n[k]})
				if err != nil {
					return err
				}
				if err := bucket.Put(revisionKey(m.rev), kv); err != nil {
					return err
				}
			}
			meta := tx.Bucket([]byte("meta"))
			return errors.Join(meta.Put([]byte("scheduledCompactRev"), revisionKey(m.rev)), meta.Put([]byte("finishedCompactRev"), revisionKey(m.rev)))
		})
		if err != nil {
			m.b.Fatal(err)
		}
	}
}

// save writes a snapshot.
func (m *month) save(path string) {
	f, err := os.Create(path)
	if err != nil {
		m.b.Fatal(err)
	}
	sum := sha256.New()
	err = m.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(io.MultiWriter(f, sum))
		return err
	})
	if err == nil {
		_, err = f.Write(sum.Sum(nil))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		m.b.Fatal(err)
	}
}

// Keys of a month: kube-system is written once, at first, as in a cluster; one is written each day, at any time of it, one on the
// tenth day only, and the others on one day in five.
const (
	systemKey = 0
	dailyKey  = 7
	rareKey   = 11
)

// ofDay are the keys that are written on a day, in order.
func ofDay(r *rand.Rand, n, day int) (keys []int) {
	for _, k := range r.Perm(n)[:n/5] {
		if k != systemKey && k != dailyKey && k != rareKey {
			keys = append(keys, k)
		}
	}
	keys = slices.Insert(keys, r.IntN(len(keys)), dailyKey)
	if day == 10 {
		keys = slices.Insert(keys, r.IntN(len(keys)), rareKey)
	}
	return keys
}

// monthly returns a folder of daily snapshots, each after a fifth of the keys was written.
func monthly(b *testing.B) string {
	b.Helper()
	dir := *historyDir
	if dir == "" {
		dir = b.TempDir()
	}
	n := *historyKeys
	path := func(day int) string { return filepath.Join(dir, fmt.Sprintf("day-%02d.db", day)) }
	if _, err := os.Stat(path(*historyDays - 1)); err != nil {
		db, err := bbolt.Open(filepath.Join(b.TempDir(), "db"), 0o600, &bbolt.Options{NoSync: true})
		if err == nil {
			err = db.Update(func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("key"))
				_, more := tx.CreateBucket([]byte("meta"))
				return errors.Join(err, more)
			})
		}
		if err != nil {
			b.Fatal(err)
		}
		m := &month{b: b, db: db, rev: 1, last: make([]int64, n), made: make([]int64, n), n: make([]int64, n)}
		r := rand.New(rand.NewPCG(1, 1))
		m.write([]int{systemKey})
		m.write(slices.DeleteFunc(r.Perm(n), func(k int) bool { return k == systemKey }))
		for day := range *historyDays {
			m.write(ofDay(r, n, day))
			m.save(path(day))
		}
		db.Close()
	}
	for day := range *historyDays {
		at := time.Date(2026, 3, day+1, 3, 0, 0, 0, time.UTC)
		if err := os.Chtimes(path(day), at, at); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// walked is the floor: a cursor over the keys of all records of a snapshot.
func walked(b *testing.B, path string) (n int) {
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("key")).ForEach(func(_, v []byte) error {
			n += int(v[0]) // the key's field
			return nil
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	return n
}

// openedBoth opens the oldest and the newest snapshot of a folder.
func openedBoth(b *testing.B, dir string) {
	b.Helper()
	for _, day := range []int{0, *historyDays - 1} {
		src, err := archive.Open(b.Context(), filepath.Join(dir, fmt.Sprintf("day-%02d.db", day)), snapfile.Options{})
		if err == nil {
			_, err = src.Describe(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
		src.Close()
	}
}

// BenchmarkHistory opens a month of daily snapshots as one timeline: it lists a folder that was not seen before, and reads the
// history of one key in it that is written each day. x-open is how many times as long that takes as opening the newest and the
// oldest one, x-floor as a cursor over their records does, and x-whole how many times as long opening each as a whole takes as it
// does. rare-x-open is x-open of a key that is written once in the month, none-x-open that of one that is never written.
//
// cold-x-open is how many times as many bytes it reads from the disk as opening these two, where no page of a file is in memory, and
// none-cold-x-open that of a key that is never written.
//
//	go test -tags bench ./etcdsource/backup -run - -bench History -benchtime 5x -history-dir /var/tmp/month
func BenchmarkHistory(b *testing.B) {
	dir := monthly(b)
	key := func(n int) []byte { return fmt.Appendf(nil, "/registry/configmaps/ns-%03d/object-%06d", n%100, n) }
	timed := func(f func()) time.Duration {
		start := time.Now()
		f()
		return time.Since(start)
	}
	count := func(want int, got []etcdsource.BackupChange, err error) {
		b.Helper()
		if err != nil || len(got) != want {
			b.Fatal(len(got), err)
		}
	}
	skipped := func(path, why string) { b.Error(path, why) }
	shelf := &Shelf{UID: func(value []byte) string { return fmt.Sprintf("%x", value[:8]) }}
	history := func(key []byte, want int) time.Duration {
		return timed(func() {
			got, err := shelf.History(b.Context(), dir, key, etcdsource.HistoryOptions{Back: 31 * 24 * time.Hour, Skipped: skipped})
			count(want, got, err)
		})
	}
	var ours, rare, none, cpu, least, both, whole time.Duration
	for b.Loop() {
		least += timed(func() {
			if walked(b, filepath.Join(dir, "day-00.db"))+walked(b, filepath.Join(dir, fmt.Sprintf("day-%02d.db", *historyDays-1))) == 0 {
				b.Fatal("nothing")
			}
		})
		both += timed(func() { openedBoth(b, dir) })
		used := cpuTime(b)
		ours += history(key(dailyKey), *historyDays)
		cpu += cpuTime(b) - used
		rare += history(key(rareKey), min(2, 1+*historyDays/11))
		none += history([]byte("/registry/configmaps/ns-000/none"), 0)
		list, err := shelf.List(b.Context(), dir)
		if err != nil {
			b.Fatal(err)
		}
		whole += timed(func() {
			got, err := archive.History(b.Context(), list, archive.Asking{Key: key(dailyKey), Open: archive.FromFile(snapfile.Options{}), Skipped: skipped})
			count(*historyDays, got, err)
		})
	}
	coldBoth := cold(b, dir, func() { openedBoth(b, dir) })
	b.ReportMetric(cold(b, dir, func() { history(key(dailyKey), *historyDays) })/coldBoth, "cold-x-open")
	b.ReportMetric(cold(b, dir, func() { history([]byte("/registry/configmaps/ns-000/none"), 0) })/coldBoth, "none-cold-x-open")
	per := func(d, of time.Duration) float64 { return float64(d) / float64(of) }
	b.ReportMetric(per(ours, both), "x-open")
	b.ReportMetric(per(rare, both), "rare-x-open")
	b.ReportMetric(per(none, both), "none-x-open")
	b.ReportMetric(per(ours, least), "x-floor")
	b.ReportMetric(per(whole, ours), "x-whole")
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "history-ms")
	b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms")
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

// cold returns how many bytes f reads from the disk where no page of the files of a folder is in memory.
func cold(b *testing.B, dir string, f func()) float64 {
	b.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.db"))
	for _, path := range list {
		var file *os.File
		if file, err = os.Open(path); err == nil {
			err = errors.Join(file.Sync(), unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED), file.Close())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	read := func() (n float64) {
		text, err := os.ReadFile("/proc/self/io")
		if err == nil {
			_, after, _ := bytes.Cut(text, []byte("read_bytes: "))
			_, err = fmt.Sscan(string(after), &n)
		}
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	before := read()
	f()
	return max(read()-before, 1)
}
