package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Options say how a snapshot is saved.
type Options struct {
	// Force replaces a file that exists.
	Force bool
	// Progress is called from one goroutine as the work goes on, nil for nobody.
	Progress func(Step)
}

// Phase is a part of the work, in the order in which they come.
type Phase uint8

// The phases of Save.
const (
	Streaming Phase = iota // bytes arrive and are written to NAME.part
	Verifying              // checksum, pages and records are checked
	Syncing                // the rest of the file is written to the disk, and it gets its name
	Saved                  // it is there
)

// String returns the phase as a word.
func (p Phase) String() string {
	return [...]string{"streaming", "verifying", "syncing", "saved"}[p]
}

// Step is how far the work is.
type Step struct {
	Phase Phase
	Done  int64 // Streaming: bytes written
	Total int64 // Streaming: bytes in all, -1 where not known
}

// Result describes a saved snapshot.
type Result struct {
	Path     string
	Bytes    int64  // with the trailer
	SHA256   string // of the database, in hex, as in the trailer
	Revision int64
	Keys     int64  // live keys
	Version  string // storage version, "" where not known
	Member   string // that it was streamed from, "" where not known
	Took     time.Duration
	System   []byte // the stored value of the namespace kube-system, which identifies the cluster; nil where there is none
}

// Save streams a snapshot into a file, verifies it, and only then gives it its name. A path that is a folder gets a file
// named after the time, etcd-20060102-150405.db. Errors are *etcdsource.Problem, or the context's.
func Save(ctx context.Context, saver etcdsource.Saver, path string, o Options) (Result, error) {
	start := time.Now()
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	if path == "" {
		return Result{}, problem("a file", "its name is empty", "choose a name", fs.ErrInvalid)
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		path = filepath.Join(path, start.UTC().Format("etcd-20060102-150405.db"))
	}
	if err := free(path, o.Force); err != nil {
		return Result{}, err
	}
	p, err := newPart(path)
	if err != nil {
		return Result{}, err
	}
	defer p.discard()
	r, err := p.save(ctx, saver, o)
	r.Took = time.Since(start)
	if err != nil {
		return Result{}, err
	}
	o.Progress(Step{Phase: Saved, Done: r.Bytes, Total: r.Bytes})
	return r, nil
}

func problem(path, why, do string, err error) error {
	return &etcdsource.Problem{Tried: "save snapshot to " + path, Why: why, Do: do, Err: err}
}

// elsewhere is how another place for a snapshot is chosen.
const elsewhere = "choose another folder"

// free refuses a name that is taken.
func free(path string, force bool) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return problem(path, disk.Why(err), disk.Do(err, elsewhere), err)
	case !st.Mode().IsRegular():
		return problem(path, "something that is no file is there", "choose another name", nil)
	case !force:
		return problem(path, "the file exists", "choose another name or --force", fs.ErrExist)
	}
	return nil
}

func (p *part) save(ctx context.Context, saver etcdsource.Saver, o Options) (Result, error) {
	saved, err := p.stream(ctx, saver, o)
	if err != nil {
		return Result{}, err
	}
	o.Progress(Step{Phase: Verifying, Done: saved.Bytes, Total: saved.Bytes})
	synced := make(chan error, 1)
	safego.Go(func(err error) { synced <- err }, func() { synced <- p.f.Sync() }) // the disk works while the file is read
	r, err := p.verify(ctx)
	if err != nil {
		<-synced
		return r, err
	}
	o.Progress(Step{Phase: Syncing, Done: saved.Bytes, Total: saved.Bytes})
	r.Path, r.Bytes, r.SHA256, r.Member = p.path, p.sum.n, hex.EncodeToString(p.sum.last), saved.Member
	if saved.Version != "" {
		r.Version = saved.Version
	}
	return r, p.finish(ctx, <-synced, o.Force)
}

