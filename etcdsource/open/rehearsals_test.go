package open

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

func now() time.Time { return time.Now() }

// TestRehearseFormsOfASnapshot rehearses a plain and a packed snapshot of what a real cluster wrote.
func TestRehearseFormsOfASnapshot(t *testing.T) {
	t.Parallel()
	plain := newToRestore(t).save()
	for _, c := range []struct{ file, members string }{{plain, "3"}, {realHistory, "1"}} {
		dir := etcdtest.Dir(t)
		lines, said, code := runRestore(t, c.file, "--rehearse", "--members", c.members, "--scratch", dir)
		if code != 0 || len(lines) != 1 || !lines[0].Rehearsed || !lines[0].Equal || lines[0].Keys == 0 {
			t.Errorf("%s: exit %d: %s, %+v", c.file, code, said, lines)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s is left", left[0].Name())
		}
	}
}

// TestADataDirectoryIsMadeOnce plans, rehearses and makes a data directory, and refuses to make it again.
func TestADataDirectoryIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := newToRestore(t)
	dir := filepath.Join(t.TempDir(), "data")
	c.args = append(c.args, "--data-dir", dir, "--scratch", etcdtest.Dir(t))
	lines, said, code := c.plan()
	if code != 0 {
		t.Fatalf("exit %d: %s, %v", code, said, dangersOf(lines))
	}
	last := lines[len(lines)-1]
	if !last.Restored || last.DataDir != dir || !lines[len(lines)-2].Equal {
		t.Errorf("%+v", last)
	}
	src, err := snapfile.Open(t.Context(), dir, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	stored, err := src.Stored(t.Context())
	if err != nil || len(stored.Members) != 1 || stored.Members[0].Name != "cp1" {
		t.Errorf("%+v, %v", stored, err)
	}
	info, err := src.Describe(t.Context())
	if err != nil || info.Revision != last.Revision || info.Compacted != info.Revision {
		t.Errorf("%+v, %v", info, err)
	}
	if _, said, code := c.plan(); code != 1 {
		t.Errorf("made again: exit %d: %s", code, said)
	}
}
