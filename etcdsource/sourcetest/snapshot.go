package sourcetest

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// buckets are those of an etcd database.
var buckets = []string{"key", "meta", "lease", "alarm", "cluster", "members", "members_removed", "auth", "authUsers", "authRoles"}

// WriteSnapshot writes the store as `etcdctl snapshot save` would, sha256 included, and returns the file's path in a
// temporary folder.
func WriteSnapshot(t testing.TB, ops []Op) string {
	t.Helper()
	return WriteSpec(t, Spec{Ops: ops})
}

// WriteSpec is WriteSnapshot for a store that may be compacted.
func WriteSpec(t testing.TB, s Spec) string {
	t.Helper()
	db := WriteMember(t, s)
	b, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	path := filepath.Join(t.TempDir(), "snapshot.db")
	if err := os.WriteFile(path, append(b, sum[:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// WriteMember writes the store as a stopped member leaves it and returns the path of its member/snap/db.
func WriteMember(t testing.TB, s Spec) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "member", "snap")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return fill(tx, s) })
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatalf("write a database: %v", err)
	}
	return path
}

func fill(tx *bolt.Tx, s Spec) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	meta := tx.Bucket([]byte("meta"))
	put := func(k string, v []byte) {
		if err := meta.Put([]byte(k), v); err != nil {
			panic(err)
		}
	}
	put("consistent_index", binary.BigEndian.AppendUint64(nil, uint64(len(s.Ops)+3)))
	put("term", binary.BigEndian.AppendUint64(nil, 2))
	put("storageVersion", []byte("3.6.0"))
	put("confState", []byte(`{"voters":[10276657743932975437],"auto_leave":false}`))
	if s.Compact > 0 {
		put("scheduledCompactRev", revKey(s.Compact, 0, false))
		put("finishedCompactRev", revKey(s.Compact, 0, false))
	}
	if err := tx.Bucket([]byte("cluster")).Put([]byte("clusterVersion"), []byte("3.6.0")); err != nil {
		return err
	}
	key := tx.Bucket([]byte("key"))
	for _, e := range NewModel(s).Retained() {
		if err := key.Put(revKey(e.Mod, e.Sub, e.Type == etcdsource.Deleted), keyValue(e)); err != nil {
			return err
		}
	}
	return nil
}

// revKey is the key under which etcd stores a change.
func revKey(main, sub int64, dead bool) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(main))
	b = binary.BigEndian.AppendUint64(append(b, '_'), uint64(sub))
	if dead {
		b = append(b, 't')
	}
	return b
}

// keyValue is the mvccpb.KeyValue of a change; of a deletion only the key is stored.
func keyValue(e etcdsource.Event) []byte {
	b := binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(e.Key)))
	b = append(b, e.Key...)
	if e.Type == etcdsource.Deleted {
		return b
	}
	b = binary.AppendUvarint(append(b, 2<<3), uint64(e.Create))
	b = binary.AppendUvarint(append(b, 3<<3), uint64(e.Mod))
	b = binary.AppendUvarint(append(b, 4<<3), uint64(e.Version))
	if len(e.Value) > 0 {
		b = binary.AppendUvarint(append(b, 5<<3|2), uint64(len(e.Value)))
		b = append(b, e.Value...)
	}
	if e.Lease != 0 {
		b = binary.AppendUvarint(append(b, 6<<3), uint64(e.Lease))
	}
	return b
}
