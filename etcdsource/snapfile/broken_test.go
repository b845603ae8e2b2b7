package snapfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// readAll asks everything of a source that may be damaged, and returns the number of changes it has.
func readAll(ctx context.Context, s *Source) (int, error) {
	info, err := s.Describe(ctx)
	if err != nil {
		return 0, err
	}
	span := etcdsource.Prefix("")
	span.Values, span.Limit = true, 100_000
	for _, rev := range []int64{0, info.Revision / 2} {
		_, err := s.Range(ctx, span, etcdsource.At{Revision: rev})
		var gone *etcdsource.CompactedError
		if err != nil && !errors.As(err, &gone) {
			return 0, err
		}
		seq, err := s.Children(ctx, span, etcdsource.At{Revision: rev})
		if err != nil && !errors.As(err, &gone) {
			return 0, err
		}
		if err == nil {
			for _, err := range seq {
				if err != nil {
					return 0, err
				}
			}
		}
	}
	st, err := s.Watch(ctx, span, 1)
	if err != nil {
		return 0, err
	}
	n := 0
	for {
		b, err := st.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return n, err
		}
		for _, e := range b.Events {
			if n%17 == 0 {
				if _, _, err := s.Versions(ctx, e.Key, 0, 0); err != nil {
					return n, err
				}
			}
			n++
		}
	}
	return n, s.Walk(ctx, func(string, []byte, []byte) error { return nil })
}

// survive opens a broken file: it is a Problem, or it can be read, and neither takes long nor ends the process.
func survive(t *testing.T, path, what string, o Options) (n int, opened bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := Open(ctx, path, o)
	var p *etcdsource.Problem
	if err != nil {
		if !errors.As(err, &p) || ctx.Err() != nil {
			t.Errorf("%s, %+v: %v, which is no Problem", what, o, err)
		}
		return 0, false
	}
	defer s.Close()
	n, err = readAll(ctx, s)
	info, _ := s.Describe(ctx)
	if err != nil && info.Integrity.State != etcdsource.Failed {
		t.Errorf("%s, %+v: opened, but: %v", what, o, err)
	}
	return n, true
}

func small(t *testing.T) (data []byte, changes int) {
	t.Helper()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(11)}
	b, err := os.ReadFile(sourcetest.WriteSpec(t, spec))
	if err != nil {
		t.Fatal(err)
	}
	return b, len(sourcetest.NewModel(spec).Events)
}

func TestCutFilesAreProblems(t *testing.T) {
	data, changes := small(t)
	path := filepath.Join(t.TempDir(), "cut.db")
	salvaged := 0
	for n := len(data) - 1; n >= 0; n -= 1000 {
		if err := os.WriteFile(path, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, opened := survive(t, path, fmt.Sprint("cut at ", n), Options{}); opened {
			t.Errorf("cut at %d of %d: opened as if nothing were missing", n, len(data))
		}
		got, opened := survive(t, path, fmt.Sprint("cut at ", n), Options{NoVerify: true})
		if opened && got > 0 && n < len(data)-32 {
			salvaged++
		}
		if got > changes {
			t.Errorf("cut at %d: %d changes of %d", n, got, changes)
		}
	}
	if salvaged == 0 {
		t.Error("--no-verify never read anything of a cut file")
	}
}

func TestCutBehindTheDatabaseIsNoChecksum(t *testing.T) {
	data, changes := small(t)
	path := filepath.Join(t.TempDir(), "bare.db")
	if err := os.WriteFile(path, data[:len(data)-trailerSize], 0o600); err != nil {
		t.Fatal(err)
	}
	if n, opened := survive(t, path, "without checksum", Options{}); !opened || n != changes {
		t.Errorf("opened %v with %d of %d changes", opened, n, changes)
	}
}

func TestFlippedBitsAreProblems(t *testing.T) {
	data, _ := small(t)
	path := filepath.Join(t.TempDir(), "flipped.db")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		at, bit := r.IntN(len(data)), r.IntN(8)
		if i%2 == 0 { // half of them where the structure is: headers and elements
			at = at/4096*4096 + r.IntN(256)
		}
		at = min(at, len(data)-1)
		data[at] ^= 1 << bit
		what := fmt.Sprintf("bit %d of byte %d", bit, at)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, opened := survive(t, path, what, Options{}); opened {
			t.Errorf("%s: opened as if nothing were wrong", what)
		}
		survive(t, path, what, Options{NoVerify: true})
		// as a member's database there is no checksum to find it by
		if err := os.WriteFile(path, data[:len(data)-trailerSize], 0o600); err != nil {
			t.Fatal(err)
		}
		survive(t, path, what+" without checksum", Options{})
		survive(t, path, what+" without checksum", Options{NoVerify: true})
		data[at] ^= 1 << bit
	}
}

