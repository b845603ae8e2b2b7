package open

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/objectstore"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// History returns the changes of one key in the backups of a place, the oldest first. Of a bucket each backup that is asked is
// copied into a folder of this machine, and removed when it was read. Errors are *etcdsource.Problem, or the context's.
func History(ctx context.Context, shelf *backup.Shelf, p etcdsource.Place, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
	if !etcdsource.IsBucket(p.Path) {
		return shelf.History(ctx, p.Path, key, o)
	}
	b, err := objectstore.Open(p, objectstore.Options{})
	if err != nil {
		return nil, err
	}
	all, err := Bucket(ctx, p)
	if err != nil {
		return nil, err
	}
	if all, err = backup.Chosen(all, o.Cluster); err != nil {
		return nil, err
	}
	list, cluster, since := backup.Asked(all, &o)
	c, err := newCopies(b, Options{MaxUnpack: o.MaxUnpack})
	if err != nil {
		return nil, err
	}
	defer c.close()
	var bytes int64
	for i := range list {
		bytes += list[i].Bytes
	}
	if o.Copying != nil && len(list) > 0 {
		o.Copying(len(list), bytes)
	}
	r := &remote{copies: c, total: bytes, report: o.Progress}
	return shelf.HistoryOf(ctx, list, cluster, since, archive.Asking{Key: key, Open: r.open, Skipped: o.Skipped, Contradiction: o.Contradiction})
}

// remote opens backups in a bucket one by one.
type remote struct {
	*copies
	total  int64
	report func(step string, done, total int64) // may be nil
	mu     sync.Mutex
	done   int64 // bytes
}

// open copies a backup, and opens the copy.
func (r *remote) open(ctx context.Context, b *etcdsource.Backup) (*snapfile.Source, func(), error) {
	dir, err := os.MkdirTemp(r.scratch.Path, "")
	if err != nil {
		return nil, nil, err
	}
	name := strings.TrimPrefix(b.Path, r.bucket.String()+"/")
	own := *r.copies
	own.dir = dir
	if err := own.fetch(ctx, []objectstore.Object{{Name: name, Bytes: b.Bytes}}); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	r.copied(b.Bytes)
	src, err := archive.Open(ctx, filepath.Join(dir, filepath.FromSlash(name)), snapfile.Options{TempDir: dir, MaxUnpack: r.maxUnpack})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return src, func() { src.Close(); os.RemoveAll(dir) }, nil
}

// copied says how many bytes have come.
func (r *remote) copied(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done += n; r.report != nil {
		r.report("copying", r.done, r.total)
	}
}
