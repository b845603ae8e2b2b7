package objectstore

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const stageIn = "ETCDSCOPE_TEST_STAGE_IN"

// TestStageChild makes a stage with a backup in it for TestLeftovers, which kills it.
func TestStageChild(t *testing.T) {
	dir := os.Getenv(stageIn)
	if dir == "" {
		t.Skip("for TestLeftovers")
	}
	path, err := (&Bucket{o: Options{TempDir: dir}}).Stage("")
	if err == nil {
		err = os.WriteFile(filepath.Join(path, "making-full.db"), []byte("secret"), 0o600)
	}
	fmt.Printf("made %s %v\n", path, err)
	bufio.NewReader(os.Stdin).ReadByte() // until it is killed
}

// killed returns the stage of a process, and what kills that.
func killed(t *testing.T, dir string) (path string, kill func()) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStageChild$")
	c.Env = append(os.Environ(), stageIn+"="+dir)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if said, ok := strings.CutPrefix(lines.Text(), "made "); ok {
			path, said, _ = strings.Cut(said, " ")
			if said != "<nil>" {
				t.Fatal(said)
			}
			return path, func() {
				_ = c.Process.Kill()
				_ = c.Wait()
			}
		}
	}
	t.Fatal("it made no stage")
	return "", nil
}

// TestLockSweeps: a run that is refused because the lock of a killed process still holds removes what that has left.
func TestLockSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url, f := store(t)
	b, other := bucket(t, url, f), bucket(t, url, f)
	_, free, err := other.Lock(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	left, kill := killed(t, dir)
	kill()
	b.o.TempDir = dir
	if _, _, err := b.Lock(t.Context(), "c1"); !errors.Is(err, fs.ErrExist) || there(left) {
		t.Errorf("refused: %v; what was left is there: %v", err, there(left))
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// TestLeftovers: what a killed process has left is removed by the next one; that of one that lives, of one that begins, and
// what only looks like it stays.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	dir, old := t.TempDir(), time.Now().Add(-time.Hour)
	left, kill := killed(t, dir)
	kill()
	living, kill := killed(t, dir)
	defer kill()
	if !there(living) {
		t.Fatal("a stage of a process that lives is gone")
	}
	if there(left) {
		t.Error("what a killed process has left is still there after the next stage was made")
	}
	beginner, lost, open := filepath.Join(dir, stageName+"1"), filepath.Join(dir, stageName+"2"), filepath.Join(dir, stageName+"3")
	outside := t.TempDir()
	for path, mode := range map[string]os.FileMode{beginner: 0o700, lost: 0o700, open: 0o755} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{lost, open} {
		if err := os.Symlink(outside, filepath.Join(path, "link")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	link, file := filepath.Join(dir, stageName+"4"), filepath.Join(outside, "kept")
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := &Bucket{o: Options{TempDir: dir}}
	own, err := b.Stage("")
	if again, _ := b.Stage(""); err != nil || again != own {
		t.Fatal(own, again, err)
	}
	for _, path := range []string{living, beginner, open, link, own, file} {
		if !there(path) {
			t.Errorf("%s is gone", path)
		}
	}
	if there(lost) {
		t.Error("a stage without a lock, of an hour ago, is still there")
	}
	if err := b.Close(); err != nil || there(own) {
		t.Errorf("closed: %v, and it is there: %v", err, there(own))
	}
}
