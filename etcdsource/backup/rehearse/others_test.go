package rehearse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// memberIn is a member whose data directory and WAL are made in a folder.
func memberIn(dir, data string) etcdsource.NewMember {
	return etcdsource.NewMember{DataDir: filepath.Join(dir, data), WALDir: filepath.Join(dir, "wal"), Name: "default", Cluster: "default=unix://p:1",
		Token: "t", PeerURLs: []string{"unix://p:1"}}
}

// TestOneWALForOneRestore makes two data directories with the same WAL at the same moment: one is made, the other leaves
// nothing, and the WAL that is there is the first one's.
func TestOneWALForOneRestore(t *testing.T) {
	t.Parallel()
	path, dir := snapshotFile(t), etcdtest.Dir(t)
	var all sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		all.Go(func() { errs[i] = Make(t.Context(), path, memberIn(dir, fmt.Sprintf("data%d", i))) })
	}
	all.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), fs.ErrExist) {
		t.Fatalf("both or none are made: %v", errs)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "wal", "*.wal")); len(logs) == 0 {
		t.Error("the WAL is not there")
	}
}

// TestWhatAppearsMeanwhileStays: what has got the name of a directory by the time that it is made stays as it is, an empty
// folder too, and nothing is left of the restore.
func TestWhatAppearsMeanwhileStays(t *testing.T) {
	t.Parallel()
	path := snapshotFile(t)
	for _, name := range []string{"data", "wal"} {
		dir := etcdtest.Dir(t)
		to := target{NewMember: memberIn(dir, "data")}
		if err := to.resolve(); err != nil {
			t.Fatal(err)
		}
		if err := to.claim(); err != nil {
			t.Fatal(err)
		}
		for i := range to.parts {
			if err := os.Mkdir(filepath.Join(to.parts[i].claim, "made"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := to.name(t.Context()); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
		to.unmake()
		to.drop()
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 || entries[0].Name() != name {
			t.Errorf("%s: %v, %v", name, entries, err)
		}
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Mode().Perm() != 0o755 {
			t.Errorf("%s was replaced: %v", name, err)
		}
		if err := Make(t.Context(), path, memberIn(dir, "data")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheWALLiesBeside: in the data directory it would be moved with it, and be missing where etcd looks.
func TestTheWALLiesBeside(t *testing.T) {
	t.Parallel()
	dir := etcdtest.Dir(t)
	for _, wal := range []string{"data", "data/wal", "."} {
		to := memberIn(dir, "data")
		to.WALDir = filepath.Join(dir, wal)
		if err := Make(t.Context(), "no such file", to); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", wal, err)
		}
		left(t, dir)
	}
}