// TestSalvageSkipsDamagedPages breaks pages one after the other and reads the rest.
func TestSalvageSkipsDamagedPages(t *testing.T) {
	data, changes := small(t)
	path := filepath.Join(t.TempDir(), "x.db")
	lossy := 0
	for page := 2; page < (len(data)-trailerSize)/4096; page++ {
		bad := append([]byte(nil), data...)
		for i := range 4096 {
			bad[page*4096+i] = 0xa5
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		n, opened := survive(t, path, fmt.Sprint("page ", page), Options{NoVerify: true})
		if !opened || n < changes/2 {
			t.Errorf("page %d broken: opened %v, %d of %d changes", page, opened, n, changes)
		}
		if n == changes {
			continue
		}
		lossy++
		s, err := Open(t.Context(), path, Options{NoVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		info, _ := s.Describe(t.Context())
		if info.Note == "" || info.Integrity.State != etcdsource.Failed {
			t.Errorf("page %d broken: it does not say so: %+v", page, info)
		}
		s.Close()
	}
	if lossy == 0 {
		t.Error("no page held a record")
	}
}

// TestBothMetaPagesGone reads records without any tree.
func TestBothMetaPagesGone(t *testing.T) {
	data, changes := small(t)
	clear(data[40:60])
	clear(data[4096+40 : 4096+60])
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, opened := survive(t, path, "no meta page", Options{NoVerify: true}); !opened || n != changes {
		t.Errorf("opened %v with %d of %d changes", opened, n, changes)
	}
}

// TestFileShrinksWhileOpen cuts the file under the mapping: reads behind its end fault.
func TestFileShrinksWhileOpen(t *testing.T) {
	path := sourcetest.WriteSnapshot(t, sourcetest.Generate(11))
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	if _, err = readAll(t.Context(), s); err == nil {
		t.Error("everything could be read of a file that is gone")
	}
	var d *damage
	if !errors.As(err, &d) {
		t.Errorf("%v, want the offset", err)
	}
}

// TestLyingPages writes other values into headers and elements of pages, and into both meta pages with checksums that
// fit, as somebody would who wants to do harm: lengths, page numbers, counts. No reading of it goes astray or grows.
func TestLyingPages(t *testing.T) {
	data, _ := small(t)
	data = data[:len(data)-trailerSize]
	path := filepath.Join(t.TempDir(), "lying.db")
	r := rand.New(rand.NewPCG(3, 4))
	pages := uint64(len(data) / 4096)
	for range 150 {
		page, at, width := r.IntN(int(pages)), r.IntN(40)*2, []int{2, 4, 8}[r.IntN(3)]
		page *= r.IntN(3) // the meta pages more often
		page = min(page, int(pages)-1)
		lie := []uint64{0, 1, uint64(page), pages - 1, pages, 1 << 31, 1 << 40, 1<<63 - 1, 1<<64 - 1, r.Uint64N(pages)}[r.IntN(10)]
		b := bytes.Clone(data)
		copy(b[page*4096+at:][:width], le.AppendUint64(nil, lie))
		if page < 2 {
			meta := b[page*4096+16:][:64]
			sum := fnv.New64a()
			sum.Write(meta[:56])
			le.PutUint64(meta[56:], sum.Sum64())
			copy(b[(1-page)*4096+16:], meta)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {NoVerify: true}} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			survive(t, path, fmt.Sprintf("%d bytes at %d of page %d are %d", width, at, page, lie), o)
			if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 100<<20 {
				t.Errorf("%d bytes at %d of page %d are %d: %d MiB were taken", width, at, page, lie, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
		}
	}
}
