package snapfile

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestWhatGrowsTooMuchIsNotUnpacked stops at the bound, whatever the file announces of itself, and says how to allow it.
func TestWhatGrowsTooMuchIsNotUnpacked(t *testing.T) {
	data, _ := small(t)
	big := append(data[:len(data)-trailerSize], make([]byte, 40<<20)...)
	for name, w := range map[string]func(io.Writer) io.WriteCloser{"x.gz": gz, "x.zst": zst, "x.zip": zips("db")} {
		path := write(t, name, pack(t, big, w))
		_, err := Open(t.Context(), path, Options{MaxUnpack: 10 << 20})
		var p *etcdsource.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Why, "more than 10 MiB") || !strings.Contains(p.Do, allowEnv) {
			t.Errorf("%s: %v", name, err)
		}
		s, err := Open(t.Context(), path, Options{MaxUnpack: 1 << 30})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.Close()
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	data, _ := small(t)
	path := write(t, "x.zst", pack(t, append(data, make([]byte, 512<<20)...), zst))
	if _, err := Open(t.Context(), path, Options{MaxUnpack: 1 << 40}); err == nil || !strings.Contains(err.Error(), "times its size") {
		t.Error(err)
	}
	if err := (limit{bytes: 1 << 40, packed: 1 << 20}).check(3 << 30); err == nil {
		t.Error("a file that grows 3,000 times passes")
	}
}
