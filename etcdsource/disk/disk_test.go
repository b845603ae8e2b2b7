package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSentence has errors of the system itself.
func TestSentence(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no folder":        {write(filepath.Join(dir, "none", "x")), "no such file or directory; make the folder, or choose another folder"},
		"below a file":     {write(filepath.Join(file, "x")), "not a directory; choose another folder"},
		"a folder":         {write(dir), "is a directory; choose the name of a file"},
		"a long name":      {write(filepath.Join(dir, strings.Repeat("x", 300))), "file name too long; choose a shorter name"},
		"a link":           {os.Link(file, filepath.Join(file, "x")), "not a directory; choose another folder"},
		"inside another":   {fmt.Errorf("save: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), "no space left on device; free some space, or choose another folder"},
		"read-only":        {syscall.EROFS, "read-only file system; choose another folder that can be written to"},
		"nothing is known": {errors.New("odd"), "odd"},
	} {
		if got := Sentence(c.err, "choose another folder"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	if _, err := full.WriteString("x"); !strings.HasPrefix(Sentence(err, Temporary), "no space left on device; free some space, or set TMPDIR") {
		t.Errorf("a full device: %q", Sentence(err, Temporary))
	}
}

// TestLacks names what is needed with what is to stay free: else there would be more free than is needed.
func TestLacks(t *testing.T) {
	t.Parallel()
	if got, want := Lacks("/d", 8<<20, 64<<20, 66<<20), "72.0 MiB are needed in /d, 64.0 MiB of them to stay free, and 66.0 MiB are free"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 372736: "364.0 KiB", 3 << 20: "3.0 MiB", 5 << 30: "5.0 GiB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestFree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if at, free := Free(filepath.Join(dir, "not", "there")); at != dir || free < 0 {
		t.Errorf("%d bytes in %s", free, at)
	}
}
