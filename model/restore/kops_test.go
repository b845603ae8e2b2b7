package restore

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKopsPut carries out, on a store in a folder, the step that makes a file a backup of the store, and its undo.
func TestKopsPut(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, scheme := range []string{"", "file://"} {
		dir := t.TempDir()
		store, bin := filepath.Join(dir, "the store"), filepath.Join(dir, "bin")
		file := filepath.Join(dir, "it's a backup.db")
		write := func(path, text string, mode os.FileMode) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), mode); err != nil {
				t.Fatal(err)
			}
		}
		write(file, "a snapshot", 0o600)
		const older, newest = "2026-01-01T00:00:00Z-000001", "2026-02-01T00:00:00Z-000002"
		write(filepath.Join(store, "main", older, "_etcd_backup.meta"), "old", 0o600)
		write(filepath.Join(store, "main", newest, "_etcd_backup.meta"), `{"etcdVersion":"3.5.21"}`, 0o600)
		write(filepath.Join(bin, "etcd-manager-ctl"), "#!/bin/sh\n[ \"$1\" = '--backup-store="+scheme+store+"/main' ] && [ \"$2\" = list-backups ] && echo Backups: && ls '"+store+"/main'\n", 0o700)
		m := &maker{Plan: &Plan{Members: []Member{{Node: "cp1"}}}, f: &Facts{Now: time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)}}
		m.f.Node.BackupStore, m.File.Path = scheme+store+"/main", file
		s := m.kopsPut(m.kopsStore(), "2026-03-01T02:03:04Z-000000")
		made := filepath.Join(store, "main", "2026-03-01T02:03:04Z-000000")
		carry := func(script string) {
			t.Helper()
			c := exec.CommandContext(t.Context(), bash, "-euc", script)
			c.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s\n%s", err, out, script)
			}
		}
		carry(s.Command)
		f, err := os.Open(filepath.Join(made, "etcd.backup.gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(z); string(b) != "a snapshot" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if b, err := os.ReadFile(filepath.Join(made, "_etcd_backup.meta")); !strings.Contains(string(b), "3.5.21") || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		carry(s.Undo)
		left, _ := os.ReadDir(filepath.Join(store, "main"))
		if _, err := os.Stat(made); err == nil || len(left) != 2 {
			t.Errorf("undo leaves %v", left)
		}
		if _, err := os.Stat(filepath.Join(dir, "kops-backup.d")); err == nil {
			t.Error("undo leaves the folder of the step")
		}
	}
}
