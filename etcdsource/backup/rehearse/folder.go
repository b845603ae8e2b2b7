package rehearse

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

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	folderName = "etcdscope-rehearsal-" // what a scratch folder's name begins with
	lockName   = "lock"                 // the file in it that is locked as long as somebody uses it
	ownScratch = "choose another folder with --scratch"
)

// folder is a scratch folder that is in use.
type folder struct {
	path string
	lock *os.File
}

// places are the folders that scratch folders are made in: the given one alone, else the usual ones.
func places(given string) []string {
	if given != "" {
		return []string{given}
	}
	dirs := []string{os.TempDir(), "/var/tmp"}
	if d, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, d)
	}
	return dirs
}

// freeIn is the space that is free below a folder, in bytes, and whether it lies in memory. Tests replace it.
var freeIn = func(dir string) (free int64, memory bool, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, false, os.NewSyscallError("statfs", err)
	}
	return int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize), inMemory(&st), nil
}

// choose returns the first place with room for so many bytes. One in memory is taken only where it was given, and one on
// the disk of an etcd only where no other is left.
func choose(given string, avoid []string, need int64) (string, error) {
	best, most, roomy := "", int64(-1), ""
	var bad error
	for _, dir := range places(given) {
		free, memory, err := freeIn(dir)
		if err != nil {
			if bad == nil {
				bad = problem("cannot use "+dir+": "+disk.Why(err), disk.Do(err, ownScratch), err)
			}
			continue
		}
		if memory && given == "" {
			if bad == nil {
				bad = problem(dir+" lies in memory", "choose a folder on a disk with --scratch", nil)
			}
			continue
		}
		if free > most {
			most, roomy = free, dir
		}
		if free-etcdsource.KeepFree < need {
			continue
		}
		if !sameDisk(dir, avoid) {
			return dir, nil
		}
		if best == "" {
			best = dir
		}
	}
	switch {
	case best != "":
		return best, nil
	case roomy != "":
		return "", problem(disk.Lacks(roomy, need, etcdsource.KeepFree, most), ownScratch, syscall.ENOSPC)
	}
	return "", bad
}

// sameDisk reports whether a folder lies on the disk of one of the others.
func sameDisk(dir string, others []string) bool {
	own, ok := device(dir)
	for _, o := range others {
		if dev, known := device(o); ok && known && dev == own {
			return true
		}
	}
	return false
}

func device(dir string) (uint64, bool) {
	st, err := os.Stat(dir)
	if err != nil {
		return 0, false
	}
	s, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return uint64(s.Dev), true
}

// newFolder makes a scratch folder for its owner only, and locks it.
func newFolder(dir string) (*folder, error) {
	fail := func(err error) (*folder, error) {
		return nil, problem("cannot make a folder in "+dir+": "+disk.Why(err), disk.Do(err, ownScratch), err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fail(err)
	}
	path, err := os.MkdirTemp(abs, folderName) // mode 0700
	if err != nil {
		return fail(err)
	}
	f := &folder{path: path}
	if f.lock, err = os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600); err != nil {
		os.RemoveAll(path)
		return fail(err)
	}
	err = syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		_, err = fmt.Fprint(f.lock, os.Getpid())
	}
	if err != nil {
		f.remove()
		return fail(err)
	}
	return f, nil
}

// remove removes the folder with all that is in it.
func (f *folder) remove() error {
	err := os.RemoveAll(f.path)
	f.lock.Close()
	return err
}

// sweep removes the scratch folders of ours that killed rehearsals have left in a place, and returns their paths. One that
// anybody still uses, or that is another user's, stays.
func sweep(dir string) (removed []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !strings.HasPrefix(e.Name(), folderName) || !e.IsDir() || !abandoned(path) {
			continue
		}
		if os.RemoveAll(path) == nil {
			removed = append(removed, path)
		}
	}
	return removed
}

const (
	endLimit  = 10 * time.Second // how long the members of a rehearsal that was killed may take to end
	beginning = time.Minute      // after this time a folder without a lock is none that a rehearsal is about to use
)

// abandoned reports whether a scratch folder is ours and nobody uses it. Where the rehearsal is gone and its members are
// still ending, it waits for them.
func abandoned(path string) bool {
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
	for end := time.Now().Add(endLimit); ; time.Sleep(50 * time.Millisecond) {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err == nil
		}
		if runs(lock) || time.Now().After(end) {
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

func problem(why, do string, err error) error {
	return &etcdsource.Problem{Tried: "rehearse the restore", Why: why, Do: do, Err: err}
}
