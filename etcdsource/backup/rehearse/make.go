package rehearse

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// target is the data directory that is made.
type target struct {
	etcdsource.NewMember
	parts []part // the WAL's first, where it has a folder of its own
}

// part is a directory that is made under a temporary name, in a folder that this process created exclusively.
type part struct {
	name  string // the directory that is to be
	claim string // the folder beside it that it is made in
	made  bool   // it has its name
}

const (
	unfinished = ".restoring" // behind the name of a directory that is being made
	walRoom    = 128 << 20    // two log segments, in bytes
)

// Make makes a data directory of a snapshot where nothing is. What fails leaves nothing behind. Errors are
// *etcdsource.Problem, or the context's.
func Make(ctx context.Context, path string, n etcdsource.NewMember) (err error) {
	t := target{NewMember: n}
	if err := t.resolve(); err != nil {
		return err
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
	defer t.drop()
	if err := t.claim(); err != nil {
		return err
	}
	if err = t.restore(ctx, f); err != nil {
		t.unmake()
	}
	return err
}

// resolve makes the paths absolute: the folder that they are seen from is not to matter.
func (t *target) resolve() (err error) {
	for _, dir := range []*string{&t.WALDir, &t.DataDir} {
		if *dir == "" {
			continue
		}
		if *dir, err = filepath.Abs(*dir); err != nil {
			return t.problem(err.Error(), "", err)
		}
		t.parts = append(t.parts, part{name: *dir, claim: *dir + unfinished})
	}
	if t.WALDir != "" && (t.WALDir == t.DataDir || strings.HasPrefix(t.WALDir, t.DataDir+"/") || strings.HasPrefix(t.DataDir, t.WALDir+"/")) {
		return t.problem("the WAL's folder "+t.WALDir+" lies in the data directory, or holds it", "choose one beside it, or leave it out for "+t.DataDir+"/member/wal", nil)
	}
	return nil
}

// claim makes the folders that the directories are made in. Of two restores with the same target one fails here.
func (t *target) claim() error {
	for i := range t.parts {
		at := t.parts[i].claim
		err := os.Mkdir(at, 0o700)
		switch {
		case err == nil:
			continue
		case errors.Is(err, fs.ErrExist):
			err = t.problem(at+" exists: another restore makes it, or one that was killed has left it", "remove it where nothing writes to it", err)
		default:
			err = t.problem("cannot make "+at+": "+disk.Why(err), disk.Do(err, "choose another folder"), err)
		}
		t.parts = t.parts[:i] // those that are ours
		return err
	}
	return nil
}

// drop removes the folders that were claimed, with what is in them.
func (t *target) drop() {
	for _, p := range t.parts {
		os.RemoveAll(p.claim)
	}
}

// unmake removes what already has its name, of a restore that failed behind that.
func (t *target) unmake() {
	for _, p := range t.parts {
		if p.made {
			os.RemoveAll(p.name)
		}
	}
}

func (t *target) problem(why, do string, err error) error {
	return &etcdsource.Problem{Tried: "restore into " + t.DataDir, Why: why, Do: do, Err: err}
}

// exists is what is said where something is.
func (t *target) exists(dir string) error {
	return t.problem(dir+" exists, and nothing is restored over what exists", "name a folder that does not exist, or rename this one when its member has stopped", fs.ErrExist)
}

// free refuses a target where something is: also an empty folder may be one that a member was just given.
func (t *target) free() error {
	for _, p := range t.parts {
		_, err := os.Lstat(p.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return t.problem(disk.Why(err), disk.Do(err, "choose another folder"), err)
		}
		return t.exists(p.name)
	}
	return nil
}

// room refuses disks without the space for the database and the log.
func (t *target) room(f *file) error {
	for _, p := range t.parts {
		need := int64(walRoom)
		if p.name == t.DataDir {
			if need += f.size; !f.plain {
				need += f.size // it is unpacked beside
			}
		}
		up := filepath.Dir(p.name)
		free, _, err := freeIn(up)
		if err != nil {
			return t.problem("cannot use "+up+": "+disk.Why(err), disk.Do(err, "choose another folder"), err)
		}
		if free-etcdsource.KeepFree < need {
			return t.problem(disk.Lacks(up, need, etcdsource.KeepFree, free), "choose another folder", syscall.ENOSPC)
		}
	}
	return nil
}

// restore makes the directories in the claimed folders, writes them to the disk, and gives them their names: the data
// directory last, which is of no use without its WAL.
func (t *target) restore(ctx context.Context, f *file) error {
	work := t.parts[len(t.parts)-1].claim
	snapshot, skip := f.path, t.SkipHash
	if !f.plain {
		var err error
		if snapshot, err = f.in(ctx, work); err != nil {
			return err
		}
		skip = false
	}
	log, err := os.OpenFile(filepath.Join(work, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return t.problem(disk.Why(err), disk.Do(err, "choose another folder"), err)
	}
	o := order{Snapshot: snapshot, SkipHash: skip, DataDir: filepath.Join(work, "made"), Name: t.Name, Cluster: t.Cluster,
		Token: t.Token, PeerURLs: t.PeerURLs, Bump: t.Bump, MmapSize: t.MmapSize}
	if len(t.parts) > 1 {
		o.WALDir = filepath.Join(t.parts[0].claim, "made")
	}
	p, err := start(o, log, nil)
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
	return t.name(ctx)
}

// name gives what was made its names, where nothing has appeared meanwhile.
func (t *target) name(ctx context.Context) error {
	for i := range t.parts {
		if err := syncTree(filepath.Join(t.parts[i].claim, "made")); err != nil {
			return t.problem("cannot write it to the disk: "+disk.Why(err), disk.Do(err, "choose another folder"), err)
		}
	}
	for i := range t.parts {
		p := &t.parts[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		switch err := renameNew(filepath.Join(p.claim, "made"), p.name); {
		case errors.Is(err, fs.ErrExist):
			return t.exists(p.name)
		case err != nil:
			return t.problem(disk.Why(err), disk.Do(err, "choose another folder"), err)
		}
		p.made = true
		_ = syncFile(filepath.Dir(p.name))
	}
	return nil
}

// renameChecked renames where nothing is. What appears between its two steps is replaced if it is an empty folder.
func renameChecked(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

// syncTree writes all files and folders of a tree to the disk.
func syncTree(root string) error {
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
