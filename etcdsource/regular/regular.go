// Package regular reads files that a user or a node names: settings, certificates, keys, logs.
//
//	/etc/kubernetes/enc.yaml ─► Read(path, 1 MiB) ─► its bytes
//	/dev/zero, a fifo, a folder, 40 GB of anything ─► one sentence
//
// What always holds:
//   - Only regular files are read, after links are followed: no device is opened, and no pipe is waited for.
//   - No more than was allowed is held in memory, also of a file that grows, or that says that it is empty, as those of
//     /proc do.
//   - Errors are *fs.PathError with the path as it was given, so that errors.Is works with them.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// The most bytes of the files that are read as a whole.
const (
	MaxSettings = 1 << 20 // etcdscope's own settings
	MaxConfig   = 1 << 20 // an EncryptionConfiguration
	MaxPEM      = 1 << 20 // certificates and keys; all authorities that an operating system trusts take a quarter of it
)

// Open opens a regular file for reading. It never waits for a writer.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path) // first: to open a device can already do something
	if err == nil {
		err = check(path, info)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = check(path, info) // it may be another one by now
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Read returns what a regular file holds, if that is at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case errors.Is(err, syscall.EAGAIN): // a file of /proc that waits for something to happen
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it does not end")}
	case err != nil:
		return nil, err
	case int64(len(b)) > limit:
		return nil, &fs.PathError{Op: "read", Path: path, Err: &TooLargeError{limit}}
	}
	return b, nil
}

// Fault says why a file could not be read, without naming it.
func Fault(err error) string {
	var at *fs.PathError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("no right to read it (running as uid %d)", os.Geteuid())
	case errors.As(err, &at):
		return at.Err.Error()
	}
	return err.Error()
}

// TooLargeError says that a file has more bytes than it may have.
type TooLargeError struct{ Limit int64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("it is larger than %d KiB, the most that such a file may have", e.Limit>>10)
}

// ErrKind says that a path names something else than a regular file.
var ErrKind = errors.New("not a regular file")

// kindError names what a path names instead of a regular file.
type kindError struct{ kind string }

func (e *kindError) Error() string { return "it is " + e.kind + ", not a regular file" }

func (e *kindError) Is(target error) bool { return target == ErrKind }

func check(path string, info fs.FileInfo) error {
	m := info.Mode()
	if m.IsRegular() {
		return nil
	}
	kind := "something else"
	switch {
	case m.IsDir():
		kind = "a directory"
	case m&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case m&fs.ModeSocket != 0:
		kind = "a socket"
	case m&fs.ModeDevice != 0:
		kind = "a device"
	}
	return &fs.PathError{Op: "open", Path: path, Err: &kindError{kind}}
}
