package backup

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestPrevious: what was made before a snapshot is found by its revision, or where it is packed by its time, the newest
// first.
func TestPrevious(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2026, 5, 1, 2, 0, 0, 0, time.UTC)
	put := func(name string, revisions, days int, pack bool) string {
		path := filepath.Join(dir, name)
		var ops []sourcetest.Op
		for range revisions {
			ops = append(ops, sourcetest.Put("/registry/a", "v"))
		}
		data, err := os.ReadFile(sourcetest.WriteSnapshot(t, ops))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if pack {
			z := gzip.NewWriter(f)
			z.Write(data)
			err = z.Close()
		} else {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
		when := day.AddDate(0, 0, days)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	oldest := put("1.db", 3, 1, false)
	put("2.db.gz", 5, 2, true)
	put("3.db", 7, 3, false)
	put("4.db.gz", 9, 4, true)
	last := put("5.db.gz", 11, 5, true)
	put("6.db", 13, 6, false)
	put("0.db", 1, 0, false)
	for path, want := range map[string][]string{
		last:                         {"4.db.gz", "3.db", "2.db.gz", "1.db"},
		oldest:                       {"0.db"},
		filepath.Join(dir, "0.db"):   nil,
		filepath.Join(dir, "not.db"): nil,
	} {
		revision := map[string]int64{last: 12, oldest: 4, filepath.Join(dir, "0.db"): 2}[path]
		var got []string
		for _, p := range Previous(t.Context(), path, revision) {
			got = append(got, filepath.Base(p))
		}
		if !slices.Equal(got, want) {
			t.Errorf("before %s: %v, want %v", path, got, want)
		}
	}
}

// TestPreviousOfAFolder: before a folder of a full snapshot and deltas come the full ones in it, and nothing that lies beside the folder.
func TestPreviousOfAFolder(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, revisions int) {
		var ops []sourcetest.Op
		for range revisions {
			ops = append(ops, sourcetest.Put("/registry/a", "v"))
		}
		data, err := os.ReadFile(sourcetest.WriteSnapshot(t, ops))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "prod/v2"), 0o700); err != nil {
		t.Fatal(err)
	}
	put("beside.db", 2)
	put("prod/v2/Full-00000000-00000004-1796129438", 3)
	put("prod/v2/Full-00000000-00000006-1796129445", 5)
	for _, path := range []string{"prod", "prod/v2", "prod/v2/Full-00000000-00000006-1796129445"} {
		got := Previous(t.Context(), filepath.Join(dir, path), 6)
		if len(got) != 1 || filepath.Base(got[0]) != "Full-00000000-00000004-1796129438" {
			t.Errorf("before %s: %v", path, got)
		}
	}
}
