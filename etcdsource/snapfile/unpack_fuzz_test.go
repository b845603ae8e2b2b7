package snapfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// memory is an output that holds at most one step more than the limit.
type memory struct {
	b    []byte
	most int64
}

// Write appends, and fails where more comes out than may.
func (m *memory) Write(b []byte) (int, error) {
	if int64(len(m.b)+len(b)) > m.most {
		return 0, errors.New("more came out than was allowed")
	}
	m.b = append(m.b, b...)
	return len(b), nil
}

// ReadAt reads what was written.
func (m *memory) ReadAt(b []byte, at int64) (int, error) { return bytes.NewReader(m.b).ReadAt(b, at) }

// FuzzUnpack: any file is recognised by its content, or a reason is given; what it unpacks to stays within what is
// allowed, is a database, and the progress that is reported fits it.
func FuzzUnpack(f *testing.F) {
	x := fuzztest.New(f)
	db := make([]byte, 600)
	le.PutUint32(db[16:], boltMagic)
	copy(db[300:], "some keys and values")
	t := &testing.T{}
	for _, w := range []func(io.Writer) io.WriteCloser{gz, zl, zst, zips("db"), zips("dir/", "a"), zips("a", "b")} {
		x.Add(pack(t, db, w))
		x.Add(pack(t, bytes.Repeat([]byte("text "), 9), w))
	}
	x.Add(announcing(t, db))
	x.Add(pack(t, pack(t, db, gz), gz))
	x.Add(append(pack(t, db, gz), pack(t, db, gz)...))
	x.Add(db)
	x.Add([]byte("text"))
	x.Add([]byte("\xfd7zXZ\x00"))
	x.Add(append(make([]byte, 257), "ustar"...))
	place, err := os.Create(filepath.Join(f.TempDir(), "place"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { place.Close() })
	x.Fuzz(func(t *testing.T, data []byte) {
		kind, say := sniff(data[:min(len(data), sniffBytes)])
		if (kind == foreign) != (say != "") {
			t.Fatalf("kind %d, %q", kind, say)
		}
		if kind == foreign || kind == bolt {
			return
		}
		size, in := int64(len(data)), bytes.NewReader(data)
		out, n, err := unpackInto(t, in, limit{bytes: 64 << 10, packed: size, tmp: place}, kind)
		if peeked := peekInside(in, size, kind, "x"); err == nil && peeked != nil {
			t.Fatalf("it is unpacked, and a glance says: %v", peeked)
		}
		if err != nil {
			says(t, kind, err)
			return
		}
		if inner, _ := sniff(out.b[:min(len(out.b), sniffBytes)]); n != int64(len(out.b)) || n == 0 || inner != bolt {
			t.Fatalf("%d bytes came out, %d are said, of kind %d", len(out.b), n, inner)
		}
	})
}

// unpackInto unpacks into memory, and checks what is said on the way.
func unpackInto(t *testing.T, in io.ReaderAt, most limit, kind format) (*memory, int64, error) {
	p, err := reader(in, most.packed, kind, maxUnpacked)
	if err != nil {
		return nil, 0, err
	}
	defer p.Close()
	if p.announced < -1 || p.expected < -1 || p.announced > 1<<62 {
		t.Fatalf("%d bytes are announced, %d are expected", p.announced, p.expected)
	}
	out, last := &memory{most: most.bytes + unpackStep}, int64(-1)
	n, err := copyBounded(t.Context(), out, p, most, func(step string, done, total int64) {
		if done <= last || total >= 0 && total < done {
			t.Fatalf("%s %d of %d after %d", step, done, total, last)
		}
		last = done
	})
	return out, n, err
}

// says checks that an error is one sentence for people.
func says(t *testing.T, kind format, err error) {
	t.Helper()
	var own *etcdsource.Problem
	if err = unpackProblem(t.Context(), "x", kind, err); !errors.As(err, &own) || own.Why == "" || strings.ContainsAny(err.Error(), "\n\x1b\x00") || strings.Contains(own.Why, "than was allowed") {
		t.Fatalf("%v", err)
	}
}
