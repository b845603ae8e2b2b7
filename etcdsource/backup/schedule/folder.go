package schedule

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	ownFolder  = ".etcdscope"
	lockSuffix = ".lock"
	tailSize   = 32
	maxIndex   = 64 << 20 // bytes
	maxNames   = 1_000_000
)

// Folder is a folder in which backups are kept.
type Folder struct {
	dir  string
	root *os.Root
	lazy bool // files are not written to the disk at once: for tests of thousands
	lock *held
}

// held is a lock that this process holds.
type held struct {
	name string
	file *os.File
	lose context.CancelCauseFunc
}

// OpenFolder opens a folder. Errors are *etcdsource.Problem.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, folderProblem(dir, "open the folder for backups", err)
	}
	return &Folder{dir: dir, root: root}, nil
}

// Close closes it.
func (f *Folder) Close() error { return f.root.Close() }

func (f *Folder) String() string { return f.dir }

func folderProblem(dir, what string, err error) error {
	var own *etcdsource.Problem
	if errors.As(err, &own) {
		return err
	}
	return &etcdsource.Problem{Tried: what + " " + dir, Why: disk.Why(err), Do: disk.Do(err, "choose another folder"), Err: err}
}

// plain makes sure that no folder of a path is a link, and makes those that are missing.
func (f *Folder) plain(dir string) error {
	for at := dir; at != "."; at = path.Dir(at) {
		st, err := f.root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := f.plain(path.Dir(at)); err != nil {
				return err
			}
			if err := f.root.Mkdir(at, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
			st, err = f.root.Lstat(at)
			if err != nil {
				return err
			}
		case err != nil:
			return err
		}
		if !st.IsDir() {
			return &etcdsource.Problem{Tried: "use the folder " + filepath.Join(f.dir, at), Why: "it is a link or no folder", Do: "remove it, or choose another folder"}
		}
	}
	return nil
}

// Lock locks the folder for one cluster, until release or the end of the process. lost ends when something is to be written or removed
// and the file of the lock is not there any more, or another one: a process that begins then locks another file.
func (f *Folder) Lock(ctx context.Context, cluster string) (context.Context, func(), error) {
	if err := f.plain(ownFolder); err != nil {
		return nil, nil, folderProblem(f.dir, "write into", err)
	}
	name := path.Join(ownFolder, cluster+lockSuffix)
	var last error
	for range lockTries {
		file, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return nil, nil, folderProblem(f.dir, "lock", err)
		}
		if err := exclusive(ctx, file); err != nil {
			file.Close()
			return nil, nil, locked(f.dir, cluster, err)
		}
		lost, lose := context.WithCancelCause(context.WithoutCancel(ctx))
		f.lock = &held{name, file, lose}
		if last = f.still(); last == nil {
			return lost, func() { f.lock = nil; lose(nil); file.Close() }, nil
		}
		f.lock = nil // it was removed right after it was opened
		file.Close()
	}
	return nil, nil, last
}

// lockTries is how often a lock is taken whose file is removed at once.
const lockTries = 5

// still fails where the file of the lock is not the one that was locked.
func (f *Folder) still() error {
	if f.lock == nil {
		return nil
	}
	mine, err := f.lock.file.Stat()
	if err == nil {
		var now fs.FileInfo
		if now, err = f.root.Lstat(f.lock.name); err == nil && os.SameFile(mine, now) {
			return nil
		}
	}
	err = &etcdsource.Problem{Tried: "write into " + f.dir, Why: "the lock file " + filepath.Join(f.dir, f.lock.name) + " was removed or replaced: another process may make backups there now",
		Do: "see that no other one does, and start the schedule again; leave the lock file where it is", Err: errors.Join(etcdsource.ErrLockLost, err)}
	f.lock.lose(err)
	return err
}

func locked(place, cluster string, err error) error {
	return &etcdsource.Problem{Tried: "lock " + place, Why: "another process makes backups of cluster " + cluster + " there", Do: "wait for it, or stop it", Err: errors.Join(fs.ErrExist, err)}
}

// Stage returns the folder for what is made, on the same file system; what a killed process has left in it is removed.
func (f *Folder) Stage(cluster string) (string, error) {
	stage := path.Join(ownFolder, cluster+".new")
	if err := f.plain(stage); err != nil {
		return "", folderProblem(f.dir, "write into", err)
	}
	names, err := f.Names(context.Background(), stage)
	if err != nil {
		return "", err
	}
	for _, n := range names {
		if strings.HasPrefix(n, stagePrefix) {
			_ = f.root.Remove(path.Join(stage, n)) // of a link the link
		}
	}
	return filepath.Join(f.dir, filepath.FromSlash(stage)), nil
}

// stagePrefix begins the names of files that are being made.
const stagePrefix = "making-"

