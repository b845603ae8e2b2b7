package snapfile

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	// maxUnpacked is the largest size that is unpacked, in bytes: more than any etcd can serve.
	maxUnpacked = 64 << 30
	// unpackStep is how often space and context are looked at, in bytes.
	unpackStep = 8 << 20
)

// unpack writes the unpacked content of f to a temporary file that has no name any more when it returns. When it fails
// on the way, the file holds what came out until then, and must be closed all the same.
func unpack(ctx context.Context, f *os.File, size int64, kind format, path string, o Options) (*os.File, int64, error) {
	p, err := reader(watched{ctx, f}, size, kind, maxUnpacked)
	if err != nil {
		return nil, 0, unpackProblem(ctx, path, kind, err)
	}
	defer p.Close()
	dir := cmp.Or(o.TempDir, os.TempDir())
	tmp, err := unnamed(dir)
	if err != nil {
		return nil, 0, problem(path, "cannot make a temporary file in "+dir+" to unpack it: "+disk.Why(err), disk.Do(err, disk.Temporary), err)
	}
	n, err := copyBounded(ctx, tmp, p, bounds(tmp, size, o.MaxUnpack), o.Progress)
	if err == nil {
		return tmp, n, nil
	}
	n, _ = tmp.Seek(0, io.SeekEnd)
	return tmp, n, unpackProblem(ctx, path, kind, err)
}

// unnamed makes a temporary file in a folder for its owner alone, which has no name any more: nothing of it is left when
// the program ends, however it does.
func unnamed(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "etcdscope-*.db") // created with mode 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// watched is a file that ends with its context: what is read of it may come from nothing but its beginning.
type watched struct {
	ctx context.Context
	io.ReaderAt
}

func (w watched) ReadAt(b []byte, off int64) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.ReaderAt.ReadAt(b, off)
}

func unpackProblem(ctx context.Context, path string, kind format, err error) error {
	packed := "its compressed data"
	if kind == tarred {
		packed = "the tar archive"
	}
	var own *packError
	var out *writeError
	var more *followError
	var big *etcdsource.UnpackError
	var full *roomError
	switch {
	case errors.As(err, &big):
		return problem(path, big.Error(), allowance(big), err)
	case errors.As(err, &full):
		return problem(path, "to unpack it, "+full.lacks, moreSpace, err)
	case ctx.Err() != nil:
		return fmt.Errorf("unpack %s: %w", path, ctx.Err())
	case errors.As(err, &own):
		return problem(path, own.why, own.do, err)
	case errors.As(err, &more):
		return problem(path, more.Error(), trySalvage, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return problem(path, packed+" ends too early (file is truncated)", tryCopy, err)
	case errors.As(err, &out):
		return problem(path, "cannot write it unpacked to "+out.dir+": "+disk.Why(out.err), disk.Do(out.err, disk.Temporary), out.err)
	}
	if errors.Is(err, tar.ErrHeader) {
		return problem(path, "the tar archive is damaged: the header of a file in it is not as it must be", tryCopy, err)
	}
	return problem(path, packed+" is damaged: "+plain(err), tryCopy, err)
}

// whyOf is why a file could not be unpacked, without its name and what to do.
func whyOf(err error) string {
	var p *etcdsource.Problem
	if errors.As(err, &p) {
		return p.Why
	}
	return err.Error()
}

// packError is a reason not to unpack that needs no further words.
type packError struct{ why, do string }

func (e *packError) Error() string { return e.why }

// writeError is why the temporary file could not be written.
type writeError struct {
	dir string
	err error
}

func (e *writeError) Error() string { return e.err.Error() }

// output takes what is unpacked, and can read it again. It is a temporary file, except in tests.
type output interface {
	io.Writer
	io.ReaderAt
}

// temporary is a temporary file whose errors in writing are distinguished from those in reading what is unpacked.
type temporary struct {
	w   io.Writer
	dir string
}

func (t temporary) Write(b []byte) (int, error) {
	n, err := t.w.Write(b)
	if err != nil {
		err = &writeError{t.dir, err}
	}
	return n, err
}

// unpacker is what unpacks a file.
type unpacker struct {
	io.ReadCloser
	announced int64 // bytes that will come out, as the format says; -1 where it does not
	expected  int64 // the same where it is a guess; -1 for none
}

// reader returns what unpacks f, and takes the snapshot out of a tar archive, of which it reads most bytes beside that.
func reader(f io.ReaderAt, size int64, kind format, most int64) (unpacker, error) {
	p, err := decompressor(f, size, kind)
	if err != nil {
		return p, err
	}
	u, err := untar(p, size, most)
	if err != nil {
		p.Close()
	}
	return u, err
}

// decompressor returns what decompresses f.
func decompressor(f io.ReaderAt, size int64, kind format) (unpacker, error) {
	in := io.NewSectionReader(f, 0, size)
	switch kind {
	case gzipped:
		r, err := gzipStream(in)
		return unpacker{r, -1, gzipSize(f, size)}, err
	case tarred:
		return unpacker{io.NopCloser(in), -1, -1}, nil
	case zlibbed:
		r, err := zlibStream(in)
		return unpacker{r, -1, -1}, err
	case lzwed:
		return unpacker{lzwStream(in), -1, -1}, nil
	case zstded:
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderMaxMemory(maxUnpacked))
		if err != nil {
			return unpacker{}, err
		}
		return unpacker{zstdStream{r.IOReadCloser(), f, size}, zstdSize(f), -1}, nil
	}
	return member(f, size)
}

