package backup

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestBehindWritesAll: what is written in pieces of any size arrives, in order, with its checksum.
func TestBehindWritesAll(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 3*behindMost+flushedStep)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := newTail()
	w := newBehind(f, &sum)
	for rest := data; len(rest) > 0; {
		n := min(len(rest), 1+r.IntN(300_000))
		own := bytes.Clone(rest[:n])
		if got, err := w.Write(own); got != n || err != nil {
			t.Fatal(got, err)
		}
		clear(own) // it belongs to the caller again
		rest = rest[n:]
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%d of %d bytes are in the file, or others; %v", len(got), len(data), err)
	}
	if want := sha256.Sum256(data[:len(data)-sha256.Size]); !bytes.Equal(sum.h.Sum(nil), want[:]) {
		t.Error("the checksum is another")
	}
}

// TestBehindFails: a full disk ends the writes, and is what Close returns.
func TestBehindFails(t *testing.T) {
	t.Parallel()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	sum := newTail()
	w := newBehind(f, &sum)
	var failed error
	for n := 0; failed == nil && n < 100*behindMost; n += 1 << 16 {
		_, failed = w.Write(make([]byte, 1<<16))
	}
	if err := w.Close(); !errors.Is(failed, syscall.ENOSPC) || !errors.Is(err, syscall.ENOSPC) || sum.n != 0 {
		t.Errorf("%v, %v; %d bytes in the checksum", failed, err, sum.n)
	}
}
