package snapfile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/server/v3/lease/leasepb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// More snapshots, judged by an etcdutl program in the place of etcdutl's own code:
//
//	go test ./etcdsource/snapfile -run TestWhatEtcdutlRefuses -v -snapshots 500 -etcdutl PROGRAM
var (
	snapshots = flag.Int("snapshots", 120, "number of damaged snapshots for TestWhatEtcdutlRefuses")
	utl       = flag.String("etcdutl", "", "an etcdutl program that judges them")
)

// TestWhatEtcdutlRefuses damages snapshots of etcd 3.5, 3.6 and 3.7 in their pages, their records, their small buckets and
// their checksums. What etcdutl's status or restore refuses is never verified, packed or not.
func TestWhatEtcdutlRefuses(t *testing.T) {
	t.Parallel()
	var list []*body
	for _, v := range etcdtest.Versions {
		data, err := os.ReadFile(etcdtest.Snapshot(t, v))
		if err != nil {
			t.Fatal(err)
		}
		b := examine(t, data)
		b.data = data[:b.m.size()]
		list = append(list, b)
	}
	judge := &referee{t: t}
	defer judge.end()
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	for i, b := range list {
		put(t, path, withSum(b.data))
		if why := judge.refuses(path); why != "" || verdictOf(t, path) != etcdsource.BackupVerified {
			t.Fatalf("the snapshot of %s is not whole: %s, %s", etcdtest.Versions[i], why, verdictOf(t, path))
		}
	}
	n, refused, stricter, packs := *snapshots, 0, 0, 0
	if testing.Short() {
		n = min(n, 30)
	}
	for i := range n {
		seed := *corruptionSeed + uint64(i)
		data, what := damagedSnapshot(t, list[i%len(list)], seed)
		what = fmt.Sprintf("seed %d, etcd %s: %s", seed, etcdtest.Versions[i%len(list)], what)
		put(t, path, data)
		why, verdict := judge.refuses(path), verdictOf(t, path)
		switch {
		case why == "" && verdict == etcdsource.BackupDamaged:
			stricter++
			continue
		case why == "":
			continue
		case verdict == etcdsource.BackupVerified:
			t.Errorf("%s: verified; etcdutl: %s", what, why)
		}
		if refused++; refused%2 == 0 || packs > 200 {
			continue
		}
		for name, pack := range packers {
			packed := filepath.Join(dir, "x."+name)
			put(t, packed, pack(data))
			if packs++; verdictOf(t, packed) == etcdsource.BackupVerified {
				t.Errorf("%s: verified as %s; etcdutl: %s", what, name, why)
			}
		}
	}
	t.Logf("%d of %d snapshots are refused by etcdutl, none of them is verified; %d only by this reader; %d packed ones", refused, n, stricter, packs)
	if refused < n/3 {
		t.Errorf("only %d of %d are refused", refused, n)
	}
}

// verdictOf is what verify says of a file.
func verdictOf(t *testing.T, path string) etcdsource.BackupVerdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Open(ctx, path, Options{NoVerify: true, Wait: true})
	if err != nil {
		return etcdsource.BackupDamaged
	}
	defer s.Close()
	list, err := s.Checks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	v := etcdsource.BackupReadable
	for _, c := range list {
		switch {
		case c.State == etcdsource.Failed:
			return etcdsource.BackupDamaged
		case c.State == etcdsource.Passed && c.Name == "checksum":
			v = etcdsource.BackupVerified
		}
	}
	return v
}

// refuses asks etcdutl: its program, or its code in the child process; "" where it takes the snapshot.
func (r *referee) refuses(path string) string {
	if *utl == "" {
		bad, why := r.damaged(asSnapshot + path)
		if bad {
			return why
		}
		return ""
	}
	dir, err := os.MkdirTemp("", "restored")
	if err != nil {
		r.t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, args := range [][]string{{"snapshot", "status", path}, {"snapshot", "restore", path, "--data-dir", filepath.Join(dir, "data")}} {
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
		cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", `ulimit -v 60000000; exec "$0" "$@"`, *utl}, args...)...)
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			return fmt.Sprintf("%s: %.300q", args[1], bytes.TrimSpace(out[max(0, len(out)-300):]))
		}
	}
	return ""
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func withSum(data []byte) []byte {
	sum := sha256.Sum256(data)
	return append(bytes.Clone(data), sum[:]...)
}

// damagedSnapshot returns a snapshot with one wound, and what it is; seed decides. Most have a checksum that fits, as if
// etcd had sent them so.
func damagedSnapshot(t *testing.T, b *body, seed uint64) ([]byte, string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 99))
	switch seed % 8 {
	case 0:
		return brokenSum(r, b.data)
	case 1, 2, 3:
		for {
			w := inside[r.IntN(len(inside))]
			if data := rewritten(t, b.data, func(tx *bbolt.Tx) error { return w.strike(r, tx) }); data != nil {
				return withSum(data), w.name
			}
		}
	}
	data, what := b.damaged(seed)
	if seed%8 == 4 {
		sum := sha256.Sum256(b.data)
		return append(data, sum[:]...), what + ", the checksum as it was"
	}
	return withSum(data), what
}

