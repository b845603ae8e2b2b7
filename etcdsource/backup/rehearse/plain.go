package rehearse

import (
	"context"
	"os"
	"path/filepath"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// file is the snapshot as it was opened.
type file struct {
	*snapfile.Source
	path  string
	plain bool // it is a snapshot as etcdutl takes it
	size  int64
}

// openFile opens a snapshot in any of its forms. What is packed, or a member's data directory, is written as a plain
// snapshot into the scratch folder later.
func openFile(ctx context.Context, path string, o snapfile.Options) (*file, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, problem(err.Error(), "", err)
	}
	src, err := snapfile.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	info, err := src.Describe(ctx)
	if err != nil {
		src.Close()
		return nil, err
	}
	f := &file{Source: src, path: abs, size: info.DBSize}
	if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
		p, err := snapfile.Peek(path)
		f.plain = err == nil && p.Format == "snapshot"
	}
	return f, nil
}

// in returns the path of the plain snapshot, which is written into dir where the file is none.
func (f *file) in(ctx context.Context, dir string) (string, error) {
	if f.plain {
		return f.path, nil
	}
	path := filepath.Join(dir, "snapshot.db")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", problem(disk.Why(err), disk.Do(err, ownScratch), err)
	}
	_, err = f.Save(ctx, out, func(int64, int64) {})
	if e := out.Close(); err == nil {
		err = e
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", problem("cannot write the snapshot into "+dir+": "+disk.Why(err), disk.Do(err, ownScratch), err)
	}
	return path, nil
}
