package snapfile

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
)

// isTar reports whether what begins like this is a tar archive.
func isTar(head []byte) bool { return len(head) >= 262 && bytes.HasPrefix(head[257:], []byte("ustar")) }

// untar is p, or where that is a tar archive, as k0s backup writes it, the one etcd snapshot in it. Members are told by
// their content, and none of them is written under its name.
func untar(p unpacker, packed, most int64) (unpacker, error) {
	around := &beside{in: p.ReadCloser, packed: packed, most: most}
	in := bufio.NewReaderSize(around, 1<<10)
	head, err := in.Peek(512)
	switch {
	case !isTar(head): // also where it cannot be read: so is the rest
		around.off = true
		return unpacker{buffered{in, p.ReadCloser}, p.announced, p.expected}, nil
	case err != nil:
		return unpacker{}, &packError{"it is a tar archive that is cut short", tryCopy}
	}
	a := &archive{Closer: p.ReadCloser, rest: in, tar: tar.NewReader(in), around: around}
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
	around *beside
}

// beside counts what is unpacked of an archive beside the snapshot in it, and refuses too much.
type beside struct {
	in     io.Reader
	packed int64 // bytes of the packed file
	most   int64 // bytes that may come out
	n      int64
	off    bool // the snapshot is read: its size is watched where it is written
}

func (b *beside) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.off {
		return n, err
	}
	if b.n += int64(n); b.n > b.most || b.n > ratioFrom && b.n/maxRatio > b.packed {
		return 0, &packError{"the tar archive holds too much beside a snapshot", "unpack it and open the snapshot in it"}
	}
	return n, err
}

// next goes to the next member that is a database, and returns its size.
func (a *archive) next() (size int64, err error) {
	a.around.off = false
	for {
		h, err := a.tar.Next()
		if err != nil {
			return 0, err
		}
		if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse {
			continue
		}
		m := bufio.NewReaderSize(a.tar, sniffBytes)
		head, err := m.Peek(sniffBytes)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if kind, _ := sniff(head); kind == bolt {
			a.member, a.around.off = m, true
			return h.Size, nil
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
	return n, rest(a.rest, "the tar archive") // also the end of what is compressed, and its checksum
}