func brokenSum(r *rand.Rand, data []byte) ([]byte, string) {
	whole := withSum(data)
	end := whole[len(data):]
	switch r.IntN(7) {
	case 0:
		end[r.IntN(32)] ^= 1 << r.IntN(8)
		return whole, "a bit of the checksum"
	case 1:
		clear(end)
		return whole, "a checksum of zeros"
	case 2:
		return whole[:len(data)+r.IntN(32)], "a checksum that is cut"
	case 3:
		return append(whole, end...), "a checksum twice"
	case 4:
		return whole[r.IntN(len(data)):], "its beginning is missing"
	case 5:
		return whole[:r.IntN(len(data))], "its end is missing"
	}
	whole[r.IntN(len(data))] ^= 1 << r.IntN(8)
	return whole, "a bit of the database, the checksum as it was"
}

// rewritten returns a database that bbolt has changed in good order, nil where there was nothing to change.
func rewritten(t *testing.T, data []byte, change func(*bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "y.db")
	put(t, path, data)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = db.Update(change)
	if err == nil {
		err = db.View(func(tx *bbolt.Tx) error {
			_, err := tx.WriteTo(&out)
			return err
		})
	}
	if closed := db.Close(); errors.Is(err, errNothing) {
		return nil
	} else if err := errors.Join(err, closed); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var errNothing = errors.New("there is nothing to change")

// inside are corruptions of records, in pages that are valid.
var inside = []struct {
	name   string
	strike func(r *rand.Rand, tx *bbolt.Tx) error
}{
	{"the revision of a record", func(r *rand.Rand, tx *bbolt.Tx) error {
		k, v := someRecord(r, tx)
		if err := tx.Bucket([]byte("key")).Delete(k); err != nil {
			return err
		}
		k[r.IntN(len(k))] ^= 1 << r.IntN(8)
		return tx.Bucket([]byte("key")).Put(k, v)
	}},
	{"the length of a revision", func(r *rand.Rand, tx *bbolt.Tx) error {
		k, v := someRecord(r, tx)
		k = append(k, make([]byte, 3)...)[:1+r.IntN(20)]
		return tx.Bucket([]byte("key")).Put(k, v)
	}},
	{"bytes of a record", func(r *rand.Rand, tx *bbolt.Tx) error {
		k, v := someRecord(r, tx)
		v[r.IntN(min(len(v), 1+r.IntN(len(v))))] = byte(r.Uint32())
		return tx.Bucket([]byte("key")).Put(k, v)
	}},
	{"a record that is cut", func(r *rand.Rand, tx *bbolt.Tx) error {
		k, v := someRecord(r, tx)
		return tx.Bucket([]byte("key")).Put(k, v[:r.IntN(len(v))])
	}},
	{"a bucket is missing", func(r *rand.Rand, tx *bbolt.Tx) error {
		return tx.DeleteBucket([]byte(buckets[r.IntN(len(buckets))]))
	}},
	{"an entry of a small bucket", func(r *rand.Rand, tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(buckets[1+r.IntN(len(buckets)-1)]))
		k, v := some(r, b)
		if k == nil {
			return errNothing
		}
		switch r.IntN(4) {
		case 0:
			return b.Delete(k)
		case 1:
			v = v[:r.IntN(len(v)+1)]
		case 2:
			v = append(v, byte(r.Uint32()))
		default:
			if len(v) == 0 {
				return errNothing
			}
			v[r.IntN(len(v))] ^= 1 << r.IntN(8)
		}
		return b.Put(k, v)
	}},
	{"a key of a small bucket", func(r *rand.Rand, tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(buckets[1+r.IntN(len(buckets)-1)]))
		k, v := some(r, b)
		if k == nil {
			return errNothing
		}
		if err := b.Delete(k); err != nil {
			return err
		}
		if r.IntN(2) == 0 {
			k = k[:1+r.IntN(len(k))]
		} else {
			k[r.IntN(len(k))] ^= 1 << r.IntN(8)
		}
		return b.Put(k, v)
	}},
	{"what was compacted", func(r *rand.Rand, tx *bbolt.Tx) error {
		v := binary.BigEndian.AppendUint64(nil, r.Uint64N(1<<uint(1+r.IntN(63))))
		v = binary.BigEndian.AppendUint64(append(v, '_'), 0)
		name := []string{"scheduledCompactRev", "finishedCompactRev"}[r.IntN(2)]
		return tx.Bucket([]byte("meta")).Put([]byte(name), v[:[]int{17, 17, 17, 8, 0, 16}[r.IntN(6)]])
	}},
	{"the version", func(r *rand.Rand, tx *bbolt.Tx) error {
		v := []string{"", "3", "x.y.z", "3.6", "99.0.0", "-1.2.3", "3.6.0\x00", "3.8.0"}[r.IntN(8)]
		return tx.Bucket([]byte("meta")).Put([]byte("storageVersion"), []byte(v))
	}},
	{"a value in the place of a bucket", func(r *rand.Rand, tx *bbolt.Tx) error {
		return tx.Bucket([]byte("key")).Put([]byte("0123456789abcdef0"), []byte("x"))
	}},
}

