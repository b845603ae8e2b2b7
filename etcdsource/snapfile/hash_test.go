package snapfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// etcdHash is what etcd's own store says of a copy of a file, after it was compacted there where compact is not 0. It is what
// etcdutl hashkv calls.
func etcdHash(t *testing.T, path string, compact int64, revs []int64) (out []etcdsource.KVHash) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "db")
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, from); err != nil {
		t.Fatal(err)
	}
	f.Close()
	b := backend.NewDefaultBackend(zap.NewNop(), to)
	defer b.Close()
	st := mvcc.NewStore(zap.NewNop(), b, &lease.FakeLessor{}, mvcc.StoreConfig{})
	defer st.Close()
	if compact > 0 {
		done, err := st.Compact(traceutil.TODO(), compact)
		if err != nil {
			t.Fatal(err)
		}
		<-done
	}
	for _, rev := range revs {
		h, _, err := mvcc.NewHashStorage(zap.NewNop(), st).HashByRev(rev)
		if err != nil {
			t.Fatalf("revision %d: %v", rev, err)
		}
		out = append(out, etcdsource.KVHash{Hash: h.Hash, Revision: h.Revision, Compacted: max(0, h.CompactRevision)})
	}
	return out
}

// hashes compares a file's hashes with etcd's at some revisions, and for compactions that the file has not seen.
func hashes(t *testing.T, path string) {
	t.Helper()
	s, err := Open(t.Context(), path, Options{NoReplay: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Replicas(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	st := list[0].State(t.Context())
	head := st.Revision
	for _, compact := range []int64{0, st.Compacted + 1, (st.Compacted + head) / 2, head} {
		if compact != 0 && (compact <= st.Compacted || compact > head) {
			continue
		}
		revs := []int64{0}
		for rev := max(1, st.Compacted, compact); rev <= head; rev += max(1, (head-st.Compacted)/40) {
			revs = append(revs, rev)
		}
		for i, want := range etcdHash(t, path, compact, revs) {
			if got, err := list[0].HashKV(t.Context(), revs[i], compact); err != nil || got.KVHash != want {
				t.Fatalf("revision %d, compacted at %d: %+v, %v, want %+v", revs[i], compact, got, err, want)
			}
		}
	}
	var future *etcdsource.FutureError
	if _, err := list[0].HashKV(t.Context(), head+1, 0); !errors.As(err, &future) {
		t.Error(err)
	}
	var gone *etcdsource.CompactedError
	if _, err := list[0].HashKV(t.Context(), 1, head); head > 1 && !errors.As(err, &gone) {
		t.Error(err)
	}
}

// TestHashKVOfFiles: the hash of a file is the one that etcd computes of it, whatever was compacted.
func TestHashKVOfFiles(t *testing.T) {
	t.Parallel()
	for i, spec := range append(sourcetest.Specs(), sourcetest.Spec{}, sourcetest.Spec{Ops: sourcetest.Generate(5), Compact: 40}) {
		t.Run(fmt.Sprint(i), func(t *testing.T) { hashes(t, sourcetest.WriteMember(t, spec)) })
	}
	for _, v := range etcdtest.Versions {
		t.Run(v, func(t *testing.T) { hashes(t, etcdtest.Snapshot(t, v)) })
	}
	meta := func(name string, at uint64) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte(name), rev(at, 0)) }
	}
	t.Run("bumped", func(t *testing.T) { // as a restore with --bump-revision --mark-compacted
		hashes(t, editedFile(t, sourcetest.Spec{Ops: sourcetest.Generate(3)}, func(tx *bbolt.Tx) error {
			for _, at := range []uint64{1_000_000, 2_000_000} {
				if err := tx.Bucket([]byte("key")).Put(rev(at, 0), nil); err != nil {
					return err
				}
			}
			return meta("scheduledCompactRev", 1_000_000)(tx)
		}))
	})
	t.Run("not carried out", func(t *testing.T) { // with deletions at and before the compaction
		ops := sourcetest.Generate(4)
		for at := uint64(20); at < 60; at += 3 {
			hashes(t, editedFile(t, sourcetest.Spec{Ops: ops}, meta("finishedCompactRev", at)))
		}
	})
	t.Run("all deleted", func(t *testing.T) { // without any key, etcd leaves out nothing but the deletion at the compaction
		ops := []sourcetest.Op{sourcetest.Put("/a", "1"), sourcetest.Put("/a", "2"), sourcetest.Delete("/a"), sourcetest.Put("/b", "1"), sourcetest.Delete("/b")}
		for at := uint64(2); at < 7; at++ {
			hashes(t, editedFile(t, sourcetest.Spec{Ops: ops}, meta("finishedCompactRev", at)))
		}
	})
}

// TestHashKVOfReplayed: a data directory has the hash that its etcd answers, entries that only the WAL holds included, also
// after that etcd has compacted.
func TestHashKVOfReplayed(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t, func(c *embed.Config) { c.BackendBatchInterval = 300 * time.Millisecond })
	load := etcdtest.NewLoad(s.Writer(), 11)
	ctx := etcdtest.Within(t, time.Minute)
	ask := pb.NewMaintenanceClient(s.Writer().ActiveConnection())
	replayed := int64(0)
	for i := range 4 {
		load.Do(t, 100)
		if now, err := s.Writer().Get(ctx, "x"); err != nil {
			t.Fatal(err)
		} else if i%2 == 1 {
			s.Compact(now.Header.Revision - 5)
		}
		src, err := Open(ctx, s.Config.Dir, Options{})
		for err == nil && src.db.applied == 0 { // nothing was committed to its database yet
			src.Close()
			src, err = Open(ctx, s.Config.Dir, Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		replayed += src.lag.Replayed
		list, _ := src.Replicas(t.Context())
		st := list[0].State(t.Context())
		for rev := max(st.Compacted, st.Revision-8); rev <= st.Revision; rev++ {
			want, err := ask.HashKV(ctx, &pb.HashKVRequest{Revision: rev})
			if err != nil {
				t.Fatal(err)
			}
			if max(0, want.CompactRevision) != st.Compacted { // the hash that was kept of the compaction itself
				continue
			}
			if got, err := list[0].HashKV(ctx, rev, 0); err != nil || got.Hash != want.Hash {
				t.Errorf("revision %d: %+v, %v, want %v", rev, got, err, want)
			}
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if replayed == 0 {
		t.Error("no entry of the WAL was replayed")
	}
}
