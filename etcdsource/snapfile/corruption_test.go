package snapfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// More files, and others, than each run looks at:
//
//	go test ./etcdsource/snapfile -run StructuredCorruption -v -corruptions 3000 -corruption-seed 7000
var (
	corruptions    = flag.Int("corruptions", 260, "number of damaged files for TestStructuredCorruption")
	corruptionSeed = flag.Uint64("corruption-seed", 1, "seed of the first of them")
)

// bodies are databases to be damaged: one that an etcd wrote; without a free list, as a running etcd leaves it; with one,
// as a defragmentation does; with values of several pages.
func bodies(t *testing.T) []*body {
	t.Helper()
	list := []*body{etcdBody(t)}
	for i, synced := range []bool{false, true, true} {
		path := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(uint64(21 + i))})
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: !synced, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		for pass := range 3 { // what one transaction frees is free for the one after the next
			err := db.Update(func(tx *bbolt.Tx) error { return grow(tx, pass, i) })
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
		b := examine(t, data)
		b.data = bytes.Clone(data[:b.m.size()])
		if len(b.kind[branchFlag]) == 0 || synced != (len(b.kind[freeFlag]) > 0) || i == 2 && len(b.big) == 0 {
			t.Fatalf("body %d: %d branches, %d large pages, freelist %v", i, len(b.kind[branchFlag]), len(b.big), b.kind[freeFlag])
		}
		list = append(list, b)
	}
	return list
}

// etcdBody is what a stopped etcd leaves behind.
func etcdBody(t *testing.T) *body {
	t.Helper()
	s := etcdtest.New(t)
	s.Replay(sourcetest.Generate(7))
	for i := range 20 {
		s.Put(fmt.Sprintf("/registry/large/%d%s", i, strings.Repeat("x", 3000)))
	}
	s.Compact(30)
	s.Stop()
	data, err := os.ReadFile(filepath.Join(s.Config.Dir, "member", "snap", "db"))
	if err != nil {
		t.Fatal(err)
	}
	b := examine(t, data)
	b.data = bytes.Clone(data[:b.m.size()])
	return b
}

