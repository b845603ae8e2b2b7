package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/serve"
)

// claim writes a kubeconfig beside path and gives it that name, so that who reads it reads all of it. The file that is returned
// holds a lock on it until it is closed: by that other runs see that its writer runs. What a killed run has left is replaced.
func claim(path string, data []byte) (lock *os.File, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".etcdscope-kubeconfig-") // of mode 0600
	if err != nil {
		return nil, err
	}
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // not every file system has locks
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync()); err == nil {
		err = named(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// named moves a file to path, where there is either none or one that a killed run has left.
func named(from, path string) error {
	err := os.Link(from, path)
	switch {
	case err == nil:
		return os.Remove(from)
	case !errors.Is(err, fs.ErrExist): // not every file system has links
		return os.Rename(from, path)
	}
	old, err := unused(path)
	if err != nil {
		return err
	}
	defer old.Close() // until then no other run takes its place
	return os.Rename(from, path)
}

// unused opens the kubeconfig that a run wrote and locks it; it refuses one whose writer runs.
func unused(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	locked := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	opened, err := f.Stat()
	there, gone := os.Lstat(path)
	if err = errors.Join(err, gone); err == nil && !errors.Is(locked, syscall.EWOULDBLOCK) && os.SameFile(opened, there) {
		return f, nil
	}
	f.Close()
	if err != nil {
		return nil, err
	}
	return nil, inUse(path)
}

// inUse is the error for the kubeconfig of a run that goes on.
func inUse(path string) error {
	server := ""
	if b, err := read(path); err == nil {
		server = serve.Address(b)
	}
	if server != "" {
		server = " at " + server
	}
	return &etcdsource.Problem{Tried: "write the kubeconfig " + path, Why: "it is that of an etcdscope serve" + server + " that still runs",
		Do: "give another path to --kubeconfig, or end that one", Err: fs.ErrExist}
}