// Put links a file of the stage to its name.
func (f *Folder) Put(_ context.Context, file string, k *etcdsource.Kept) error {
	if err := f.still(); err != nil {
		return err
	}
	if err := f.plain(path.Dir(k.Name)); err != nil {
		return folderProblem(f.dir, "write into", err)
	}
	rel, err := filepath.Rel(f.dir, file)
	if err != nil {
		return err
	}
	switch err = f.root.Link(rel, k.Name); {
	case err == nil:
		err = f.root.Remove(rel)
	case errors.Is(err, fs.ErrExist):
	default: // the file system knows no links
		if _, lerr := f.root.Lstat(k.Name); !errors.Is(lerr, fs.ErrNotExist) {
			err = errors.Join(fs.ErrExist, lerr)
			break
		}
		err = f.root.Rename(rel, k.Name)
	}
	if err == nil {
		err = f.sync(path.Dir(k.Name))
	}
	if err != nil {
		return folderProblem(filepath.Join(f.dir, k.Name), "write", err)
	}
	return nil
}

func (f *Folder) sync(dir string) error {
	if f.lazy {
		return nil
	}
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// Look compares size and last bytes.
func (f *Folder) Look(_ context.Context, k etcdsource.Kept) (etcdsource.Presence, error) {
	if err := f.noLinks(path.Dir(k.Name)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return etcdsource.Absent, nil
		}
		return etcdsource.Other, err
	}
	st, err := f.root.Lstat(k.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return etcdsource.Absent, nil
	case err != nil:
		return etcdsource.Other, err
	case !st.Mode().IsRegular() || st.Size() != k.Bytes:
		return etcdsource.Other, nil
	}
	file, err := f.root.OpenFile(k.Name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return etcdsource.Other, err
	}
	defer file.Close()
	tail, err := tailOf(file)
	if err != nil || tail != k.Tail {
		return etcdsource.Other, err
	}
	return etcdsource.Present, nil
}

// noLinks fails where a folder on the way is a link or not there.
func (f *Folder) noLinks(dir string) error {
	for at := dir; at != "."; at = path.Dir(at) {
		st, err := f.root.Lstat(at)
		if err != nil {
			return err
		}
		if !st.IsDir() {
			return fmt.Errorf("%s is a link or no folder", at)
		}
	}
	return nil
}

// tailOf returns the last bytes of a file, in hex.
func tailOf(f *os.File) (string, error) {
	st, err := f.Stat()
	if err != nil {
		return "", err
	}
	var b [tailSize]byte
	n := min(st.Size(), tailSize)
	if _, err := f.ReadAt(b[tailSize-n:], st.Size()-n); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}

// Remove removes a file that is still what was put there.
func (f *Folder) Remove(ctx context.Context, k etcdsource.Kept) error {
	p, err := f.Look(ctx, k)
	switch {
	case err != nil:
		return folderProblem(filepath.Join(f.dir, k.Name), "remove", err)
	case p == etcdsource.Absent:
		return nil
	case p == etcdsource.Other:
		return &etcdsource.Problem{Tried: "remove " + filepath.Join(f.dir, k.Name), Why: "it is not the file that was put there", Err: etcdsource.ErrForeign}
	}
	if err := f.still(); err != nil {
		return err
	}
	if err := f.root.Remove(k.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderProblem(filepath.Join(f.dir, k.Name), "remove", err)
	}
	return nil
}

// Names returns the names in a folder, none where it is not there.
func (f *Folder) Names(_ context.Context, folder string) ([]string, error) {
	d, err := f.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, folderProblem(filepath.Join(f.dir, folder), "list", err)
	}
	defer d.Close()
	names, err := d.Readdirnames(maxNames)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, folderProblem(filepath.Join(f.dir, folder), "list", err)
	}
	return names, nil
}

// Indexes returns the names of the indexes.
func (f *Folder) Indexes(ctx context.Context) (list []string, err error) {
	if f.noLinks(ownFolder) != nil {
		return nil, nil
	}
	names, err := f.Names(ctx, ownFolder)
	for _, n := range names {
		if strings.HasSuffix(n, indexSuffix) || strings.HasSuffix(n, downSuffix) {
			list = append(list, n)
		}
	}
	return list, err
}

// Index reads an index.
func (f *Folder) Index(_ context.Context, name string) ([]byte, error) {
	if err := f.noLinks(ownFolder); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, folderProblem(f.dir, "read the index of backups in", err)
	}
	file, err := f.root.OpenFile(path.Join(ownFolder, name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, folderProblem(f.dir, "read the index of backups in", err)
	}
	defer file.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(file, maxIndex)); err != nil {
		return nil, folderProblem(f.dir, "read the index of backups in", err)
	}
	if b.Len() == 0 {
		return []byte{}, nil
	}
	return b.Bytes(), nil
}

// SetIndex replaces an index at once, or removes it.
func (f *Folder) SetIndex(_ context.Context, name string, data []byte) (err error) {
	defer func() {
		if err != nil {
			err = folderProblem(f.dir, "write the index of backups in", err)
		}
	}()
	if err := f.still(); err != nil {
		return err
	}
	if err := f.plain(ownFolder); err != nil {
		return err
	}
	if data == nil {
		return f.root.Remove(path.Join(ownFolder, name))
	}
	tmp := path.Join(ownFolder, name+".tmp")
	_ = f.root.Remove(tmp)
	file, err := f.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if !f.lazy {
		err = errors.Join(err, file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = f.root.Remove(tmp)
		return err
	}
	if err := f.root.Rename(tmp, path.Join(ownFolder, name)); err != nil {
		return err
	}
	return f.sync(ownFolder)
}
