package open

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/backup/schedule"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/objectstore/storetest"
)

// empty fails where anything is left in a folder.
func empty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left in the folder of temporary files: %v, %v", entries, err)
	}
}

// saved is a snapshot of a server.
func saved(t *testing.T, s *etcdtest.Server) []byte {
	t.Helper()
	ctx := etcdtest.Within(t, time.Minute)
	src, err := live.Open(ctx, live.Config{Endpoints: []string{s.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := backup.Save(ctx, src, path, backup.Options{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOpenInBucket opens an object, and the one backup below a prefix: a copy, which is gone when it is closed. What is not
// there, is one of several, or takes more than is used without asking, is refused with what to do, and leaves nothing.
func TestOpenInBucket(t *testing.T) {
	store, temp := storetest.New(t), t.TempDir()
	store.Setenv(t)
	s := etcdtest.New(t)
	s.Put("/registry/configmaps/shop/flags")
	data := saved(t, s)
	for _, name := range []string{"one/etcd.db", "two/a.db", "two/b.db", "kops/main/2026-01-02T03:04:05Z-000001/etcd.backup.gz", "top.db"} {
		store.Put(name, data)
	}
	for _, path := range []string{"s3://backups/one/etcd.db", "s3://backups/one", "s3://backups/one/", "s3://backups/two/b.db", "s3://backups/kops/main", "s3://backups/top.db"} {
		var came int64
		src, found, err := Open(t.Context(), Options{Path: path, TempDir: temp, Progress: func(_ string, done, _ int64) { came = done }})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		info, err := src.Describe(t.Context())
		if err != nil || info.Target != path || found.From != path || info.Keys != 1 || came != int64(len(data)) {
			t.Errorf("%s: %+v, from %s, %d bytes, %v", path, info, found.From, came, err)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
		empty(t, temp)
	}
	for path, want := range map[string]string{"s3://backups/none": "there is no backup of that name", "s3://backups/two": "there are 2 backups below it", "s3://backups/one/etcd.db/": "no backup of that name"} {
		if _, _, err := Open(t.Context(), Options{Path: path, TempDir: temp}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "snapshot list") {
			t.Errorf("%s: %v", path, err)
		}
	}
	_, _, err := Open(t.Context(), Options{Path: "s3://backups/top.db", TempDir: temp, MaxUnpack: 1000})
	if big := (*etcdsource.UnpackError)(nil); !errors.As(err, &big) || big.Bytes != int64(len(data)) || !strings.Contains(err.Error(), "--max-unpack") {
		t.Errorf("too large: %v", err)
	}
	empty(t, temp)
}

// TestHistoryInBucket: the history of a key in a bucket is that in a folder with the same files, of a schedule with deltas too.
func TestHistoryInBucket(t *testing.T) {
	store, dir, temp := storetest.New(t), t.TempDir(), t.TempDir()
	store.Setenv(t)
	const key = "/registry/configmaps/shop/flags"
	s := etcdtest.New(t)
	t.Setenv("TMPDIR", temp) // not that of the etcd
	if _, err := s.Writer().Put(t.Context(), "/registry/namespaces/kube-system", "one"); err != nil {
		t.Fatal(err)
	}
	s.Put(key)
	ctx := etcdtest.Within(t, time.Minute)
	for range 3 { // runs
		to, err := schedule.OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		err = schedule.Run(ctx, schedule.Config{Shelf: to, UID: func(v []byte) string { return string(v) }, ScheduleOptions: etcdsource.ScheduleOptions{Report: func(e etcdsource.ScheduleEvent) {}},
			Open: func(ctx context.Context) (etcdsource.Source, error) {
				return live.Open(ctx, live.Config{Endpoints: []string{s.URL}})
			}})
		to.Close()
		if err != nil {
			t.Fatal(err)
		}
		s.Put(key)
		time.Sleep(1100 * time.Millisecond) // names count seconds
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.db"))
	for _, path := range append(names, filepath.Join(dir, ".etcdscope", indexOf(t, dir))) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(dir, path)
		store.Put("prod/"+filepath.ToSlash(rel), data)
	}
	store.Put("prod/etcd-bad.db", bytes.Repeat([]byte("x"), 100))
	shelf := &backup.Shelf{UID: func(v []byte) string { return string(v) }}
	history := func(path string) (list []string) {
		var skipped []string
		changes, err := History(ctx, shelf, etcdsource.Place{Path: path}, []byte(key), etcdsource.HistoryOptions{Back: time.Hour, Skipped: func(path, why string) { skipped = append(skipped, filepath.Base(path)) }})
		if err != nil {
			t.Fatal(err)
		}
		for i := range changes {
			c := &changes[i]
			list = append(list, fmt.Sprint(c.Type, c.Mod, c.Version, string(c.Value), filepath.Base(c.After.Path), filepath.Base(c.Upto.Path), c.Upto.Revision))
		}
		if etcdsource.IsBucket(path) && !slices.Equal(skipped, []string{"etcd-bad.db"}) {
			t.Errorf("left out: %v", skipped)
		}
		return list
	}
	inFolder, inBucket := history(dir), history("s3://backups/prod")
	if !slices.Equal(inFolder, inBucket) || len(inFolder) != 3 {
		t.Errorf("in the folder\n%s\nin the bucket\n%s", strings.Join(inFolder, "\n"), strings.Join(inBucket, "\n"))
	}
	empty(t, temp)
}

// indexOf is the name of the index in a folder.
func indexOf(t *testing.T, dir string) string {
	t.Helper()
	list, _ := filepath.Glob(filepath.Join(dir, ".etcdscope", "*.json"))
	if len(list) != 1 {
		t.Fatal(list)
	}
	return filepath.Base(list[0])
}

// TestLockObjectRemoved: a schedule whose lock in a bucket is removed ends at once, with the reason, and without a failed run.
func TestLockObjectRemoved(t *testing.T) {
	store := storetest.New(t)
	store.Setenv(t)
	s := etcdtest.New(t)
	s.Put("/registry/configmaps/shop/flags")
	ctx := etcdtest.Within(t, time.Minute)
	shelf, _, end, err := Shelf(ctx, etcdsource.Place{Path: "s3://backups/prod"})
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	made := 0
	err = schedule.Run(ctx, schedule.Config{Shelf: shelf, ScheduleOptions: etcdsource.ScheduleOptions{Every: time.Hour,
		Report: func(e etcdsource.ScheduleEvent) {
			if e.Err != nil {
				t.Error(e.Err)
			}
		}},
		Open: func(ctx context.Context) (etcdsource.Source, error) {
			src, err := live.Open(ctx, live.Config{Endpoints: []string{s.URL}})
			if err != nil {
				return nil, err
			}
			return src, nil
		},
		Saved: func(_ context.Context, r backup.Result) {
			made++
			names, err := shelf.Names(ctx, ".etcdscope")
			if err != nil {
				t.Error(err)
			}
			for _, n := range names {
				if strings.HasSuffix(n, ".lock") {
					store.Remove("prod/.etcdscope/" + n)
				}
			}
		},
	})
	var own *etcdsource.Problem
	if !errors.Is(err, etcdsource.ErrLockLost) || errors.Is(err, etcdsource.ErrFailures) || !errors.As(err, &own) || !strings.Contains(own.Why, "was removed") || made != 1 {
		t.Errorf("after %d runs: %v", made, err)
	}
}
