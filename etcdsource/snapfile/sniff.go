package snapfile

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// format is what the first bytes of a file say that it is.
type format uint8

const (
	foreign format = iota
	bolt
	gzipped
	zstded
	zipped
	zlibbed
	tarred
	lzwed
)

// sniffBytes is how much of a file's beginning is enough to tell what it is.
const sniffBytes = 132 << 10

// signatures of files that are no etcd database, and what to say of them.
var signatures = []struct {
	off        int
	magic, say string
}{
	{0, "\xfd7zXZ\x00", "it is compressed with xz, which is not supported; unpack it first"},
	{0, "BZh", "it is compressed with bzip2, which is not supported; unpack it first"},
	{0, "\x04\x22\x4d\x18", "it is compressed with lz4, which is not supported; unpack it first"},
	{0, "\x1f\x9d", "it is compressed with compress (.Z), which is not supported; unpack it first"},
	{0, "\xff\x06\x00\x00sNaPpY", "it is compressed with snappy, which is not supported; unpack it first"},
	{0, "7z\xbc\xaf\x27\x1c", "it is a 7z archive, which is not supported; unpack it first"},
	{0, "Rar!\x1a\x07", "it is a rar archive, which is not supported; unpack it first"},
	{0, "SQLite format 3\x00", "it is an SQLite database (kine's, perhaps), not one of etcd"},
	{0, "\xff\xd8\xff", "it is a JPEG picture"},
	{0, "\x89PNG", "it is a PNG picture"},
	{0, "%PDF", "it is a PDF document"},
	{0, "\x7fELF", "it is a program"},
}

// sniff says what a file is from its beginning. For foreign files say is the reason, in words.
func sniff(b []byte) (f format, say string) {
	switch { // the packed ones first: a packer may leave bbolt's magic number where it was
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return gzipped, ""
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstded, ""
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		return zipped, ""
	case len(b) > 2 && b[0] == 0x78 && binary.BigEndian.Uint16(b)%31 == 0:
		return zlibbed, ""
	case isTar(b):
		return tarred, ""
	case isBolt(b):
		return bolt, ""
	case isLZW(b):
		return lzwed, ""
	case IsDelta(b):
		return foreign, "it is a delta snapshot of Gardener's etcd-backup-restore, which holds changes only"
	}
	for _, s := range signatures {
		if len(b) >= s.off+len(s.magic) && string(b[s.off:s.off+len(s.magic)]) == s.magic {
			return foreign, s.say
		}
	}
	if len(bytes.Trim(b, "\x00")) == 0 {
		return foreign, "it begins with zeros only"
	}
	if isText(b[:min(len(b), 512)]) {
		return foreign, "it is text"
	}
	return foreign, "it is neither an etcd database nor a known compression of one"
}

// foreignly is why a file is foreign, with what its name says that it should be.
func foreignly(file, say string) string {
	if name := strings.TrimSuffix(filepath.Base(file), ".final"); strings.HasSuffix(name, ".Z") && !strings.Contains(say, "which is not supported") {
		return "its name ends in .Z, but it is not packed with LZW as Gardener does, or is damaged: no database comes out of it"
	}
	return say
}

// isBolt looks for bbolt's magic number in the first meta page, or in the second for each size that a page can have.
func isBolt(b []byte) bool {
	for size := 0; size <= 64<<10; size = max(1024, size*2) {
		if len(b) >= size+20 && le.Uint32(b[size+16:]) == boltMagic {
			return true
		}
	}
	return false
}

func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 && len(b) >= utf8.UTFMax || r < ' ' && r != '\n' && r != '\t' && r != '\r' {
			return false
		}
		b = b[n:]
	}
	return true
}