// zstdSize is what the first frame of a zstd file announces, -1 for nothing.
func zstdSize(f io.ReaderAt) int64 {
	var head [zstd.HeaderMaxSize]byte
	n, _ := f.ReadAt(head[:], 0)
	var h zstd.Header
	if h.Decode(head[:n]) != nil || h.Skippable || !h.HasFCS {
		return -1
	}
	return int64(min(h.FrameContentSize, 1<<62))
}

// gzipSize is what the end of a gzip file says of its size, -1 where that cannot be: it is a remainder of 4 GiB, of the
// last member only, and not what it was where the file was cut.
func gzipSize(f io.ReaderAt, size int64) int64 {
	const most = 1032 // deflate packs no better
	var end [4]byte
	if _, err := f.ReadAt(end[:], size-4); err != nil {
		return -1
	}
	if n := int64(le.Uint32(end[:])); n >= size && n/most <= size {
		return n
	}
	return -1
}

// copyBounded copies p to the file of the limit, or to what replaces it, watching the context, the size, the space and
// what it is that comes out.
func copyBounded(ctx context.Context, tmp output, p unpacker, most limit, report func(string, int64, int64)) (n int64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if report != nil {
			report("unpacking", n, p.total(n))
		}
		if err := most.check(n, p.announced); err != nil {
			return n, err
		}
		m, err := io.CopyN(temporary{tmp, filepath.Dir(most.tmp.Name())}, p, unpackStep)
		if n == 0 && m > 0 {
			if err := unpacked(tmp, m); err != nil {
				return 0, err
			}
		}
		n += m
		switch {
		case errors.Is(err, io.EOF):
			return n, empty(n)
		case err != nil:
			return n, err
		case n > maxUnpacked:
			return n, &packError{fmt.Sprintf("it unpacks to more than %d GiB", maxUnpacked>>30), ""}
		}
	}
}

// total is how many bytes come out in all, after n of them; -1 where that is not known.
func (p unpacker) total(n int64) int64 {
	if total := max(p.announced, p.expected); total >= n {
		return total
	}
	return -1
}

func empty(n int64) error {
	if n == 0 {
		return &packError{"the file in it is empty", tryCopy}
	}
	return nil
}

// unpacked looks at the first bytes that came out.
func unpacked(tmp io.ReaderAt, n int64) error {
	head, err := readHead(tmp, n)
	if err != nil {
		return err
	}
	return isSnapshot(head)
}

// isSnapshot refuses what was packed and is no database.
func isSnapshot(head []byte) error {
	switch kind, say := sniff(head); kind {
	case bolt:
		return nil
	case foreign:
		return &packError{"it does not hold an etcd snapshot: unpacked, " + say, ""}
	}
	return &packError{"it was compressed twice", "unpack it once first"}
}
