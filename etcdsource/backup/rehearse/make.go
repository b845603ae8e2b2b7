package rehearse

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// target is the data directory that is made.
type target struct {
	etcdsource.NewMember
	walMade bool // WALDir was not there when the process that makes it was started
}

// unfinished is behind the name of a data directory that is being made.
const unfinished = ".restoring"

// Make makes a data directory of a snapshot where nothing is. What fails leaves nothing behind. Errors are
// *etcdsource.Problem, or the context's.
func Make(ctx context.Context, path string, n etcdsource.NewMember) (err error) {
	t := target{NewMember: n}
	if t.DataDir, err = filepath.Abs(t.DataDir); err != nil {
		return t.problem(err.Error(), "", err)
	}
	if err := t.free(); err != nil {
		return err
	}
	f, err := openFile(ctx, path, snapfile.Options{Wait: true, MaxUnpack: n.MaxUnpack})
	if err != nil {
		return err
	}
	defer f.Close()
	if err := t.room(f); err != nil {
		return err
	}
	part := t.DataDir + unfinished
	if err := os.Mkdir(part, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return t.problem(part+" exists: another restore makes it, or one that was killed has left it", "remove it where nothing writes to it", err)
		}
		return t.problem("cannot make "+part+": "+disk.Why(err), disk.Do(err, "choose another folder"), err)
	}
	defer os.RemoveAll(part)
	if err := t.restore(ctx, f, part); err != nil {
		if t.walMade {
			os.RemoveAll(t.WALDir)
		}
		return err
	}
	return nil
}

func (t *target) problem(why, do string, err error) error {
	return &etcdsource.Problem{Tried: "restore into " + t.DataDir, Why: why, Do: do, Err: err}
}

// free refuses a target where something is: also an empty folder may be one that a member was just given.
func (t *target) free() error {
	for _, dir := range []string{t.DataDir, t.WALDir} {
		if dir == "" {
			continue
		}
		_, err := os.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return t.problem(disk.Why(err), disk.Do(err, "choose another folder"), err)
		}
		return t.problem(dir+" exists, and nothing is restored over what exists", "name a folder that does not exist, or rename this one when its member has stopped", fs.ErrExist)
	}
	return nil
}

// room refuses a disk without the space for the database and two log segments of 64 MB.
func (t *target) room(f *file) error {
	up := filepath.Dir(t.DataDir)
	free, _, err := freeIn(up)
	if err != nil {
		return t.problem("cannot use "+up+": "+disk.Why(err), disk.Do(err, "choose another folder"), err)
	}
	if need := f.size + 128<<20; free-etcdsource.KeepFree < need {
		return t.problem(disk.Lacks(up, need, etcdsource.KeepFree, free), "choose another folder", syscall.ENOSPC)
	}
	return nil
}

// restore makes the directory under another name, writes it to the disk, and gives it its name.
func (t *target) restore(ctx context.Context, f *file, part string) error {
	snapshot, skip := f.path, t.SkipHash
	if !f.plain {
		var err error
		if snapshot, err = f.in(ctx, part); err != nil {
			return err
		}
		skip = false
	}
	log, err := os.OpenFile(filepath.Join(part, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return t.problem(disk.Why(err), disk.Do(err, "choose another folder"), err)
	}
	if err := t.free(); err != nil { // another restore may have ended meanwhile: its WAL must stay
		log.Close()
		return err
	}
	t.walMade = t.WALDir != ""
	data := filepath.Join(part, "data")
	p, err := start(order{Snapshot: snapshot, SkipHash: skip, DataDir: data, WALDir: t.WALDir, Name: t.Name, Cluster: t.Cluster,
		Token: t.Token, PeerURLs: t.PeerURLs, Bump: t.Bump, MmapSize: t.MmapSize}, log, nil)
	if err != nil {
		log.Close()
		return t.problem(err.Error(), "", err)
	}
	defer p.stop()
	if err := p.await(ctx, sayRestored); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return t.problem(err.Error(), do(err), err)
	}
	if err := errors.Join(syncTree(data), syncTree(t.WALDir)); err != nil {
		return t.problem("cannot write it to the disk: "+disk.Why(err), disk.Do(err, "choose another folder"), err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.free(); err != nil && t.WALDir == "" { // something has appeared meanwhile
		return err
	}
	if err := os.Rename(data, t.DataDir); err != nil {
		return t.problem(disk.Why(err), disk.Do(err, "choose another folder"), err)
	}
	_ = syncFile(filepath.Dir(t.DataDir))
	return nil
}

// syncTree writes all files and folders of a tree to the disk.
func syncTree(root string) error {
	if root == "" {
		return nil
	}
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncFile(path)
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}
