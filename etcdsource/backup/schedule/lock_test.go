package schedule

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
)

// TestLockFileRemoved: where somebody removes the lock file while a schedule runs, or puts another one in its place, another process can
// begin; the first one ends before it writes or removes anything, and says why.
func TestLockFileRemoved(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	for _, how := range []string{"removed", "replaced", "taken by another process"} {
		dir := t.TempDir()
		f, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		ctx := etcdtest.Within(t, time.Minute)
		lockFiles := func() []string {
			list, err := filepath.Glob(filepath.Join(dir, ownFolder, "*"+lockSuffix))
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			return list
		}
		runs, made, at := 0, []string(nil), time.Now()
		files := func() (list []string) {
			_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					list = append(list, path)
				}
				return nil
			})
			return list
		}
		err = Run(ctx, Config{Shelf: f, ScheduleOptions: etcdsource.ScheduleOptions{Every: time.Hour, Keep: etcdsource.KeepRule{Last: 1},
			Report: func(e etcdsource.ScheduleEvent) {
				if e.Err != nil || e.Warning != "" && runs == 1 {
					t.Errorf("%s: it said %v, %s", how, e.Err, e.Warning)
				}
			}},
			Open: func(ctx context.Context) (etcdsource.Source, error) {
				src, err := live.Open(ctx, live.Config{Endpoints: []string{s.URL}})
				if err != nil {
					return nil, err
				}
				return src, nil
			},
			wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			now:  func() time.Time { at = at.Add(10 * time.Minute); return at },
			save: func(ctx context.Context, src etcdsource.Source, file string) (backup.Result, error) {
				saver, err := etcdsource.As[etcdsource.Saver](src)
				if err != nil {
					return backup.Result{}, err
				}
				if runs++; runs == 2 { // while the second snapshot is saved
					lock := lockFiles()[0]
					if err := os.Remove(lock); err != nil {
						t.Fatal(err)
					}
					if how != "removed" {
						if err := os.WriteFile(lock, nil, 0o600); err != nil {
							t.Fatal(err)
						}
					}
					if other, err := OpenFolder(dir); how == "taken by another process" {
						if err != nil {
							t.Fatal(err)
						}
						cluster := strings.TrimSuffix(filepath.Base(lock), lockSuffix)
						_, release, err := other.Lock(ctx, cluster)
						if err != nil {
							t.Fatal(err)
						}
						defer release()
					}
					made = files()
				}
				return backup.Save(ctx, saver, file, backup.Options{})
			},
		})
		var own *etcdsource.Problem
		if !errors.As(err, &own) || !errors.Is(err, etcdsource.ErrLockLost) || !strings.Contains(own.Why, "was removed or replaced") || own.Do == "" {
			t.Errorf("%s: %v", how, err)
		}
		if runs != 2 || !slices.Equal(files(), made) {
			t.Errorf("%s: after %d runs there are %v, and were %v", how, runs, files(), made)
		}
	}
}
