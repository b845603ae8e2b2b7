package snapfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// member opens the one file of a zip archive.
func member(f io.ReaderAt, size int64) (unpacker, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return unpacker{}, err
	}
	var one *zip.File
	for _, m := range z.File {
		if m.FileInfo().IsDir() {
			continue
		}
		if one != nil {
			return unpacker{}, &packError{"the zip archive holds more than one file", "unpack it and open the snapshot in it"}
		}
		one = m
	}
	if one == nil {
		return unpacker{}, &packError{"the zip archive holds no file", ""}
	}
	if one.Flags&1 != 0 {
		return unpacker{}, &packError{"the zip archive is encrypted", "unpack it first"}
	}
	r, err := one.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return unpacker{}, &packError{fmt.Sprintf("the zip archive uses an unknown compression (method %d)", one.Method), "unpack it first"}
	}
	if err != nil {
		return unpacker{}, err
	}
	return unpacker{&zipStream{r, f, size}, int64(min(one.UncompressedSize64, 1<<62)), -1}, nil
}

// zipStream reads the one file of a zip archive, and when it has ended what follows the archive.
type zipStream struct {
	io.ReadCloser
	f    io.ReaderAt
	size int64
}

// Read reads what is unpacked.
func (z *zipStream) Read(b []byte) (int, error) {
	n, err := z.ReadCloser.Read(b)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	end, own, err := zipEnd(z.f, z.size)
	switch {
	case err != nil:
		return n, err
	case own < end:
		return n, &followError{fmt.Sprintf("%d of its %d bytes are not of the zip archive", z.size-own, z.size)}
	}
	return n, rest(io.NewSectionReader(z.f, end, z.size-end), "the zip archive")
}

// zipEnd returns where a zip archive ends: behind the record of its end, and the comment in that. own is where it would
// end if nothing lay before it, as that record says.
func zipEnd(f io.ReaderAt, size int64) (end, own int64, err error) {
	const (
		record = 22
		big    = 1<<32 - 1 // it is said elsewhere, in 64 bits
	)
	tail := make([]byte, min(size, record+1<<16-1))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	for at := len(tail); ; {
		if at = bytes.LastIndex(tail[:at], []byte("PK\x05\x06")); at < 0 {
			return 0, 0, zip.ErrFormat
		}
		b := tail[at:]
		if len(b) < record || record+int(le.Uint16(b[20:])) > len(b) {
			continue // as archive/zip does
		}
		long := int64(record) + int64(le.Uint16(b[20:]))
		end = size - int64(len(b)) + long
		length, from := le.Uint32(b[12:]), le.Uint32(b[16:])
		if length == big || from == big {
			return end, end, nil
		}
		return end, int64(from) + int64(length) + long, nil
	}
}
