package snapfile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

const fullEnv = "SNAPFILE_TEST_FULL" // the packed snapshot that a child opens

// packed writes a snapshot as .gz, and returns its path.
func packed(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(sourcetest.WriteSnapshot(t, sourcetest.Generate(7)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.db.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLimitedChild opens a packed snapshot where no file may grow beyond 4 KiB, as on a disk that fills in the middle.
func TestLimitedChild(t *testing.T) {
	path := os.Getenv(fullEnv)
	if path == "" {
		t.Skip("it is a part of the other test")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path, Options{})
	fmt.Println("open:", err)
}

func TestDiskThatFills(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path, dir := packed(t), t.TempDir()
	cmd := exec.Command(exe, "-test.run=^TestLimitedChild$")
	cmd.Env = append(os.Environ(), fullEnv+"="+path, "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	want := "open: open snapshot " + path + ": cannot write it unpacked to " + dir +
		": file too large; raise the limit on the size of files (ulimit -f), or set TMPDIR to another folder\n"
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, %q is not in\n%s", err, want, out)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNoPlaceToUnpack(t *testing.T) {
	path := packed(t)
	for dir, want := range map[string]string{
		filepath.Join(t.TempDir(), "none"): "no such file or directory; make the folder, or set TMPDIR to another folder",
		path:                               "not a directory; set TMPDIR to another folder",
	} {
		_, err := Open(t.Context(), path, Options{TempDir: dir})
		if full := "cannot make a temporary file in " + dir + " to unpack it: " + want; err == nil || !strings.HasSuffix(err.Error(), full) {
			t.Errorf("%v, want %q", err, full)
		}
	}
}

// TestTooLittleRoom: the error about too little space names the operation.
func TestTooLittleRoom(t *testing.T) {
	err := &roomError{disk.Lacks("/tmp", 1<<30, 64<<20, 1<<20)}
	const lacks = "1.1 GiB are needed in /tmp, 64.0 MiB of them to stay free, and 1.0 MiB are free; set TMPDIR to a folder with more space"
	s := &Source{path: "/x", ending: &ending{}, following: following{tempDir: "/tmp"}}
	for want, got := range map[string]error{
		"open snapshot /x: to unpack it, " + lacks: unpackProblem(t.Context(), "/x", gzipped, err),
		"open snapshot /x: it is in use by a running etcd, and cannot be copied to /tmp: " + lacks + ", or open it with --endpoints": copyProblem(t.Context(), "/x", Options{TempDir: "/tmp"}, err),
		"save /x: cannot write a copy of the database to /tmp: " + lacks:                                                             s.temporary(err),
	} {
		if got.Error() != want || !errors.Is(got, syscall.ENOSPC) {
			t.Errorf("%v, want %q", got, want)
		}
	}
}
