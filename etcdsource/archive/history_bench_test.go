//go:build bench

package archive

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
	"syscall"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
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
				if k == 0 {
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

// monthly returns daily snapshots, each after a fifth of the keys was written.
func monthly(b *testing.B) (list []etcdsource.Backup) {
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
		m.write(r.Perm(n))
		for day := range *historyDays {
			m.write(append(r.Perm(n)[:n/5], 7))
			m.save(path(day))
		}
		db.Close()
	}
	for day := range *historyDays {
		st, err := os.Stat(path(day))
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, etcdsource.Backup{Path: path(day), Bytes: st.Size(), Time: time.Unix(int64(day)*86400, 0)})
	}
	return list
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

// BenchmarkHistory reads the history of one key in a month of daily snapshots: x-floor is how many times as long as a cursor over
// the oldest and the newest it takes, x-whole how many times as long opening each as a whole takes as it does.
//
//	go test -tags bench ./etcdsource/archive -run - -bench History -history-dir /var/tmp/month
func BenchmarkHistory(b *testing.B) {
	list := monthly(b)
	ask := func(part bool) (took, cpu time.Duration) {
		start, used := time.Now(), cpuTime(b)
		got, err := History(b.Context(), list, Asking{Key: []byte("/registry/configmaps/ns-007/object-000007"), Ending: "/namespaces/kube-system", Partly: part,
			Mine: func(v []byte) bool { return len(v) > 0 }, Open: FromFile(snapfile.Options{}), Skipped: func(path, why string) { b.Error(path, why) }})
		if err != nil || len(got) != len(list) {
			b.Fatal(len(got), err)
		}
		return time.Since(start), cpuTime(b) - used
	}
	var ours, cpu, least, whole time.Duration
	for b.Loop() {
		start := time.Now()
		if walked(b, list[0].Path)+walked(b, list[len(list)-1].Path) == 0 {
			b.Fatal("nothing")
		}
		least += time.Since(start)
		took, used := ask(true)
		ours, cpu = ours+took, cpu+used
		took, _ = ask(false)
		whole += took
	}
	b.ReportMetric(float64(ours)/float64(least), "x-floor")
	b.ReportMetric(float64(whole)/float64(ours), "x-whole")
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
