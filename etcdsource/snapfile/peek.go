package snapfile

import (
	"context"
	"errors"
	"io"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Peeked is what a glance at a file shows, without reading all of it.
type Peeked struct {
	Format   string // snapshot (with a checksum), database (without one), gzip, zstd, zip, zlib, lzw, tar
	Size     int64  // bytes, as it lies on the disk
	Revision int64  // newest revision; -1 for compressed files
	Version  string // storage version, "" where not stored
	Checksum bool   // a sha256 follows the database; unknown and false for compressed files
}

var formatNames = map[format]string{gzipped: "gzip", zstded: "zstd", zipped: "zip", zlibbed: "zlib", tarred: "tar", lzwed: "lzw"}

// Peek looks at a file: what it is and how far it goes. It reads a few pages only and checks no checksum; errors are
// those of Open.
func Peek(path string) (Peeked, error) {
	file, _, err := locate(path)
	if err != nil {
		return Peeked{}, err
	}
	f, size, head, err := openFile(file)
	if err != nil {
		return Peeked{}, err
	}
	s := &Source{file: f, size: size, stop: func() {}}
	defer s.Close()
	p := Peeked{Size: size, Revision: -1}
	kind, say := sniff(head)
	if kind == foreign {
		return p, problem(file, say, "", nil)
	}
	if name := formatNames[kind]; name != "" {
		if err := peekInside(f, size, kind, file); err != nil {
			return p, err
		}
		p.Format = name
		return p, nil
	}
	if err := lock(f, file); err != nil {
		return p, err
	}
	p.Format = "database"
	if p.Checksum = hasTrailer(size); p.Checksum {
		p.Format = "snapshot"
	}
	if s.mapping, err = openMapping(f, size); err != nil {
		return p, problem(file, plain(err), "", err)
	}
	scattered(s.mapping)
	if err := s.mapping.read(func(data []byte) error { return s.glance(data) }); err != nil {
		return p, s.explain(file, err, Options{})
	}
	p.Revision, p.Version = s.db.head, s.db.version
	return p, nil
}

// PeekStored reads what the database in a member's data directory, or in a file that is not packed, says of its cluster, and the index of the
// raft entry that was applied last, 0 where it is not stored. It reads a few pages only; errors are those of Open.
func PeekStored(ctx context.Context, path string) (out etcdsource.Stored, applied uint64, err error) {
	file, _, err := locate(path)
	if err != nil {
		return out, 0, err
	}
	f, size, head, err := openFile(file)
	if err != nil {
		return out, 0, err
	}
	s := &Source{file: f, size: size, stop: func() {}}
	defer s.Close()
	if kind, say := sniff(head); kind == foreign || formatNames[kind] != "" {
		return out, 0, problem(file, say, "", nil)
	}
	if err := lock(f, file); err != nil {
		return out, 0, err
	}
	if s.mapping, err = openMapping(f, size); err != nil {
		return out, 0, problem(file, plain(err), "", err)
	}
	if err := s.mapping.read(func(data []byte) error { return s.glance(data) }); err != nil {
		return out, 0, s.explain(file, err, Options{})
	}
	out, err = s.Stored(ctx)
	return out, s.db.applied, err
}

// maxPeeked is how far Peek looks for a snapshot in a tar archive, in bytes.
const maxPeeked = 64 << 20

// peekInside unpacks the beginning of a compressed file to see whether it is a database.
func peekInside(f io.ReaderAt, size int64, kind format, path string) error {
	ctx := context.Background()
	r, err := reader(f, size, kind, maxPeeked)
	if err != nil {
		return unpackProblem(ctx, path, kind, err)
	}
	defer r.Close()
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(r, head)
	if err != nil && (n == 0 || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return unpackProblem(ctx, path, kind, err)
	}
	if err := isSnapshot(head[:n]); err != nil {
		return unpackProblem(ctx, path, kind, err)
	}
	return nil
}

// glance reads the small buckets and the newest record.
func (s *Source) glance(data []byte) error {
	t, list, err := openTree(data)
	if err != nil {
		return err
	}
	if err := s.about(t, list); err != nil {
		return err
	}
	b, _ := find(list, "key")
	p, err := inlinePage(b.inline)
	if b.root != 0 {
		p, err = t.page(b.root)
	}
	for err == nil && p.flags == branchFlag && p.count > 0 {
		p, err = t.visit(p.child(p.count - 1))
	}
	if err != nil {
		return err
	}
	s.db.head = max(1, s.db.compacted)
	if p.flags != leafFlag || p.count == 0 {
		return nil
	}
	_, k, _, err := p.leaf(p.count - 1)
	if main, _, _, ok := revision(k); ok {
		s.db.head = max(s.db.head, main)
	}
	return err
}

// openTree checks what must be checked before a tree can be walked and returns its buckets.
func openTree(data []byte) (*tree, []bucket, error) {
	m, err := readMeta(data)
	if err != nil {
		return nil, nil, err
	}
	if err := complete(m, int64(len(data))); err != nil {
		return nil, nil, err
	}
	t := newTree(data, m)
	list, err := t.buckets()
	if err != nil {
		return nil, nil, err
	}
	_, key := find(list, "key")
	_, meta := find(list, "meta")
	if !key || !meta {
		return nil, nil, errForeign
	}
	return t, list, nil
}

// Walk calls fn with every bucket's name (key and value nil), then with each of its keys and values, in the order of the
// file. What fn is given is valid during the call only. Errors of fn end the walk.
func (s *Source) Walk(ctx context.Context, fn func(bucket string, key, value []byte) error) error {
	if s.db.broken != "" {
		return errors.New("the file is damaged: " + s.db.broken)
	}
	return s.mapping.read(func(data []byte) error {
		t, list, err := openTree(data)
		for i := 0; err == nil && i < len(list); i++ {
			if err = fn(list[i].name, nil, nil); err != nil {
				break
			}
			n := 0
			err = t.each(list[i], func(k, v []byte) error {
				if n++; n%4096 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				return fn(list[i].name, k, v)
			})
		}
		return err
	})
}
