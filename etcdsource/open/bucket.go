package open

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/objectstore"
)

const (
	// copyName begins the name of a folder with copies of what lies in a bucket.
	copyName = "etcdscope-copy-"
	// unasked is the most that is copied from a bucket unless more is allowed, in bytes.
	unasked = 4 << 30
)

// copies are copies of what lies in a bucket, in a folder that is removed when they were read.
type copies struct {
	bucket    *objectstore.Bucket
	scratch   *disk.Scratch
	dir       string // in which they are
	maxUnpack int64
	progress  func(step string, done, total int64)
}

// newCopies makes the folder; what a process that was killed has left is removed. Errors are *etcdsource.Problem.
func newCopies(b *objectstore.Bucket, o Options) (*copies, error) {
	dir := cmp.Or(o.TempDir, os.TempDir())
	disk.SweepScratch(dir, copyName, 0)
	s, err := disk.NewScratch(dir, copyName)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: "make a folder for a copy of what lies in " + b.String(), Why: disk.Why(err), Do: disk.Do(err, disk.Temporary), Err: err}
	}
	return &copies{bucket: b, scratch: s, dir: s.Path, maxUnpack: o.MaxUnpack, progress: o.Progress}, nil
}

// room refuses what does not fit, or takes more than is used without asking.
func (c *copies) room(need int64) error {
	dir, free := disk.Free(c.dir)
	tried := "copy what lies in " + c.bucket.String()
	if free >= 0 && need+etcdsource.KeepFree > free {
		return &etcdsource.Problem{Tried: tried, Why: disk.Lacks(dir, need, etcdsource.KeepFree, free), Do: disk.Temporary}
	}
	limit := c.maxUnpack
	if limit <= 0 {
		if limit = unasked; free >= 0 {
			limit = min(limit, free/2)
		}
	}
	if need <= limit {
		return nil
	}
	big := &etcdsource.UnpackError{Bytes: need, Limit: limit, Free: free, Folder: filepath.Dir(c.scratch.Path), Copied: true}
	return &etcdsource.Problem{Tried: tried, Why: big.Error(), Do: fmt.Sprintf("allow it with --max-unpack %dG, or %s", need/1_000_000_000+1, disk.Temporary), Err: big}
}

// fetch copies objects.
func (c *copies) fetch(ctx context.Context, list []objectstore.Object) error {
	var all, done int64
	for _, o := range list {
		all += o.Bytes
	}
	if err := c.room(all); err != nil {
		return err
	}
	for _, o := range list {
		file := filepath.Join(c.dir, filepath.FromSlash(o.Name))
		if !filepath.IsLocal(o.Name) {
			return &etcdsource.Problem{Tried: "copy " + c.bucket.String() + "/" + o.Name, Why: "its name is no plain path", Do: "copy it to a file of this machine, and open that"}
		}
		if err := c.one(ctx, o, file, func(n int64) { c.report(done+n, all) }); err != nil {
			return err
		}
		done += o.Bytes
	}
	return nil
}

func (c *copies) report(done, total int64) {
	if c.progress != nil {
		c.progress("copying", done, total)
	}
}

// one copies an object into a file that is not there.
func (c *copies) one(ctx context.Context, o objectstore.Object, file string, progress func(int64)) error {
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	}
	if err != nil {
		return &etcdsource.Problem{Tried: "copy " + c.bucket.String() + "/" + o.Name, Why: disk.Why(err), Do: disk.Do(err, disk.Temporary), Err: err}
	}
	err = c.bucket.Download(ctx, o, f, progress)
	return errors.Join(err, f.Close())
}

// close removes the copies.
func (c *copies) close() error { return c.scratch.Remove() }

