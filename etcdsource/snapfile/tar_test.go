package snapfile

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// header is that of a file in a tar archive of GNU tar, as change leaves it.
func header(t *testing.T, name string, size int64, change func(block []byte)) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := tar.NewWriter(&buf).WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, Format: tar.FormatGNU}); err != nil {
		t.Fatal(err)
	}
	b := buf.Bytes()
	change(b)
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// TestASparseSnapshotInATar opens what GNU tar --sparse makes of a database with holes.
func TestASparseSnapshotInATar(t *testing.T) {
	data, _ := small(t)
	data = append(data[:len(data)-trailerSize:len(data)-trailerSize], make([]byte, 1<<20)...) // a hole at its end
	full := len(data) - 1<<20
	packed := header(t, "db", int64(full), func(b []byte) {
		b[156] = tar.TypeGNUSparse
		copy(b[386:], fmt.Sprintf("%011o\x00%011o\x00", 0, full))
		copy(b[386+24:], fmt.Sprintf("%011o\x00%011o\x00", len(data), 0))
		copy(b[483:], fmt.Sprintf("%011o\x00", len(data)))
	})
	packed = append(append(packed, data[:full]...), make([]byte, 1024)...)
	s, err := Open(t.Context(), write(t, "x.tar", packed), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, _ := s.Describe(t.Context())
	if info.Keys == 0 || s.size != int64(len(data)) {
		t.Errorf("%d keys, %d bytes, want %d", info.Keys, s.size, len(data))
	}
}

// endless is a tar archive whose first file never ends.
type endless struct {
	head  []byte
	reads int
	at    func(reads int)
}

func (e *endless) ReadAt(b []byte, off int64) (int, error) {
	e.reads++
	e.at(e.reads)
	clear(b)
	if off < int64(len(e.head)) {
		copy(b, e.head[off:])
	}
	return len(b), nil
}

// TestATarIsSearchedWithinBounds: the search for the snapshot ends with its context, and where much else is in the archive.
func TestATarIsSearchedWithinBounds(t *testing.T) {
	t.Parallel()
	const size = 1 << 40
	e := &endless{head: header(t, "images.tar", size, func([]byte) {})}
	ctx, cancel := context.WithCancel(t.Context())
	e.at = func(n int) {
		if n == 10 {
			cancel()
		}
	}
	if _, err := reader(watched{ctx, e}, size, tarred, size); !errors.Is(err, context.Canceled) || e.reads > 10 {
		t.Errorf("cancelled after 10 reads: %v, %d reads", err, e.reads)
	}
	e.reads = 0
	var own *packError
	if _, err := reader(e, size, tarred, 1<<20); !errors.As(err, &own) || own.why != "the tar archive holds too much beside a snapshot" {
		t.Errorf("%v", err)
	}
}

// TestDamageOfATar is said of the archive, not of compressed data.
func TestDamageOfATar(t *testing.T) {
	t.Parallel()
	data, _ := small(t)
	whole := pack(t, data, tars("x.txt", "a.db"))
	bad := bytes.Clone(whole)
	bad[1024+3] ^= 0xff
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"cut":    {whole[:9000], "the tar archive ends too early (file is truncated)"},
		"header": {bad, "the tar archive is damaged: the header of a file in it is not as it must be"},
		"gz":     {pack(t, bad, gz), "the tar archive is damaged: the header of a file in it is not as it must be"},
	} {
		_, err := Open(t.Context(), write(t, "x", c.data), Options{})
		var p *etcdsource.Problem
		if !errors.As(err, &p) || p.Why != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
