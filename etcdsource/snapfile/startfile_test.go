package snapfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestWALElsewhere: with the WAL in another folder, a data directory shows what that etcd serves; without the folder's
// name it says that there is none.
func TestWALElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(etcdtest.Dir(t), "wal")
	m := etcdtest.Members(t, 1, "", map[string]any{"wal-dir": elsewhere, "backend-batch-interval": time.Hour.Nanoseconds()})[0] // so that what is written is in the WAL alone
	c := m.Client()
	defer c.Close()
	etcdtest.NewLoad(c, 3).Do(t, 60)
	m.Kill()
	keys, _, info := shownWith(t, m.Dir, Options{})
	if info.Behind.Entries >= 0 || !strings.Contains(info.Behind.Text, "no WAL was found in "+filepath.Join(m.Dir, "member", "wal")) {
		t.Errorf("without its name: %d keys, %+v", len(keys), info.Behind)
	}
	copied := filepath.Join(etcdtest.Dir(t), "copy")
	for from, to := range map[string]string{m.Dir: copied, elsewhere: copied + "-wal"} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	m.Start()
	m.Ready()
	keys, changes, info := shownWith(t, copied, Options{WALDir: copied + "-wal"})
	wantKeys, wantChanges, later := served(t, c, info.Revision)
	if fmt.Sprint(keys) != fmt.Sprint(wantKeys) || fmt.Sprint(changes) != fmt.Sprint(wantChanges) || len(later) > 0 || info.Behind.Replayed == 0 {
		t.Errorf("keys %s; changes %s; later %v; %+v", firstDifference(keys, wantKeys), firstDifference(changes, wantChanges), later, info.Behind)
	}
	for path, why := range map[string]string{copied: "there is no segment of a WAL in it", etcdtest.Snapshot(t, "3.7"): "it is a snapshot"} {
		if _, err := Open(t.Context(), path, Options{WALDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestSentSnapshot: a database that the leader sent is read where etcd would start with it: where the WAL says that it was
// accepted, and the member's own is older.
func TestSentSnapshot(t *testing.T) {
	t.Parallel()
	m := etcdtest.Members(t, 1, "", map[string]any{"snapshot-count": 50})[0]
	c := m.Client()
	defer c.Close()
	load := etcdtest.NewLoad(c, 4)
	load.Do(t, 40)
	m.Stop()
	db := filepath.Join(m.Dir, "member", "snap", "db")
	old, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	m.Start()
	m.Ready()
	load.Do(t, 200)
	m.Stop()
	index := lastSnapshot(t.Context(), filepath.Join(m.Dir, "member", "wal"))
	sent := filepath.Join(filepath.Dir(db), fmt.Sprintf("%016x.snap.db", index))
	if index == 0 {
		t.Fatal("the WAL holds no snapshot")
	}
	if err := os.Rename(db, sent); err != nil {
		t.Fatal(err)
	}
	put(t, db, old)
	dir := filepath.Join(etcdtest.Dir(t), "copy")
	if err := os.CopyFS(dir, os.DirFS(m.Dir)); err != nil {
		t.Fatal(err)
	}
	m.Start()
	m.Ready()
	if _, err := os.Stat(sent); err == nil {
		t.Error("etcd has not taken it")
	}
	if _, later := same(t, dir, c); len(later) > 0 {
		t.Error(later)
	}
	// One that the WAL does not know stays where it is.
	stray := filepath.Join(dir, "member", "snap", fmt.Sprintf("%016x.snap.db", index+999))
	put(t, stray, old)
	_, _, info := shown(t, dir)
	if !strings.Contains(info.Behind.Text, filepath.Base(stray)) {
		t.Errorf("%+v", info.Behind)
	}
}
