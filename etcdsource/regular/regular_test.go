package regular

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	t.Parallel()
	whole := bytes.Repeat([]byte("0123456789"), 100)
	path := file(t, whole)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, link} {
		if b, err := Read(p, 1000); err != nil || !bytes.Equal(b, whole) {
			t.Errorf("%s: %d bytes, %v", p, len(b), err)
		}
		var large *TooLargeError
		if b, err := Read(p, 999); !errors.As(err, &large) || b != nil {
			t.Errorf("%s, one byte too many: %d bytes, %v", p, len(b), err)
		}
	}
	if b, err := Read(file(t, nil), 0); err != nil || len(b) != 0 {
		t.Errorf("an empty file: %q, %v", b, err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none"), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if runtime.GOOS == "linux" {
		if b, err := Read("/proc/self/status", 1<<20); err != nil || len(b) == 0 {
			t.Errorf("a file that says that it is empty: %d bytes, %v", len(b), err)
		}
	}
}

// TestRefused: what is no regular file is refused at once, named by its kind and its path.
func TestRefused(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "r") // short: the path of a socket may have a hundred bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fifo, socket := filepath.Join(dir, "fifo"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(fifo, link); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{dir: "a directory", fifo: "a pipe", link: "a pipe", socket: "a socket", "/dev/zero": "a device", "/dev/tty": "a device"} {
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		b, err := Read(path, 1<<20)
		var at *fs.PathError
		if !errors.Is(err, ErrKind) || !errors.As(err, &at) || at.Path != path || !strings.Contains(err.Error(), kind) || b != nil {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
}