// stream writes what the saver sends, watching the space on the disk.
func (p *part) stream(ctx context.Context, saver etcdsource.Saver, o Options) (etcdsource.Saved, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	checked := false
	o.Progress(Step{Phase: Streaming, Total: -1})
	w := newBehind(p.f, &p.sum)
	defer w.Close()
	saved, err := saver.Save(ctx, w, func(done, total int64) {
		if !checked && total > 0 {
			checked = true
			if err := p.room(total - done); err != nil {
				stop(err)
			}
		}
		o.Progress(Step{Phase: Streaming, Done: done, Total: total})
	})
	failed := w.Close()
	var own *etcdsource.Problem
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &own):
		return saved, own
	case cause != nil:
		return saved, fmt.Errorf("save snapshot to %s: %w", p.path, cause)
	case failed != nil:
		return saved, problem(p.path, disk.Why(failed), disk.Do(failed, elsewhere), failed)
	case errors.As(err, &own):
		return saved, own
	case err != nil:
		return saved, problem(p.path, disk.Why(err), disk.Do(err, elsewhere), err)
	case p.sum.n == 0:
		return saved, problem(p.path, "the server sent nothing", "", nil)
	case saved.Bytes != 0 && saved.Bytes != p.sum.n:
		return saved, problem(p.path, fmt.Sprintf("%d of %d bytes arrived", p.sum.n, saved.Bytes), "", nil)
	}
	return saved, nil
}

// reserve is the space that is left free on the disk, in bytes.
const reserve = 64 << 20

func (p *part) room(need int64) error {
	var st syscall.Statfs_t
	if syscall.Fstatfs(int(p.f.Fd()), &st) != nil {
		return nil
	}
	if free := int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize); free-reserve < need {
		return problem(p.path, disk.Lacks(filepath.Dir(p.path), need, reserve, free), "choose another folder", nil)
	}
	return nil
}

// verify compares the checksum, and opens what was written: every page and every record is read.
func (p *part) verify(ctx context.Context) (Result, error) {
	if !p.sum.matches() {
		return Result{}, problem(p.path, "what arrived does not match its checksum", "save it again", nil)
	}
	if err := syscall.Flock(int(p.f.Fd()), syscall.LOCK_SH); err != nil {
		return Result{}, problem(p.path, disk.Why(err), disk.Do(err, elsewhere), err)
	}
	src, err := snapfile.Open(ctx, p.f.Name(), snapfile.Options{})
	if err != nil && ctx.Err() != nil {
		return Result{}, fmt.Errorf("save snapshot to %s: %w", p.path, ctx.Err())
	}
	if err != nil {
		return Result{}, problem(p.path, "what arrived cannot be read: "+err.Error(), "save it again", err)
	}
	defer src.Close()
	info, err := src.Describe(ctx)
	if err != nil {
		return Result{}, err
	}
	r := Result{Revision: info.Revision, Keys: info.Keys, Version: info.Version}
	r.System, err = system(ctx, src)
	return r, err
}

// finish gives the file, which was written to the disk unless err says otherwise, its name.
func (p *part) finish(ctx context.Context, err error, force bool) error {
	if err != nil {
		return problem(p.path, "cannot write it to the disk: "+disk.Why(err), disk.Do(err, elsewhere), err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("save snapshot to %s: %w", p.path, err)
	}
	if err := p.name(force); err != nil {
		return err
	}
	p.f.Close()
	p.f = nil
	if d, err := os.Open(filepath.Dir(p.path)); err == nil {
		defer d.Close()
		if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
			return problem(p.path, "cannot write its folder to the disk: "+disk.Why(err), disk.Do(err, elsewhere), err)
		}
	}
	return nil
}

// name renames the part file. Without force a link is made, which fails where a file has appeared meanwhile.
func (p *part) name(force bool) error {
	part := p.f.Name()
	if !force {
		switch err := os.Link(part, p.path); {
		case err == nil:
			os.Remove(part)
			return nil
		case errors.Is(err, fs.ErrExist):
			return problem(p.path, "the file exists", "choose another name or --force", err)
		}
		if err := free(p.path, false); err != nil { // the file system knows no links
			return err
		}
	}
	if err := os.Rename(part, p.path); err != nil {
		return problem(p.path, "cannot rename "+part+": "+disk.Why(err), disk.Do(err, elsewhere), err)
	}
	return nil
}
