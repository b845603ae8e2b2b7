package objectstore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	stageName = "etcdscope-backup-" // what the name of a stage begins with
	stageLock = "lock"              // the file in it that is locked as long as its process lives
	// beginning is how long a stage may be without its lock because it is just being made.
	beginning = time.Minute
)

// stage is a folder of this machine in which backups are made before they are uploaded. They hold every Secret, so what a
// process that was killed has left is removed by the next one.
type stage struct {
	path string
	lock *os.File
}

// Stage returns a folder of this machine.
func (b *Bucket) Stage(string) (string, error) {
	if b.stage != nil {
		return b.stage.path, nil
	}
	dir := b.o.TempDir
	if dir == "" {
		dir = os.TempDir()
	}
	sweep(dir)
	s, err := newStage(dir)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
		s, err = newStage(dir) // another process has just taken it for a leftover
	}
	if err != nil {
		return "", problem("make a folder for backups before they are uploaded", disk.Why(err), disk.Do(err, disk.Temporary), err)
	}
	b.stage = s
	return s.path, nil
}

// Close removes what was staged.
func (b *Bucket) Close() error {
	if b.stage == nil {
		return nil
	}
	s := b.stage
	b.stage = nil
	return s.remove()
}

// newStage makes a stage for its owner only, and locks it.
func newStage(dir string) (*stage, error) {
	path, err := os.MkdirTemp(dir, stageName) // mode 0700
	if err != nil {
		return nil, err
	}
	s := &stage{path: path}
	s.lock, err = os.OpenFile(filepath.Join(path, stageLock), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err == nil {
		err = syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		_, err = os.Lstat(s.lock.Name())
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// remove removes the stage with all that is in it.
func (s *stage) remove() error {
	err := os.RemoveAll(s.path)
	if s.lock != nil {
		s.lock.Close()
	}
	return err
}

// sweep removes the stages of this user whose processes are gone.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), stageName) && e.IsDir() && abandoned(path) {
			_ = os.RemoveAll(path) // follows no link; the next one tries again
		}
	}
}

// abandoned reports whether a stage is of this user and its process is gone.
func abandoned(path string) bool {
	st, err := os.Lstat(path)
	if err != nil {
		return false
	}
	own, ok := st.Sys().(*syscall.Stat_t)
	if !ok || int(own.Uid) != os.Geteuid() || st.Mode().Perm() != 0o700 {
		return false
	}
	lock, err := os.OpenFile(filepath.Join(path, stageLock), os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) && time.Since(st.ModTime()) > beginning
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