// inBucket returns what a path in a bucket names: an object with what belongs to it, or the backup in a folder. sub is the bucket
// from the folder on in which they lie, and name that of the copy to be opened below it, "" for the folder itself.
func inBucket(ctx context.Context, p etcdsource.Place, env func(string) string) (sub *objectstore.Bucket, name string, list []objectstore.Object, err error) {
	dir, base := path.Split(strings.TrimSuffix(p.Path, "/"))
	if dir != etcdsource.BucketScheme && base != "" {
		up := p
		up.Path = strings.TrimSuffix(dir, "/")
		if sub, err = objectstore.Open(up, objectstore.Options{Env: env}); err != nil {
			return nil, "", nil, err
		}
		o, ok, err := sub.Stat(ctx, base)
		if err != nil {
			return nil, "", nil, err
		}
		if ok && !strings.HasSuffix(p.Path, "/") {
			list = append(list, o)
			for _, beside := range archive.Beside(base) {
				if o, ok, err := sub.Stat(ctx, beside); err == nil && ok {
					list = append(list, o)
				}
			}
			return sub, base, list, nil
		}
	}
	if sub, err = objectstore.Open(p, objectstore.Options{Env: env}); err != nil {
		return nil, "", nil, err
	}
	list, err = neededIn(ctx, sub)
	if err != nil {
		return nil, "", nil, err
	}
	return sub, only(list), list, nil
}

// only is the one backup of a folder, "" for the folder itself.
func only(list []objectstore.Object) string {
	if a, ok := archive.Named(list[0].Name); ok && a.Format != archive.GardenerFull && a.Format != archive.GardenerDelta {
		return list[0].Name
	}
	return ""
}

// neededIn returns the objects that opening a folder of a bucket reads.
func neededIn(ctx context.Context, b *objectstore.Bucket) (list []objectstore.Object, err error) {
	objects, err := b.Objects(ctx, "", mostObjects)
	if err != nil {
		return nil, err
	}
	by := map[string]objectstore.Object{}
	var names []string
	for _, o := range objects {
		by[o.Name], names = o, append(names, o.Name)
	}
	needed, backups := archive.Needed(names)
	tried := "open " + b.String()
	switch {
	case backups == 0:
		return nil, &etcdsource.Problem{Tried: tried, Why: "there is no backup of that name, and none below it", Do: "see what is there: etcdscope snapshot list " + b.String(), Err: fs.ErrNotExist}
	case backups > 1:
		return nil, &etcdsource.Problem{Tried: tried, Why: fmt.Sprintf("there are %d backups below it", backups), Do: "name one of them; etcdscope snapshot list " + b.String() + " lists them"}
	}
	for _, n := range needed {
		list = append(list, by[n])
	}
	return list, nil
}

// Local returns the path of a file or folder of this machine that is what o.Path names: of what lies in a bucket, a copy. end
// removes it. Errors are *etcdsource.Problem, or the context's.
func Local(ctx context.Context, o Options) (local string, end func() error, err error) {
	if !etcdsource.IsBucket(o.Path) {
		return o.Path, func() error { return nil }, nil
	}
	if o.Env == nil {
		o.Env = os.Getenv
	}
	b, name, list, err := inBucket(ctx, etcdsource.Place{Path: o.Path}, o.Env)
	if err != nil {
		return "", nil, err
	}
	c, err := newCopies(b, o)
	if err != nil {
		return "", nil, err
	}
	if as := path.Base(b.String()); name == "" && filepath.IsLocal(as) {
		c.dir = filepath.Join(c.dir, as) // the store is named like the folder
	}
	if err := c.fetch(ctx, list); err != nil {
		return "", nil, errors.Join(err, c.close())
	}
	return filepath.Join(c.dir, filepath.FromSlash(name)), c.close, nil
}

// openBucket opens a copy of what lies in a bucket.
func openBucket(ctx context.Context, o Options) (etcdsource.Source, Found, error) {
	path, end, err := Local(ctx, o)
	if err != nil {
		return nil, Found{}, err
	}
	local := o
	local.Path = path
	src, found, err := openFile(ctx, local)
	if err != nil {
		return nil, Found{}, errors.Join(err, end())
	}
	found.From = o.Path
	return &copied{src, end, o.Path}, found, nil
}

// copied is a source that reads a copy.
type copied struct {
	etcdsource.Source
	end  func() error
	path string
}

// Unwrap returns the source as it was opened.
func (c *copied) Unwrap() etcdsource.Source { return c.Source }

// Describe says what the source says, and where the original lies.
func (c *copied) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := c.Source.Describe(ctx)
	info.Target = c.path
	return info, err
}

// Close closes the source, and removes the copy.
func (c *copied) Close() error { return errors.Join(c.Source.Close(), c.end()) }
