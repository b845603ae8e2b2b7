package tui

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestScheduleInSnapshots: the snapshots say when a schedule has run and runs next, and look again when a run was due.
func TestScheduleInSnapshots(t *testing.T) {
	t.Parallel()
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	m.deps.List = func(context.Context, string) ([]etcdsource.Backup, error) {
		return []etcdsource.Backup{{Path: "/b/new.db", Format: "etcd", Keys: -1}}, nil
	}
	var runs atomic.Int64
	runs.Store(1)
	begin := time.Now()
	m.deps.Schedules = func(_ context.Context, dir string) ([]etcdsource.Schedule, error) {
		if dir != "/b" {
			return nil, nil
		}
		n := time.Duration(runs.Load())
		return []etcdsource.Schedule{{Cluster: "cdf818194e3a8c32", Every: "6h", Last: begin.Add((n - 1) * 6 * time.Hour), Result: "ok", Path: "made.db", Next: begin.Add(n*6*time.Hour - 5*time.Minute)}}, nil
	}
	d := drive(t, m, 160, 30)
	d.See("▸ configmaps")
	d.Press("4")
	d.See("new.db")
	d.Command("snapshots /b")
	d.See("schedule: last run")
	d.See("every 6h, cluster cdf818194e3a8c32, made.db")
	runs.Store(2)
	passes(d, 7*time.Hour)
	d.See("ago ok; next in 4h5")
}

// TestBucketInSnapshots: a bucket is listed like a folder, by its own name.
func TestBucketInSnapshots(t *testing.T) {
	t.Parallel()
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	m.deps.List = func(_ context.Context, dir string) ([]etcdsource.Backup, error) {
		if dir != "s3://backups/prod" {
			return nil, nil
		}
		return []etcdsource.Backup{{Path: dir + "/v2/Full-1", Format: "gardener", Keys: -1}}, nil
	}
	d := drive(t, m, 160, 30)
	d.See("▸ configmaps")
	d.Command("snapshots s3://backups/prod")
	d.See("❯ v2/Full-1")
	d.Press("r")
	d.See("A restore needs the backup as a file on the node")
}
