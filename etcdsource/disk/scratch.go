package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	lockName = "lock" // the file in a scratch folder that is locked as long as it is used
	// beginning is how long a scratch folder may be without its lock because it is just being made.
	beginning = time.Minute
)

// Scratch is a folder for what a process needs while it runs. It may hold every Secret: its mode is 0700, and what a process
// that was killed has left is removed by the next one that calls SweepScratch.
type Scratch struct {
	Path string
	Lock *os.File // locked until Remove; a child that inherits it uses the folder too

	forget func() // nil where Dying does not remove it
}

// NewScratch makes a scratch folder in dir; prefix begins its name. Errors are those of the file system.
func NewScratch(dir, prefix string) (*Scratch, error) {
	s, err := newScratch(dir, prefix)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
		s, err = newScratch(dir, prefix) // another process has just taken it for a leftover
	}
	return s, err
}

func newScratch(dir, prefix string) (*Scratch, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(dir, prefix) // mode 0700
	if err != nil {
		return nil, err
	}
	s := &Scratch{Path: path}
	s.Lock, err = os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err == nil {
		err = syscall.Flock(int(s.Lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		_, err = fmt.Fprint(s.Lock, os.Getpid())
	}
	if err == nil {
		_, err = os.Lstat(s.Lock.Name())
	}
	if err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// Remove removes the folder with all that is in it.
func (s *Scratch) Remove() error {
	err := os.RemoveAll(s.Path)
	if s.Lock != nil {
		s.Lock.Close()
	}
	if s.forget != nil {
		s.forget()
	}
	return err
}

// SweepScratch removes the scratch folders of this user in dir whose names begin with prefix and which no process uses any
// more, and returns their paths. Children of a process that was killed may take so long to end.
func SweepScratch(dir, prefix string, ending time.Duration) (removed []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !strings.HasPrefix(e.Name(), prefix) || !e.IsDir() || !abandoned(path, ending) {
			continue
		}
		if os.RemoveAll(path) == nil { // follows no link; the next one tries again
			removed = append(removed, path)
		}
	}
	return removed
}

// abandoned reports whether a scratch folder is of this user and no process uses it.
func abandoned(path string, ending time.Duration) bool {
	st, err := os.Lstat(path)
	if err != nil {
		return false
	}
	own, ok := st.Sys().(*syscall.Stat_t)
	if !ok || int(own.Uid) != os.Geteuid() || st.Mode().Perm() != 0o700 {
		return false
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) && time.Since(st.ModTime()) > beginning
	}
	defer lock.Close()
	for end := time.Now().Add(ending); ; time.Sleep(50 * time.Millisecond) {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err == nil
		}
		if time.Now().After(end) || runs(lock) {
			return false
		}
	}
}

// runs reports whether the process that made the lock runs, or may.
func runs(lock *os.File) bool {
	b := make([]byte, 20)
	n, _ := lock.ReadAt(b, 0)
	pid, err := strconv.Atoi(string(b[:n]))
	return err != nil || pid == os.Getpid() || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
