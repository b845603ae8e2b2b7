package snapfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// padded is a snapshot with 40 MiB of zeros behind it.
func padded(t *testing.T) []byte {
	data, _ := small(t)
	return append(data[:len(data)-trailerSize:len(data)-trailerSize], make([]byte, 40<<20)...)
}

// announcing packs with zstd so that the size is in the header.
func announcing(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// TestWhatTakesMuchSpaceIsAsked stops at the bound, says what the file takes, as far as it announces that, and unpacks
// it when as much is allowed.
func TestWhatTakesMuchSpaceIsAsked(t *testing.T) {
	big := padded(t)
	for name, c := range map[string]struct {
		data  []byte
		bytes int64
	}{
		"x.gz":  {pack(t, big, gz), -1},
		"x.zst": {pack(t, big, zst), -1},
		"y.zst": {announcing(t, big), int64(len(big))},
		"x.zip": {pack(t, big, zips("db")), int64(len(big))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, tmp := write(t, name, c.data), t.TempDir()
			for _, noVerify := range []bool{false, true} {
				_, err := Open(t.Context(), path, Options{MaxUnpack: 10 << 20, TempDir: tmp, NoVerify: noVerify})
				var ask *etcdsource.UnpackError
				var p *etcdsource.Problem
				if !errors.As(err, &ask) || !errors.As(err, &p) || !strings.Contains(p.Do, "--max-unpack") || p.Partly {
					t.Fatal(err)
				}
				if ask.Bytes != c.bytes || ask.Limit != 10<<20 || ask.Folder != tmp || ask.Free <= 0 {
					t.Errorf("%+v", ask)
				}
				s, err := Open(t.Context(), path, Options{MaxUnpack: ask.Allow(), TempDir: tmp})
				if err != nil {
					t.Fatal(err)
				}
				s.Close()
			}
		})
	}
}

// TestProgressOfUnpacking ends with all that came out, of what the format says there will be.
func TestProgressOfUnpacking(t *testing.T) {
	big := padded(t)
	all := int64(len(big))
	for name, c := range map[string]struct {
		data  []byte
		total int64
	}{
		"x.gz":  {pack(t, big, gz), all},
		"x.zst": {pack(t, big, zst), -1},
		"y.zst": {announcing(t, big), all},
		"x.zip": {pack(t, big, zips("db")), all},
	} {
		last, calls := int64(-1), 0
		s, err := Open(t.Context(), write(t, name, c.data), Options{Progress: func(step string, done, total int64) {
			if calls++; step != "unpacking" || done <= last || total != c.total {
				t.Errorf("%s: %s %d of %d after %d", name, step, done, total, last)
			}
			last = done
		}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.Close()
		if calls < 5 || last > all {
			t.Errorf("%s: %d reports, the last of %d bytes", name, calls, last)
		}
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	data, _ := small(t)
	path := write(t, "x.zst", pack(t, append(data, make([]byte, 512<<20)...), zst))
	if _, err := Open(t.Context(), path, Options{MaxUnpack: 1 << 40}); err == nil || !strings.Contains(err.Error(), "times its size") {
		t.Error(err)
	}
	if err := (limit{bytes: 1 << 40, packed: 1 << 20}).check(3<<30, -1); err == nil {
		t.Error("a file that grows 3,000 times passes")
	}
}

// TestAnAnnouncementThatDoesNotFit is refused before anything is written.
func TestAnAnnouncementThatDoesNotFit(t *testing.T) {
	tmp, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer tmp.Close()
	n, ok := free(tmp)
	if !ok {
		t.Skip("the free space is not known here")
	}
	l := bounds(tmp, 1<<40, 1<<61)
	if err := l.check(0, 2*n+1<<40); err == nil || !strings.Contains(err.Error(), "to stay free, and ") {
		t.Error(err)
	}
	if l = bounds(tmp, 1, 0); l.bytes > unasked {
		t.Errorf("%d bytes are unpacked without asking", l.bytes)
	}
}

// TestPipes: a snapshot is read in any order, so a pipe is refused at once, and the way out is said.
func TestPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{pipe, "-"} {
		_, err := Open(t.Context(), path, Options{})
		var p *etcdsource.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Do, "write it to a file first") {
			t.Error(err)
		}
	}
}
