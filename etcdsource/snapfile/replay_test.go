package snapfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// served is what an etcd serves at a revision: its keys, and its changes above the compaction, in order, each as text;
// later are the changes behind the revision.
func served(t *testing.T, c *clientv3.Client, rev int64) (keys, changes, later []string) {
	t.Helper()
	ctx := etcdtest.Within(t, time.Minute)
	all, err := c.Get(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithRev(rev))
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range all.Kvs {
		keys = append(keys, fmt.Sprintf("%s %d %d %d %x %s", kv.Key, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease, kv.Value))
	}
	if _, err := c.AlarmDisarm(ctx, &clientv3.AlarmMember{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Put(ctx, "the end", ""); err != nil {
		t.Log(err) // a small quota: it is written all the same
	}
	for from := int64(1); ; {
		r, ok := <-c.Watch(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithRev(from))
		if !ok || r.Err() != nil && r.CompactRevision == 0 {
			t.Fatal(r.Err())
		}
		from = max(from, r.CompactRevision)
		for _, e := range r.Events {
			from = e.Kv.ModRevision + 1
			text := fmt.Sprintf("%d %v %s %d %d %x %s", e.Kv.ModRevision, e.Type, e.Kv.Key, e.Kv.CreateRevision, e.Kv.Version, e.Kv.Lease, e.Kv.Value)
			switch {
			case string(e.Kv.Key) == "the end":
				return keys, changes, later
			case e.Kv.ModRevision > rev:
				later = append(later, text)
			default:
				changes = append(changes, text)
			}
		}
	}
}

// shown is the same of a file, and the revision that it is compacted at.
func shown(t *testing.T, path string) (keys, changes []string, info etcdsource.Info) {
	t.Helper()
	return shownWith(t, path, Options{})
}

func shownWith(t *testing.T, path string, o Options) (keys, changes []string, info etcdsource.Info) {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, _ = s.Describe(t.Context())
	all := etcdsource.Prefix("")
	all.Values, all.Limit = true, 1<<20
	page, err := s.Range(t.Context(), all, etcdsource.At{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		keys = append(keys, fmt.Sprintf("%s %d %d %d %x %s", e.Key, e.Create, e.Mod, e.Version, e.Lease, e.Value))
	}
	w, err := s.Watch(t.Context(), all, max(1, info.Compacted))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for {
		b, err := w.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return keys, changes, info
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Events {
			kind := "PUT"
			if e.Type == etcdsource.Deleted {
				kind = "DELETE"
			}
			changes = append(changes, fmt.Sprintf("%d %v %s %d %d %x %s", e.Mod, kind, e.Key, e.Create, e.Version, e.Lease, e.Value))
		}
	}
}

// same compares what a data directory shows with what an etcd serves that started on it, or on a copy.
func same(t *testing.T, dir string, c *clientv3.Client) (info etcdsource.Info, later []string) {
	t.Helper()
	keys, changes, info := shown(t, dir)
	wantKeys, wantChanges, later := served(t, c, info.Revision)
	if !slices.Equal(keys, wantKeys) {
		t.Errorf("keys differ: %s", firstDifference(keys, wantKeys))
	}
	if !slices.Equal(changes, wantChanges) {
		t.Errorf("changes differ (%d, etcd serves %d; compacted at %d): %s", len(changes), len(wantChanges), info.Compacted, firstDifference(changes, wantChanges))
	}
	return info, later
}

// sameSaved saves a snapshot of a data directory and compares what it shows with what the directory does.
func sameSaved(t *testing.T, dir string) {
	t.Helper()
	src, err := Open(t.Context(), dir, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	path := filepath.Join(t.TempDir(), "saved.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	saver, err := etcdsource.As[etcdsource.Saver](src)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := saver.Save(cancelled, io.Discard, func(int64, int64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("saved although cancelled: %v", err)
	}
	if _, err := saver.Save(t.Context(), f, func(int64, int64) { nothingIn(t, src.tempDir) }); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	keys, changes, info := shown(t, path)
	wantKeys, wantChanges, want := shown(t, dir)
	if !slices.Equal(keys, wantKeys) || !slices.Equal(changes, wantChanges) || info.Revision != want.Revision || info.Compacted != want.Compacted {
		t.Errorf("saved: keys %s; changes %s; revisions %d to %d, want %d to %d", firstDifference(keys, wantKeys), firstDifference(changes, wantChanges), info.Compacted, info.Revision, want.Compacted, want.Revision)
	}
	if info.Integrity.State != etcdsource.Passed {
		t.Errorf("saved: %+v", info.Integrity)
	}
	if reference(path) != nil {
		t.Error("bbolt finds damage")
	}
	nothingIn(t, src.tempDir)
}

// nothingIn checks that a folder for temporary files holds nothing with a name.
func nothingIn(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("in %s: %v, %v", dir, left, err)
	}
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("%d: %.200q, want %.200q", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("%d and %d", len(got), len(want))
}

// TestReplayEqualsRestart kills an etcd under load before it has written its changes into its database: what its data
// directory shows is what it serves after it starts again.
func TestReplayEqualsRestart(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := etcdtest.New(t, func(c *embed.Config) {
				c.BackendBatchInterval, c.BackendBatchLimit = time.Hour, 1<<20
				if seed%4 == 3 {
					c.QuotaBackendBytes = 1 << 16 // passed at the first commit: the next write raises NOSPACE
				}
			})
			load := etcdtest.NewLoad(s.Writer(), seed)
			load.Do(t, 150)
			s.Etcd.Server.Backend().ForceCommit()
			dir := filepath.Join(etcdtest.Dir(t), "copy")
			clone := func(below string) {
				if err := os.CopyFS(filepath.Join(dir, below), os.DirFS(filepath.Join(s.Config.Dir, below))); err != nil {
					t.Fatal(err)
				}
			}
			clone("member/snap") // some requests make etcd write its database at once
			load.Do(t, 250)
			if _, err := s.Writer().AlarmDisarm(etcdtest.Within(t, time.Minute), &clientv3.AlarmMember{}); err != nil {
				t.Fatal(err)
			}
			load.Do(t, 250)
			clone("member/wal")
			s.Stop()
			again := etcdtest.Prepare(t, func(c *embed.Config) { c.Dir = filepath.Join(etcdtest.Dir(t), "data") })
			if err := os.CopyFS(again.Config.Dir, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			again.Start()
			info, later := same(t, dir, again.Writer())
			if info.Behind.Replayed < 500 || info.Behind.Entries != 0 || info.Behind.Text != "" || len(later) > 0 {
				t.Errorf("%+v, %d revisions later", info.Behind, len(later))
			}
			sameSaved(t, dir)
		})
	}
}
