package snapfile

import (
	"archive/zip"
	"context"
	"errors"
	"io"
)

// Beginning is what a file begins with.
type Beginning struct {
	Packed string // how it is packed: gzip, zstd, zip, zlib, lzw; "" for not
	Member string // the name of the one file in a zip archive; untrusted text
	Tar    bool   // what is packed, or the file itself, is a tar archive
	Bolt   bool   // it is a bbolt database
	Bytes  []byte // of the content, unpacked: at most 1 KiB
}

// Head unpacks the beginning of a file, whatever that is. Errors are those of Open.
func Head(path string) (b Beginning, err error) {
	file, err := Locate(path)
	if err != nil {
		return b, err
	}
	f, size, head, err := openFile(file)
	if err != nil {
		return b, err
	}
	defer f.Close()
	kind, _ := sniff(head)
	if b.Packed = formatNames[kind]; kind == tarred {
		b.Packed = ""
	}
	if kind == zipped {
		if z, err := zip.NewReader(f, size); err == nil && len(z.File) == 1 {
			b.Member = z.File[0].Name
		}
	}
	if kind != foreign && kind != bolt {
		r, err := decompressor(f, size, kind)
		if err != nil {
			return b, unpackProblem(context.Background(), file, kind, err)
		}
		defer r.Close()
		head = make([]byte, 1<<10)
		n, err := io.ReadFull(r, head)
		if head = head[:n]; n == 0 && !errors.Is(err, io.EOF) {
			return b, unpackProblem(context.Background(), file, kind, err)
		}
	}
	b.Bytes = head[:min(len(head), 1<<10)]
	b.Tar, b.Bolt = isTar(b.Bytes), isBolt(head)
	return b, nil
}