// grow writes revisions far ahead, deletes some, and leases.
func grow(tx *bbolt.Tx, pass, kind int) error {
	b := tx.Bucket([]byte("key"))
	for i := range 600 {
		size := 200
		if kind == 2 && i%50 == 0 {
			size = 9000
		}
		v := append([]byte("\x0a\x08/some/k"), byte('a'+i%20), 0x10, 2, 0x18, 2, 0x20, 1)
		v = append(binary.AppendUvarint(append(v, 0x2a), uint64(size)), make([]byte, size)...)
		if err := b.Put(rev(uint64(10_000+pass*1000+i), 0), v); err != nil {
			return err
		}
	}
	c := b.Cursor()
	for k, _ := c.Seek(rev(uint64(10_000+(pass-1)*1000+100), 0)); k != nil && pass > 0; k, _ = c.Next() {
		if main := binary.BigEndian.Uint64(k); main >= uint64(10_000+(pass-1)*1000+400) {
			break
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	for i := range 300 {
		if err := tx.Bucket([]byte("lease")).Put(binary.BigEndian.AppendUint64(nil, uint64(i*7777+1)), make([]byte, 12)); err != nil {
			return err
		}
	}
	return nil
}

// judged is the verdict on a file, and what it took.
func judged(t *testing.T, path, what string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := Open(ctx, path, Options{})
	if err == nil {
		err = s.Walk(ctx, func(string, []byte, []byte) error { return nil })
		s.Close()
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 100<<20 || ctx.Err() != nil {
		t.Errorf("%s: %d MiB were taken, %v", what, (after.TotalAlloc-before.TotalAlloc)>>20, ctx.Err())
	}
	return err
}

// TestStructuredCorruption damages databases where their structure is. Whatever etcdutl calls damaged is called that, by
// a reading that neither fails nor grows, and with NoVerify too. What etcdutl lets pass may be refused: it looks at no
// bounds.
func TestStructuredCorruption(t *testing.T) {
	list := bodies(t)
	judge := &referee{t: t}
	defer judge.end()
	path := filepath.Join(t.TempDir(), "x.db")
	for i, b := range list {
		write := os.WriteFile(path, b.data, 0o600)
		if bad, why := judge.damaged(path); bad || write != nil {
			t.Fatalf("body %d is damaged before anything was done to it: %s", i, why)
		}
		if err := judged(t, path, "body"); err != nil {
			t.Fatalf("body %d is damaged before anything was done to it: %v", i, err)
		}
	}
	n, bad, sound, stricter := *corruptions, 0, 0, 0
	if testing.Short() {
		n = min(n, 60)
	}
	for i := range n {
		seed := *corruptionSeed + uint64(i)
		data, what := list[i%len(list)].damaged(seed)
		what = fmt.Sprintf("seed %d, body %d: %s", seed, i%len(list), what)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		damaged, why := judge.damaged(path)
		err := judged(t, path, what)
		switch {
		case damaged && err == nil:
			t.Errorf("%s: opened as if nothing were wrong; bbolt: %s", what, why)
		case damaged:
			bad++
		case err == nil:
			sound++
		default:
			stricter++
			t.Logf("stricter: %s: %v", what, err)
		}
		survive(t, path, what, Options{NoVerify: true})
	}
	t.Logf("agreed on %d damaged and %d sound files, stricter in %d", bad, sound, stricter)
	if bad < n/2 || stricter > n/10 {
		t.Errorf("%d damaged, %d sound, %d called damaged by this reader alone", bad, sound, stricter)
	}
}

// TestADamagedFreeListIsDamage opens nothing whose free list cannot be as it is, and with NoVerify all of it.
func TestADamagedFreeListIsDamage(t *testing.T) {
	b := bodies(t)[2]
	list := func(c []byte) []byte { return c[b.m.freelist*uint64(b.m.pageSize):] }
	for name, harm := range map[string]func(c []byte){
		"of another kind":        func(c []byte) { le.PutUint16(list(c)[8:], leafFlag) },
		"of another number":      func(c []byte) { le.PutUint64(list(c), 7) },
		"a page less":            func(c []byte) { le.PutUint16(list(c)[10:], le.Uint16(list(c)[10:])-1) },
		"a page twice":           func(c []byte) { copy(list(c)[16:24], list(c)[24:32]) },
		"a page in use":          func(c []byte) { le.PutUint64(list(c)[16:], b.m.root) },
		"a page in use and free": func(c []byte) { le.PutUint64(list(c)[16:], b.kind[leafFlag][0]) },
		"a meta page":            func(c []byte) { le.PutUint64(list(c)[16:], 1) },
		"a page behind the end":  func(c []byte) { le.PutUint64(list(c)[16:], b.m.pages) },
		"too many":               func(c []byte) { le.PutUint16(list(c)[10:], 0xfffe) },
		"far too many":           func(c []byte) { le.PutUint16(list(c)[10:], 0xffff); le.PutUint64(list(c)[16:], 1<<62) },
	} {
		c := bytes.Clone(b.data)
		harm(c)
		path := write(t, "x.db", c)
		err := judged(t, path, name)
		var p *etcdsource.Problem
		if !errors.As(err, &p) || !p.Partly || !strings.Contains(p.Why, "damaged: page") {
			t.Errorf("%s: %v", name, err)
		}
		s, err := Open(t.Context(), path, Options{NoVerify: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		info, _ := s.Describe(t.Context())
		if whole := write(t, "y.db", b.data); info.Keys != keysOf(t, whole) || info.Integrity.State != etcdsource.Failed || info.Note == "" {
			t.Errorf("%s: %+v", name, info)
		}
		s.Close()
	}
}

func keysOf(t *testing.T, path string) int64 {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, _ := s.Describe(t.Context())
	return info.Keys
}
