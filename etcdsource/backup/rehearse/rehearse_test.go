package rehearse

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

func TestMain(m *testing.M) {
	Child()
	rehearseAlone()
	goleak.VerifyTestMain(m)
}

// snapshotFile is a snapshot of a real etcd with a few keys, some rewritten, deleted or attached to a short lease.
func snapshotFile(t testing.TB) string {
	t.Helper()
	s := etcdtest.New(t)
	w := s.Writer()
	ctx := t.Context()
	for i := range 300 {
		if _, err := w.Put(ctx, "/registry/configmaps/shop/c"+strings.Repeat("x", i%7)+string(rune('a'+i%26)), strings.Repeat("v", 50+i)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := w.Grant(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Put(ctx, "/registry/masterleases/10.0.0.1", "gone within a second", clientv3.WithLease(l.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Delete(ctx, "/registry/configmaps/shop/ca"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "snapshot.db")
	rd, err := w.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.ReadFrom(rd); err != nil {
		t.Fatal(err)
	}
	return path
}

func left(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s is left", e.Name())
	}
}

func TestEveryKeyIsEqual(t *testing.T) {
	t.Parallel()
	path := snapshotFile(t)
	for _, members := range []int{1, 3} {
		dir := etcdtest.Dir(t)
		r, err := Run(t.Context(), path, etcdsource.RehearseOptions{Members: members, Scratch: dir, Bump: 1_000_000_000})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Equal || r.Keys == 0 || r.Members != members || r.Revision < 1_000_000_300 || r.Took <= 0 {
			t.Errorf("%d members: %+v", members, r)
		}
		left(t, dir)
	}
}

// TestMembersListenOnSocketsOnly looks at the members while they run: their folder is their owner's only, and neither they
// nor this process listen on a TCP port.
func TestMembersListenOnSocketsOnly(t *testing.T) {
	t.Parallel()
	dir, looked := etcdtest.Dir(t), false
	_, err := Run(t.Context(), snapshotFile(t), etcdsource.RehearseOptions{Members: 3, Scratch: dir, Ready: func(_ context.Context, sockets []string, _ etcdsource.Rehearsed) error {
		looked = true
		st, err := os.Stat(filepath.Dir(sockets[0]))
		if err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("the scratch folder: %v, %v", st.Mode(), err)
		}
		children := childrenOf(t, os.Getpid())
		if len(children) < 3 {
			t.Errorf("%d child processes, want at least 3", len(children))
		}
		for _, pid := range children {
			for _, port := range listening(t, pid) {
				t.Errorf("process %d listens on %s", pid, port)
			}
		}
		return nil
	}})
	if err != nil || !looked {
		t.Fatal(err, looked)
	}
	left(t, dir)
}

func TestACancelledRehearsalLeavesNothing(t *testing.T) {
	t.Parallel()
	path, dir := snapshotFile(t), etcdtest.Dir(t)
	for _, at := range []string{"restoring", "starting etcd", "comparing"} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Run(ctx, path, etcdsource.RehearseOptions{Members: 3, Scratch: dir, Progress: func(step string) {
			if step == at {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %q: %v", at, err)
		}
		left(t, dir)
	}
}

func TestTheNextRunRemovesWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	dir := etcdtest.Dir(t)
	used, err := newFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer used.Remove()
	abandoned, err := newFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(abandoned.Path, "db"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	abandoned.Lock.Close()
	foreign := filepath.Join(dir, folderName+"notours")
	if err := os.Mkdir(foreign, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := sweep(dir); len(got) != 1 || got[0] != abandoned.Path {
		t.Errorf("removed %v, want %s", got, abandoned.Path)
	}
	for _, p := range []string{used.Path, foreign} {
		if _, err := os.Stat(p); err != nil {
			t.Error(err)
		}
	}
}

func TestARehearsalNeedsRoom(t *testing.T) {
	path := snapshotFile(t)
	was := freeIn
	defer func() { freeIn = was }()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	free, memory := int64(0), false
	freeIn = func(string) (int64, bool, error) { return free, memory, nil }
	dir := etcdtest.Dir(t)
	free = 6*st.Size() + etcdsource.KeepFree // the log segments are missing
	_, err = Run(t.Context(), path, etcdsource.RehearseOptions{Members: 3, Scratch: dir})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "--scratch") {
		t.Errorf("no room: %v", err)
	}
	free, memory = 1<<40, true
	if _, err := Run(t.Context(), path, etcdsource.RehearseOptions{}); err == nil || !strings.Contains(err.Error(), "in memory") {
		t.Errorf("only memory, which was not asked for: %v", err)
	}
	if _, err := Run(t.Context(), path, etcdsource.RehearseOptions{Scratch: dir}); err != nil {
		t.Errorf("memory that was asked for: %v", err)
	}
	left(t, dir)
}

func TestADamagedFileIsNotRestored(t *testing.T) {
	t.Parallel()
	path, dir := snapshotFile(t), etcdtest.Dir(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), path, etcdsource.RehearseOptions{Scratch: dir}); err == nil {
		t.Error("a damaged file was rehearsed")
	}
	left(t, dir)
}

func TestMakeStartsAndServesTheKeys(t *testing.T) {
	t.Parallel()
	path, dir := snapshotFile(t), etcdtest.Dir(t)
	data := filepath.Join(dir, "data")
	to := etcdsource.NewMember{DataDir: data, Name: "default", Cluster: "default=unix://" + filepath.Join(dir, "p"), Token: "t", PeerURLs: []string{"unix://" + filepath.Join(dir, "p")}, Bump: 1_000_000_000}
	if err := Make(t.Context(), path, to); err != nil {
		t.Fatal(err)
	}
	err := Make(t.Context(), path, to)
	if !errors.Is(err, os.ErrExist) {
		t.Errorf("restored over what exists: %v", err)
	}
	src, err := snapfile.Open(t.Context(), data, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	info, err := src.Describe(t.Context())
	if err != nil || info.Revision < 1_000_000_000 || info.Compacted != info.Revision || info.Keys == 0 {
		t.Errorf("%+v, %v", info, err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("%d entries beside the data directory", len(entries)-1)
	}
}

func TestMakeLeavesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	path, dir := snapshotFile(t), etcdtest.Dir(t)
	bad := etcdsource.NewMember{DataDir: filepath.Join(dir, "data"), Name: "other", Cluster: "default=unix://p:1", Token: "t", PeerURLs: []string{"unix://p:1"}}
	if err := Make(t.Context(), path, bad); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("a member that is not in the cluster: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Make(ctx, path, bad); err == nil {
		t.Error("a cancelled restore went on")
	}
	left(t, dir)
}

// TestNoRevisionGoesBack watches a bumped store from where an informer stood before: it must list again, and what it
// lists is newer than all that it saw.
func TestNoRevisionGoesBack(t *testing.T) {
	t.Parallel()
	const before = 900_000 // an informer's, long after the snapshot
	_, err := Run(t.Context(), snapshotFile(t), etcdsource.RehearseOptions{Scratch: etcdtest.Dir(t), Bump: 1_000_000, Ready: func(ctx context.Context, sockets []string, _ etcdsource.Rehearsed) error {
		c, end, err := dialSocket(sockets[0])
		if err != nil {
			return err
		}
		defer end()
		w := <-c.Watch(ctx, "/registry/", clientv3.WithPrefix(), clientv3.WithRev(before+1))
		if w.CompactRevision <= before {
			t.Errorf("the watch goes on: %+v, %v", w, w.Err())
		}
		list, err := c.Get(ctx, "/registry/", clientv3.WithPrefix())
		if err != nil || list.Header.Revision <= before || len(list.Kvs) == 0 {
			t.Errorf("listed at %v: %v", list, err)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}
