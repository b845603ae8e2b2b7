package backup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// suffix ends the name of a file that a save has not finished, here and in etcdctl.
const suffix = ".part"

// maxParts bounds the names that are tried for a part file.
const maxParts = 100

// part is the file while it is being written.
type part struct {
	path string // the final one
	f    *os.File
	sum  tail // of the bytes written
}

// partName is the n-th name for the part file of a snapshot, from 1 on: x.db.part, x.db.2.part, …
func partName(path string, n int) string {
	if n == 1 {
		return path + suffix
	}
	return fmt.Sprintf("%s.%d%s", path, n, suffix)
}

// newPart creates a part file under the first name that is free, and locks it. What else is there stays as it is. It
// fails while another save of ours writes to the same path.
func newPart(path string) (*part, error) {
	for n := 1; n <= maxParts; n++ {
		name := partName(path, n)
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		switch {
		case err == nil:
			return lockedPart(path, f)
		case !errors.Is(err, fs.ErrExist):
			return nil, problem(path, "cannot write there: "+disk.Why(err), disk.Do(err, elsewhere), err)
		case locked(name):
			return nil, problem(path, "another save is writing "+name, "wait for it", syscall.EWOULDBLOCK)
		}
	}
	return nil, problem(path, fmt.Sprintf("there are %d unfinished files %s*%s already", maxParts, path, suffix), "remove them", nil)
}

// lockedPart locks a part file that was just created. Another save that looked at it in between may have it.
func lockedPart(path string, f *os.File) (*part, error) {
	p := &part{path: path, f: f, sum: newTail()}
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		p.discard()
		return nil, problem(path, "another save looks at "+f.Name(), "try again", err)
	}
	if err := f.Chmod(0o600); err != nil {
		p.discard()
		return nil, problem(path, disk.Why(err), disk.Do(err, elsewhere), err)
	}
	return p, nil
}

// discard removes the part file, unless it has got its name.
func (p *part) discard() {
	if p.f == nil {
		return
	}
	os.Remove(p.f.Name())
	p.f.Close()
}

// Parts returns what killed saves have left where a snapshot is to be saved to: in that folder, or in the folder of that
// file, the file's own first. A file that somebody still writes to is not among them, nor is one that holds anything but
// the beginning of a database. A folder that cannot be read has none.
func Parts(path string) []etcdsource.Part {
	dir := filepath.Dir(path)
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		dir, path = path, ""
	}
	entries, _ := os.ReadDir(dir)
	var own, others []etcdsource.Part
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) || !e.Type().IsRegular() {
			continue
		}
		p, f := leftover(filepath.Join(dir, e.Name()))
		switch {
		case f == nil:
			continue
		case path != "" && strings.HasPrefix(e.Name(), filepath.Base(path)+"."):
			own = append(own, p)
		default:
			others = append(others, p)
		}
		f.Close()
	}
	return slices.Concat(own, others)
}

// RemovePart removes what a killed save has left behind, and nothing else. Errors are *etcdsource.Problem.
func RemovePart(path string) error {
	tried := "remove " + path
	_, f := leftover(path)
	if f == nil {
		return &etcdsource.Problem{Tried: tried, Why: "it is not what a killed save has left behind"}
	}
	defer f.Close() // and with it the lock: nobody begins to write to it meanwhile
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &etcdsource.Problem{Tried: tried, Why: disk.Why(err), Do: disk.Do(err, elsewhere), Err: err}
	}
	return nil
}

// leftover opens and locks a file that a killed save has left behind; nil where it is anything else.
func leftover(path string) (etcdsource.Part, *os.File) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return etcdsource.Part{}, nil
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() || !begun(f) || written(f) ||
		syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		f.Close()
		return etcdsource.Part{}, nil
	}
	return etcdsource.Part{Path: path, Size: st.Size(), Modified: st.ModTime()}, f
}

// locked reports whether a save of ours writes to a file.
func locked(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

const (
	boltMagic   = 0xED0CDAED // of bbolt's meta pages
	boltMagicAt = 16         // behind the page's header
)

// begun reports whether a file is the beginning of a database: nothing yet, zeros that a crash of the machine left in
// place of the first page, or bbolt's first page.
func begun(f io.ReaderAt) bool {
	var page [4096]byte
	n, err := f.ReadAt(page[:], 0)
	if err != nil && err != io.EOF {
		return false
	}
	if n >= boltMagicAt+4 && binary.LittleEndian.Uint32(page[boltMagicAt:]) == boltMagic {
		return true
	}
	return len(bytes.Trim(page[:n], "\x00")) == 0
}
