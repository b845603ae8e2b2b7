package snapfile

import (
	"archive/zip"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	// maxUnpacked is the largest size that is unpacked, in bytes: more than any etcd can serve.
	maxUnpacked = 64 << 30
	// reserve is the space that is left free on the disk, in bytes.
	reserve = 64 << 20
	// unpackStep is how often space and context are looked at, in bytes.
	unpackStep = 8 << 20
)

// unpack writes the unpacked content of f to a temporary file that has no name any more when it returns. When it fails
// on the way, the file holds what came out until then, and must be closed all the same.
func unpack(ctx context.Context, f *os.File, size int64, kind format, path string, o Options) (*os.File, int64, error) {
	r, known, err := reader(f, size, kind)
	if err != nil {
		return nil, 0, unpackProblem(path, err)
	}
	defer r.Close()
	dir := o.TempDir
	if dir == "" {
		dir = os.TempDir()
	}
	tmp, err := os.CreateTemp(dir, "etcdscope-*.db") // created with mode 0600
	if err != nil {
		return nil, 0, problem(path, "cannot make a temporary file in "+dir+" to unpack it: "+disk.Why(err), disk.Do(err, disk.Temporary), err)
	}
	if err = os.Remove(tmp.Name()); err == nil {
		var n int64
		if n, err = copyBounded(ctx, tmp, r, known, bounds(tmp, size, o.MaxUnpack)); err == nil {
			return tmp, n, nil
		}
	}
	n, _ := tmp.Seek(0, io.SeekEnd)
	return tmp, n, unpackProblem(path, err)
}

func unpackProblem(path string, err error) error {
	var own *packError
	var out *writeError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("unpack %s: %w", path, err)
	case errors.As(err, &own):
		return problem(path, own.why, own.do, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return problem(path, "its compressed data ends too early (file is truncated)", tryCopy, err)
	case errors.As(err, &out):
		return problem(path, "cannot write it unpacked to "+out.dir+": "+disk.Why(out.err), disk.Do(out.err, disk.Temporary), out.err)
	}
	return problem(path, "its compressed data is damaged: "+plain(err), tryCopy, err)
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

// temporary is a temporary file whose errors in writing are told from those in reading what is unpacked.
type temporary struct{ f *os.File }

func (t temporary) Write(b []byte) (int, error) {
	n, err := t.f.Write(b)
	if err != nil {
		err = &writeError{filepath.Dir(t.f.Name()), err}
	}
	return n, err
}

// reader returns what unpacks f, and the size that it will have, -1 where the format does not say.
func reader(f *os.File, size int64, kind format) (io.ReadCloser, int64, error) {
	in := io.NewSectionReader(f, 0, size)
	switch kind {
	case gzipped:
		r, err := gzip.NewReader(in)
		return r, -1, err
	case zlibbed:
		r, err := zlib.NewReader(in)
		return r, -1, err
	case zstded:
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderMaxMemory(maxUnpacked))
		if err != nil {
			return nil, 0, err
		}
		return r.IOReadCloser(), -1, nil
	}
	return member(f, size)
}

// member opens the one file of a zip archive.
func member(f *os.File, size int64) (io.ReadCloser, int64, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, 0, err
	}
	var one *zip.File
	for _, m := range z.File {
		if m.FileInfo().IsDir() {
			continue
		}
		if one != nil {
			return nil, 0, &packError{"the zip archive holds more than one file", "unpack it and open the snapshot in it"}
		}
		one = m
	}
	if one == nil {
		return nil, 0, &packError{"the zip archive holds no file", ""}
	}
	if one.Flags&1 != 0 {
		return nil, 0, &packError{"the zip archive is encrypted", "unpack it first"}
	}
	r, err := one.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, 0, &packError{fmt.Sprintf("the zip archive uses an unknown compression (method %d)", one.Method), "unpack it first"}
	}
	return r, int64(min(one.UncompressedSize64, 1<<62)), err
}

// copyBounded copies r to the file, watching the context, the size, the space and what it is that comes out.
func copyBounded(ctx context.Context, tmp *os.File, r io.Reader, known int64, most limit) (n int64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if err := most.check(max(known, n)); err != nil {
			return n, err
		}
		if err := room(tmp, max(min(known-n, most.bytes), unpackStep)); err != nil {
			return n, err
		}
		m, err := io.CopyN(temporary{tmp}, r, unpackStep)
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

func empty(n int64) error {
	if n == 0 {
		return &packError{"the file in it is empty", tryCopy}
	}
	return nil
}

// unpacked looks at the first bytes that came out.
func unpacked(tmp *os.File, n int64) error {
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

// limit is how much may come out of a packed file, in bytes.
type limit struct{ bytes, packed int64 }

const (
	// unasked is the most that is unpacked unless more is allowed, in bytes.
	unasked = 4 << 30
	// allowEnv allows more, in GiB.
	allowEnv = "ETCDSCOPE_MAX_UNPACK"
	// A database may be mostly zeros; what grows more than this many times, from a size on, is no database.
	maxRatio  = 2000
	ratioFrom = 64 << 20
)

// bounds are those for a file of packed bytes that is unpacked into tmp; allowed are the bytes that were allowed, 0 for none.
func bounds(tmp *os.File, packed, allowed int64) limit {
	if gib, err := strconv.ParseInt(os.Getenv(allowEnv), 10, 32); allowed <= 0 && err == nil {
		allowed = gib << 30
	}
	l := limit{bytes: allowed, packed: packed}
	if allowed <= 0 {
		l.bytes = unasked
		var st syscall.Statfs_t
		if syscall.Fstatfs(int(tmp.Fd()), &st) == nil {
			l.bytes = min(l.bytes, int64(min(uint64(st.Bavail), 1<<40))*int64(st.Bsize)/2)
		}
	}
	return l
}

// check refuses n bytes where that is too many, whether they were announced or have come out.
func (l limit) check(n int64) error {
	switch {
	case n > ratioFrom && n/maxRatio > l.packed:
		return &packError{fmt.Sprintf("it unpacks to more than %d times its size, as no database does", maxRatio), tryCopy}
	case n > l.bytes:
		return &packError{fmt.Sprintf("unpacked it takes more than %d MiB, which is not done unasked (4 GiB, or half of what is free)", l.bytes>>20),
			fmt.Sprintf("allow it with %s=%d (GiB), or set TMPDIR to a folder with more space", allowEnv, max(n, l.bytes)>>30*2+1)}
	}
	return nil
}

// room reports whether need bytes fit on the disk of tmp.
func room(tmp *os.File, need int64) error {
	var st syscall.Statfs_t
	if syscall.Fstatfs(int(tmp.Fd()), &st) != nil {
		return nil
	}
	free := int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize)
	if free-reserve < need {
		return &packError{fmt.Sprintf("unpacked it needs %d MiB more in %s, where %d MiB are free", need>>20, filepath.Dir(tmp.Name()), free>>20),
			"set TMPDIR to a folder with more space"}
	}
	return nil
}
