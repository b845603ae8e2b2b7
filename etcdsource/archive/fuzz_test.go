package archive

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// FuzzDelta opens anything as a delta snapshot, with the hash that fits, alone and behind a full one.
func FuzzDelta(f *testing.F) {
	x := fuzztest.New(f)
	spec := sourcetest.Spec{Ops: sourcetest.Generate(13)[:40]}
	m := sourcetest.NewModel(spec)
	whole := delta(f, m, 21, 41)
	x.Add(whole[:len(whole)-32])
	x.Add([]byte(`[]`))
	x.Add([]byte(`[{"etcdEvent":{"type":1,"kv":{"key":"YQ==","mod_revision":21}},"time":"2026-03-04T05:06:07Z"}]`))
	x.Add([]byte(`[{"etcdEvent":{"kv":{"key":"YQ==","mod_revision":9223372036854775807,"version":-1}},"time":"9999-12-31T23:59:59Z"}]`))
	x.Add([]byte(`[{"time":"2026-03-04T05:06:07Z","etcdEvent":{"type":"PUT","kv":{"key":"YQ==","mod_revision":21}}},`))
	s := layOut(f, spec, "v2", "", 20, 41)
	x.Fuzz(func(t *testing.T, list []byte) {
		write(t, s.deltas[0], signed(bytes.Clone(list)))
		for _, path := range []string{s.dir, s.deltas[0]} {
			src, err := Open(t.Context(), path, snapfile.Options{TempDir: t.TempDir()})
			var p *etcdsource.Problem
			switch {
			case err != nil && !errors.As(err, &p):
				t.Fatalf("error %v", err)
			case err != nil && path == s.dir:
				t.Fatalf("the full snapshot does not open: %v", err)
			case err != nil:
				continue
			}
			last := int64(0)
			events, _ := changes(t, src)
			for _, e := range events {
				if e.Mod < last || len(e.Key) == 0 {
					t.Fatalf("revision %d of %q after %d", e.Mod, e.Key, last)
				}
				last = e.Mod
			}
			if info := describe(t, src); info.Revision < last {
				t.Fatalf("revision %d is shown, the newest is %d", last, info.Revision)
			}
			src.Close()
		}
	})
}

// FuzzKeys reads anything as the resources of static pods.
func FuzzKeys(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(tarOf(f, "./"+keysIn7, "seven", "other", "x"))
	x.Fuzz(func(t *testing.T, in []byte) {
		if k, err := keysIn(&atMost{io.NopCloser(bytes.NewReader(in)), maxStatic}); err == nil && k != nil && k.From == "" {
			t.Fatalf("found %+v", k)
		}
	})
}

// FuzzDescribe describes files of any name and beginning.
func FuzzDescribe(f *testing.F) {
	x := fuzztest.New(f)
	for _, n := range []string{"Full-00000000-00002088-1518427675.gz", "Incr-00000001-00000002-1.Z.final", "etcd-snapshot-a-1772600767.zip", "snapshot_2026-03-04_050607.db", "k0s_backup_2026-03-04T05_06_07_000Z.tar.gz", "db"} {
		x.Add(n, []byte("PK\x03\x04"), []byte(`{"timestamp":"1","nodeName":3}`))
	}
	x.Fuzz(func(t *testing.T, name string, content, meta []byte) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		path := filepath.Join(dir, filepath.Base(name))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile(filepath.Join(dir, kopsMetaFile), meta, 0o600)
		if os.WriteFile(path, content, 0o600) != nil {
			return // no name of a file
		}
		if a, err := Describe(path); err != nil || a.Format == "" || a.File != path {
			t.Fatalf("%+v, %v", a, err)
		}
		_, _ = Describe(dir)
	})
}
