package snapfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/lzw"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// followError says that a file holds more than what is packed in it, which is whole. Zeros behind that are padding and no
// error.
type followError struct{ say string }

func (e *followError) Error() string { return e.say + ", so something was appended to it" }

func follow(n int64) string {
	if n == 1 {
		return "1 byte follows"
	}
	return fmt.Sprintf("%d bytes follow", n)
}

// parts unpacks what lies in a file one after the other, and looks at what follows.
type parts struct {
	io.ReadCloser
	in    *bufio.Reader
	again func() error // begins with the next part; nil: there is one part only
}

// gzipStream reads the members of a gzip file.
func gzipStream(in io.Reader) (*parts, error) {
	b := bufio.NewReader(in)
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &parts{z, b, func() error {
		err := z.Reset(b)
		z.Multistream(false)
		return err
	}}, nil
}

func zlibStream(in io.Reader) (*parts, error) {
	b := bufio.NewReader(in)
	z, err := zlib.NewReader(b)
	return &parts{ReadCloser: z, in: b}, err
}

// lzwStream reads what Go's compress/lzw packed with the least significant bit first and literals of 8 bits, as Gardener
// does. The format has no checksum.
func lzwStream(in io.Reader) *parts {
	b := bufio.NewReader(in)
	return &parts{ReadCloser: lzw.NewReader(b, lzw.LSB, 8), in: b}
}

// Read reads what is unpacked.
func (s *parts) Read(b []byte) (int, error) {
	for {
		n, err := s.ReadCloser.Read(b)
		if !errors.Is(err, io.EOF) || n > 0 {
			if errors.Is(err, io.EOF) {
				err = nil // the next call sees it again
			}
			return n, err
		}
		if head, _ := s.in.Peek(2); s.again == nil || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			return 0, rest(s.in, compressedData)
		}
		if err := s.again(); err != nil {
			return 0, err
		}
	}
}

const compressedData = "its compressed data"

// rest is io.EOF where nothing follows what is packed, or only zeros.
func rest(in io.Reader, packed string) error {
	var any bool
	var n int64
	buf := make([]byte, 32<<10)
	for {
		m, err := in.Read(buf)
		n, any = n+int64(m), any || len(bytes.Trim(buf[:m], "\x00")) > 0
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF):
			return err
		case any:
			return &followError{follow(n) + " " + packed}
		default:
			return io.EOF
		}
	}
}

// zstdStream reads the frames of a zstd file.
type zstdStream struct {
	io.ReadCloser
	f    io.ReaderAt
	size int64
}

// Read reads what is unpacked. What the decoder takes for a damaged frame may be no frame at all.
func (z zstdStream) Read(b []byte) (int, error) {
	n, err := z.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		if end := framesEnd(z.f); end > 0 && end < z.size {
			return n, rest(io.NewSectionReader(z.f, end, z.size-end), compressedData)
		}
	}
	return n, err
}

// framesEnd is where the last whole frame of a zstd file ends if what follows cannot be one, -1 where it can.
func framesEnd(f io.ReaderAt) int64 {
	var head [zstd.HeaderMaxSize]byte
	for at := int64(0); ; {
		n, _ := f.ReadAt(head[:], at)
		if magic := head[:min(n, 4)]; n < 4 && !bytes.HasPrefix([]byte{0x28, 0xb5, 0x2f, 0xfd}, magic) {
			return at
		}
		var h zstd.Header
		switch err := h.Decode(head[:n]); {
		case errors.Is(err, zstd.ErrMagicMismatch):
			return at
		case err != nil:
			return -1
		}
		at += int64(h.HeaderSize)
		if h.Skippable {
			at += int64(h.SkippableSize)
			continue
		}
		for last := false; !last; {
			if _, err := f.ReadAt(head[:3], at); err != nil {
				return -1
			}
			block := uint32(head[0]) | uint32(head[1])<<8 | uint32(head[2])<<16
			length := int64(block >> 3)
			if block>>1&3 == 1 { // one byte, repeated
				length = 1
			}
			last, at = block&1 == 1, at+3+length
		}
		if h.HasCheckSum {
			at += 4
		}
	}
}

// checksumEnd is where the checksum ends that etcd writes behind a database, -1 where none fits: it lies behind one of
// the pages from the database's end on.
func checksumEnd(data []byte, m meta) int64 {
	h := sha256.New()
	at := int64(0)
	for end := m.size(); end+trailerSize <= int64(len(data)); end += int64(m.pageSize) {
		h.Write(data[at:end])
		at = end
		if bytes.Equal(h.Sum(nil), data[end:end+trailerSize]) {
			return end + trailerSize
		}
	}
	return -1
}
