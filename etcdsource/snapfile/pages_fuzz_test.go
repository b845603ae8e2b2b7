package snapfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// tiny is a database of small pages with every kind of page in it, so that few bytes decide much.
func tiny(t testing.TB, synced bool) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: !synced, NoSync: true, PageSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	for pass := range 2 {
		err := db.Update(func(tx *bbolt.Tx) error {
			for _, name := range []string{"key", "meta", "lease", "cluster"} {
				if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
					return err
				}
			}
			b := tx.Bucket([]byte("key"))
			for i := range 24 {
				if err := b.Put(rev(uint64(pass*100+i+2), 0), []byte("\x0a\x02/a\x10\x02\x18\x03\x20\x04\x2a\x01v")); err != nil {
					return err
				}
			}
			if err := b.Put(rev(uint64(pass*100+50), 0), append([]byte("\x0a\x02/b\x2a\xdc\x0b"), make([]byte, 1500)...)); err != nil {
				return err
			}
			return tx.Bucket([]byte("meta")).Put([]byte("consistent_index"), binary.BigEndian.AppendUint64(nil, 7))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := readMeta(data)
	if err != nil {
		t.Fatal(err)
	}
	return data[:m.size()]
}

// patched applies a patch to a database: pieces of two bytes that say where, one that says how long, and what is there.
// The meta pages get checksums that fit.
func patched(data, patch []byte) []byte {
	data = bytes.Clone(data)
	for len(patch) > 3 {
		at, n := int(binary.LittleEndian.Uint16(patch))%len(data), 1+int(patch[2]%16)
		n = min(n, len(patch)-3)
		copy(data[at:], patch[3:3+n])
		patch = patch[3+n:]
	}
	sum(data)
	sum(data[1024:])
	return data
}

// FuzzPages reads databases with other bytes here and there: an error or content, never a panic, which the mapping would
// hide, nor a hang.
func FuzzPages(f *testing.F) {
	x := fuzztest.New(f)
	bodies := [][]byte{tiny(f, false), tiny(f, true)}
	for i := range uint16(80) { // the headers and first elements of pages
		p := binary.LittleEndian.AppendUint16(nil, i%20*1024+i/20*8)
		x.Add(append(p, 3, 1, 0, 0, 0), i%2 == 0)
	}
	x.Fuzz(func(t *testing.T, patch []byte, synced bool) {
		data := bodies[0]
		if synced {
			data = bodies[1]
		}
		data = patched(data, patch)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		refused := false
		for _, o := range []Options{{}, {NoVerify: true}} {
			if o.NoVerify && !refused {
				return // what is whole is read the same way
			}
			s := &Source{mapping: &mapping{data: data}, stop: func() {}}
			err := s.mapping.read(func(data []byte) error { return s.read(ctx, "", data, o) })
			if refused = err != nil; !refused {
				s.judge(Options{NoVerify: true})
				_, err = readAll(ctx, s)
			}
			if err != nil && (strings.Contains(err.Error(), "cannot read: ") || ctx.Err() != nil) {
				t.Errorf("%+v: %v", o, err)
			}
		}
	})
}
