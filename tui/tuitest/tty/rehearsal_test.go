package tty_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// TestARehearsalEndsWithTheProgram opens a restored store beside the snapshot, and ends the program by a key and by a
// signal: the members end with it, and nothing is left of the scratch folder.
func TestARehearsalEndsWithTheProgram(t *testing.T) {
	for _, end := range []string{"q", "SIGTERM"} {
		tmp := t.TempDir()
		s := tty.Start(t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color", "TMPDIR=" + tmp}}, program, snapshot, "--snapshots", filepath.Dir(snapshot))
		for _, step := range []struct{ keys, see string }{{"", "sha256 matches"}, {"4", "r plans its restore"}, {"r", "Steps, in this order"}, {"r", "open the restored store"}, {"o", "rehearsal of demo.db"}} {
			s.Keys(step.keys)
			s.See(step.see)
		}
		s.See("● LIVE")
		if folders(t, tmp) != 1 {
			t.Error("there is no scratch folder in TMPDIR")
		}
		if end == "q" {
			s.Keys("q")
		} else {
			s.Signal(syscall.SIGTERM)
		}
		s.Wait()
		clean(t, s)
		if n := folders(t, tmp); n > 0 {
			t.Errorf("%s: %d scratch folders are left", end, n)
		}
	}
}

// folders counts the scratch folders.
func folders(t *testing.T, dir string) (n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "etcdscope-rehearsal-") {
			n++
		}
	}
	return n
}
