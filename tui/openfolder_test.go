package tui

import (
	"context"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestOpenFolderOfBackups: of a folder that is not one source enter opens the newest backup in it that can be read.
func TestOpenFolderOfBackups(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newest := filepath.Join(dir, "b.db")
	src := shop()
	m := program(t, map[string]*tuitest.Memory{"": src})
	m = New(t.Context(), m.deps, host.Options{Target: host.Target{Path: dir}, Environ: []string{"TERM=xterm-256color"}}, m.style.Theme)
	open := m.deps.Open
	var opened atomic.Value // in the command's goroutine
	m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
		if target.Path == dir {
			return nil, &etcdsource.Problem{Tried: "open folder " + dir, Why: "it is not the folder of one backup", Do: "give a file", Err: fs.ErrNotExist}
		}
		opened.Store(target.Path)
		target.Path = ""
		return open(ctx, target, report)
	}
	m.deps.Offline = func(context.Context, host.Target) etcdsource.Offline {
		t.Error("a cluster is looked for")
		return etcdsource.Offline{}
	}
	m.deps.List = func(_ context.Context, of string) ([]etcdsource.Backup, error) {
		if of != dir {
			return nil, nil
		}
		return []etcdsource.Backup{{Path: filepath.Join(dir, "notes.txt"), Foreign: true}, {Path: filepath.Join(dir, "locked.db"), Problem: "no permission"}, {Path: filepath.Join(dir, "d.gz"), Format: "gardener-delta"}, {Path: newest, Format: "etcd", Revision: 4711}, {Path: filepath.Join(dir, "a.db"), Format: "etcd"}}, nil
	}
	d := drive(t, m, 100, 30)
	d.See("Cannot open")
	d.See("The newest backup, up to revision 4711")
	d.See("opens it")
	d.Press("enter")
	d.Settle("open it", func() bool { return opened.Load() == newest })
}