// buckets are those of an etcd.
var buckets = []string{"key", "meta", "members", "members_removed", "cluster", "lease", "alarm", "auth", "authUsers", "authRoles"}

// someRecord returns a copy of a record.
func someRecord(r *rand.Rand, tx *bbolt.Tx) (k, v []byte) { return some(r, tx.Bucket([]byte("key"))) }

func some(r *rand.Rand, b *bbolt.Bucket) (key, value []byte) {
	if b == nil {
		return nil, nil
	}
	n := 0
	_ = b.ForEach(func(k, v []byte) error {
		if n++; r.IntN(n) == 0 {
			key, value = bytes.Clone(k), bytes.Clone(v)
		}
		return nil
	})
	return key, value
}

// packers pack a snapshot as tools do.
var packers = map[string]func([]byte) []byte{
	"gz": func(data []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(data)
		_ = z.Close()
		return b.Bytes()
	},
	"zip": func(data []byte) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, _ := z.Create("etcd-snapshot")
		_, _ = w.Write(data)
		_ = z.Close()
		return b.Bytes()
	},
	"tar.gz": func(data []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		_ = w.WriteHeader(&tar.Header{Name: "etcd-snapshot.db", Mode: 0o600, Size: int64(len(data))})
		_, _ = w.Write(data)
		_ = errors.Join(w.Close(), z.Close())
		return b.Bytes()
	},
}

// TestSmallBuckets: what etcd ends with when it starts, is damage of the bucket meta, in whichever bucket it is.
func TestSmallBuckets(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(etcdtest.Snapshot(t, "3.6"))
	if err != nil {
		t.Fatal(err)
	}
	data = data[:len(data)-trailerSize]
	for _, c := range []struct{ bucket, key, value string }{
		{"members", "no hex", "{}"}, {"members", "8e9e05c52164694d", "{"}, {"members_removed", "x", "removed"}, {"cluster", "clusterVersion", "new"},
		{"cluster", "downgrade", `{"enabled":true,"target-version":"old"}`}, {"lease", "\x00\x00\x00\x00\x00\x00\x00\x07", "\xff"}, {"alarm", "\xff\xff", ""},
		{"authUsers", "root", "\xff"}, {"authRoles", "root", "\xff"}, {"meta", "confState", "{"}, {"meta", "consistent_index", "1"}, {"meta", "scheduledCompactRev", "1"},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		put(t, path, withSum(rewritten(t, data, func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(c.bucket))
			if err != nil {
				return err
			}
			return b.Put([]byte(c.key), []byte(c.value))
		})))
		if v := verdictOf(t, path); v != etcdsource.BackupDamaged {
			t.Errorf("%s/%q=%q: %s", c.bucket, c.key, c.value, v)
		}
	}
}

// TestManyLeases: a bucket that is no small one is no damage.
func TestManyLeases(t *testing.T) {
	t.Parallel()
	path := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(3)})
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for i := range int64(3000) {
			v, err := proto.Marshal(&leasepb.Lease{ID: i + 1, TTL: 60})
			if err != nil {
				return err
			}
			if err := tx.Bucket([]byte("lease")).Put(binary.BigEndian.AppendUint64(nil, uint64(i+1)), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if len(s.db.member.Leases) != 3000 || s.db.badMeta != "" {
		t.Errorf("%d leases; %s", len(s.db.member.Leases), s.db.badMeta)
	}
}
