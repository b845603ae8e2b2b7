package backup

import (
	"path/filepath"
	"testing"

	etcdutl "go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestStatusIsThatOfEtcdutl: the figures are those of etcdutl's own code, for snapshots of every version, restored ones,
// those with a higher revision, and stores of which the newest revision is not that of a record.
func TestStatusIsThatOfEtcdutl(t *testing.T) {
	t.Parallel()
	utl := etcdutl.NewV3(zap.NewNop())
	restored := func(path string, bump uint64) string {
		dir := filepath.Join(t.TempDir(), "data")
		err := utl.Restore(etcdutl.RestoreConfig{
			SnapshotPath: path, OutputDataDir: dir, Name: "default", PeerURLs: []string{"http://localhost:2380"},
			InitialCluster: "default=http://localhost:2380", InitialClusterToken: "t", RevisionBump: bump, MarkCompacted: bump > 0,
		})
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "member", "snap", "db")
	}
	files := map[string]string{"an empty store": sourcetest.WriteSnapshot(t, nil)}
	gone := sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("a", "1"), sourcetest.Put("b", "2"), sourcetest.Delete("b"), sourcetest.Put("c", "3"), sourcetest.Delete("c")}, Compact: 6}
	files["a store whose newest revision was compacted"] = sourcetest.WriteSpec(t, gone)
	for _, v := range etcdtest.Versions {
		path := etcdtest.Snapshot(t, v)
		files["etcd "+v] = path
		files["etcd "+v+", restored"] = restored(path, 0)
		files["etcd "+v+", restored with a higher revision"] = restored(path, 1000)
	}
	for name, path := range files {
		want, err := utl.Status(path)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := Status(t.Context(), path, snapfile.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same := SnapshotStatus{Hash: want.Hash, Revision: want.Revision, TotalKey: int64(want.TotalKey), TotalSize: want.TotalSize, Version: want.Version, Behind: got.Behind}
		if got != same {
			t.Errorf("%s: %+v, want %+v", name, got, same)
		}
	}
}
