package snapfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Contents opens a file to read what is packed in it, or the file itself where that is not packed. How it is packed is
// detected by the content, with LZW tried where the name ends in .Z. No more comes out than Options.MaxUnpack allows, and
// nothing is written. Errors, also those of reading, are *etcdsource.Problem, or the context's.
func Contents(ctx context.Context, path string, o Options) (io.ReadCloser, error) {
	f, size, head, err := openFile(path)
	if err != nil {
		return nil, err
	}
	kind, say := sniff(head)
	c := &unpacking{ctx: ctx, path: path, kind: kind, f: f, left: o.MaxUnpack, packed: size, o: o}
	if c.left <= 0 {
		c.left = unasked
	}
	c.allowed = c.left
	switch {
	case kind != foreign && kind != bolt:
		if c.in, err = decompressor(watched{ctx, f}, size, kind); err != nil {
			f.Close()
			return nil, unpackProblem(ctx, path, kind, err)
		}
		c.total = c.in.total(0)
	case !IsDelta(head) && foreignly(path, say) != say: // named .Z, and damaged or of another content
		c.kind, c.total = lzwed, -1
		c.in = unpacker{lzwStream(io.NewSectionReader(watched{ctx, f}, 0, size)), -1, -1}
	default:
		c.in, c.total = unpacker{io.NopCloser(io.NewSectionReader(watched{ctx, f}, 0, size)), size, -1}, size
	}
	return c, nil
}

// unpacking reads what is packed in a file.
type unpacking struct {
	ctx                  context.Context
	path                 string
	kind                 format
	f                    *os.File
	in                   unpacker
	n, left, allowed     int64 // bytes that came out, that still may, and that may in all
	packed, total, shown int64
	o                    Options
}

// Read reads what is unpacked.
func (u *unpacking) Read(b []byte) (int, error) {
	if u.left <= 0 {
		return 0, u.tooMuch()
	}
	n, err := u.in.Read(b[:min(int64(len(b)), u.left)])
	u.n, u.left = u.n+int64(n), u.left-int64(n)
	if u.n-u.shown >= unpackStep && u.o.Progress != nil {
		u.shown = u.n
		u.o.Progress("unpacking", u.n, max(-1, u.total))
	}
	switch {
	case u.n > ratioFrom && u.n/maxRatio > u.packed:
		err = &packError{fmt.Sprintf("it unpacks to more than %d times its size, as no backup does", maxRatio), tryCopy}
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	}
	return n, unpackProblem(u.ctx, u.path, u.kind, err)
}

// tooMuch is the error of a file of which no more may come out, unless nothing is left.
func (u *unpacking) tooMuch() error {
	var one [1]byte
	if n, err := u.in.Read(one[:]); n == 0 && errors.Is(err, io.EOF) {
		return io.EOF
	}
	big := &etcdsource.UnpackError{Bytes: -1, Limit: u.allowed, Free: -1, Folder: u.o.tempDir()}
	return unpackProblem(u.ctx, u.path, u.kind, big)
}

// Close closes the file.
func (u *unpacking) Close() error {
	return errors.Join(u.in.Close(), u.f.Close())
}
