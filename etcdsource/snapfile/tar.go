package snapfile

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxPadding is how much may follow the members of an archive, in bytes.
const maxPadding = 1 << 20

// isTar reports whether what begins like this is a tar archive.
func isTar(head []byte) bool { return len(head) >= 262 && bytes.HasPrefix(head[257:], []byte("ustar")) }

// untar is p, or where that is a tar archive, as k0s backup writes it, the one etcd snapshot in it. Members are told by
// their content, and none of them is written under its name.
func untar(p unpacker, packed int64) (unpacker, error) {
	in := bufio.NewReaderSize(p.ReadCloser, 1<<10)
	head, err := in.Peek(512)
	switch {
	case !isTar(head): // also where it cannot be read: so is the rest
		return unpacker{buffered{in, p.ReadCloser}, p.announced, p.expected}, nil
	case err != nil:
		return unpacker{}, &packError{"it is a tar archive that is cut short", tryCopy}
	}
	a := &archive{Closer: p.ReadCloser, rest: in, tar: tar.NewReader(in), packed: packed}
	size, err := a.next()
	switch {
	case errors.Is(err, io.EOF):
		return unpacker{}, &packError{"the tar archive holds no etcd snapshot", ""}
	case err != nil:
		return unpacker{}, err
	}
	return unpacker{a, size, -1}, nil
}

// buffered is a stream whose beginning was looked at.
type buffered struct {
	*bufio.Reader
	io.Closer
}

// archive reads the snapshot in a tar archive, and when it has ended what follows, so that damage behind it is found.
type archive struct {
	io.Closer
	rest   io.Reader // what tar reads
	tar    *tar.Reader
	member *bufio.Reader // the rest of the snapshot, nil behind it
	packed int64
	passed int64 // bytes of other members
}

// next goes to the next member that is a database, and returns its size.
func (a *archive) next() (size int64, err error) {
	for {
		h, err := a.tar.Next()
		if err != nil {
			return 0, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		m := bufio.NewReaderSize(a.tar, sniffBytes)
		head, err := m.Peek(sniffBytes)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if kind, _ := sniff(head); kind == bolt {
			a.member = m
			return h.Size, nil
		}
		if a.passed += h.Size; a.passed > maxUnpacked || a.passed > ratioFrom && a.passed/maxRatio > a.packed {
			return 0, &packError{"the tar archive holds too much beside a snapshot", "unpack it and open the snapshot in it"}
		}
	}
}

func (a *archive) Read(b []byte) (int, error) {
	if a.member == nil {
		return 0, io.EOF
	}
	n, err := a.member.Read(b)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	a.member = nil
	switch _, more := a.next(); {
	case more == nil:
		return n, &packError{"the tar archive holds more than one etcd snapshot", "unpack it and open one of them"}
	case !errors.Is(more, io.EOF):
		return n, more
	}
	if _, err := io.CopyN(io.Discard, a.rest, maxPadding); err != nil { // the end of what is compressed, and its checksum
		return n, err
	}
	return n, io.EOF
}
