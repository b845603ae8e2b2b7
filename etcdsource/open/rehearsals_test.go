package open

import (
	"os"
	"path/filepath"
	"strings"
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

// TestADamagedFileIsNotRehearsed says so with exit 1, and makes nothing.
func TestADamagedFileIsNotRehearsed(t *testing.T) {
	t.Parallel()
	c := newToRestore(t)
	c.raw = func(b []byte) []byte { return b[:len(b)/2] }
	dir := etcdtest.Dir(t)
	lines, said, code := runRestore(t, c.save(), "--rehearse", "--scratch", dir)
	if code != 1 || len(lines) != 1 || lines[0].Kind != "damaged" || !lines[0].Stop {
		t.Errorf("exit %d: %s, %+v", code, said, lines)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s is left", left[0].Name())
	}
	if lines, _, code := c.plan(); code != 1 || len(lines) != 1 || lines[0].Kind != "damaged" {
		t.Errorf("the plan: exit %d, %+v", code, lines)
	}
}

// TestAStoppedMembersDirectoryIsRestored plans and rehearses the data directory of a member, with its WAL.
func TestAStoppedMembersDirectoryIsRestored(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	if _, err := s.Writer().Put(t.Context(), "/registry/configmaps/shop/a", "{}"); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	lines, said, code := runRestore(t, s.Config.Dir, "--distribution", "kubeadm")
	if code != 0 || !strings.Contains(lines[len(lines)-1].Command+join(lines), "etcdscope snapshot save "+s.Config.Dir+".snapshot.db --from "+s.Config.Dir) {
		t.Errorf("exit %d: %s", code, said)
	}
	lines, said, code = runRestore(t, s.Config.Dir, "--rehearse", "--scratch", etcdtest.Dir(t))
	if code != 0 || !lines[0].Equal || lines[0].Keys != 1 {
		t.Errorf("exit %d: %s, %+v", code, said, lines)
	}
}

func join(lines []planLine) (all string) {
	for _, l := range lines {
		all += l.Command + "\n"
	}
	return all
}
