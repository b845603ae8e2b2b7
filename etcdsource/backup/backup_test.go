package backup

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// saver streams bytes in chunks; before is called ahead of each.
type saver struct {
	data   []byte
	before func(done int) error
}

func (s saver) Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	for done := 0; done < len(s.data); {
		if err := ctx.Err(); err != nil {
			return etcdsource.Saved{}, err
		}
		if s.before != nil {
			if err := s.before(done); err != nil {
				return etcdsource.Saved{}, err
			}
		}
		n, err := w.Write(s.data[done:min(done+1013, len(s.data))])
		if err != nil {
			return etcdsource.Saved{}, err
		}
		done += n
		progress(int64(done), int64(len(s.data)))
	}
	return etcdsource.Saved{Bytes: int64(len(s.data)), Member: "m1", Version: "3.6.0"}, nil
}

func snapshot(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(sourcetest.WriteSnapshot(t, sourcetest.Generate(7)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestSaveWritesWhatWasStreamed(t *testing.T) {
	data, dir := snapshot(t), t.TempDir()
	path := filepath.Join(dir, "x.db")
	var phases []Phase
	r, err := Save(t.Context(), saver{data: data}, path, Options{Progress: func(s Step) {
		if len(phases) == 0 || phases[len(phases)-1] != s.Phase {
			phases = append(phases, s.Phase)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	if !bytes.Equal(got, data) {
		t.Error("the file is not what was streamed")
	}
	st, _ := os.Stat(path)
	if st.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", st.Mode().Perm())
	}
	head := int64(len(sourcetest.Generate(7)) + 1)
	if r.Bytes != int64(len(data)) || r.Revision != head || r.Member != "m1" || r.Version != "3.6.0" || len(r.SHA256) != 64 || r.Keys == 0 {
		t.Errorf("result %+v", r)
	}
	if want := []Phase{Streaming, Verifying, Syncing, Saved}; len(phases) != len(want) {
		t.Errorf("phases %v", phases)
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("left behind: %v", n)
	}
}

func TestSaveIntoFolderFindsAName(t *testing.T) {
	dir := t.TempDir()
	r, err := Save(t.Context(), saver{data: snapshot(t)}, dir, Options{})
	if err != nil || filepath.Dir(r.Path) != dir || !strings.HasSuffix(r.Path, ".db") {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestSaveNeverOverwritesUnlessForced(t *testing.T) {
	data, dir := snapshot(t), t.TempDir()
	path := filepath.Join(dir, "x.db")
	if err := os.WriteFile(path, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Save(t.Context(), saver{data: data}, path, Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	// one that appears while the snapshot is streamed
	late := filepath.Join(dir, "late.db")
	_, err := Save(t.Context(), saver{data: data, before: func(int) error { return os.WriteFile(late, []byte("precious"), 0o644) }}, late, Options{})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that appeared: %v", err)
	}
	for _, p := range []string{path, late} {
		if b, _ := os.ReadFile(p); string(b) != "precious" {
			t.Errorf("%s was overwritten", p)
		}
	}
	if _, err := Save(t.Context(), saver{data: data}, path, Options{Force: true}); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); !bytes.Equal(b, data) {
		t.Error("--force did not replace the file")
	}
	if n := names(t, dir); len(n) != 2 {
		t.Errorf("left behind: %v", n)
	}
}

func TestSaveLeavesNoTraceWhenItFails(t *testing.T) {
	data := snapshot(t)
	flipped := bytes.Clone(data)
	flipped[len(data)/2] ^= 1
	boom := errors.New("boom")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		saver saver
		want  string
	}{
		"a flipped bit":     {t.Context(), saver{data: flipped}, "does not match its checksum"},
		"cut":               {t.Context(), saver{data: data[:len(data)-512]}, "does not match its checksum"},
		"without checksum":  {t.Context(), saver{data: data[:len(data)-32]}, "does not match its checksum"},
		"nothing":           {t.Context(), saver{}, "the server sent nothing"},
		"broken connection": {t.Context(), saver{data: data, before: func(n int) error { return map[bool]error{true: boom}[n > 3000] }}, "boom"},
		"cancelled": {ctx, saver{data: data, before: func(n int) error {
			if n > 3000 {
				cancel()
			}
			return nil
		}}, "context canceled"},
	} {
		dir := t.TempDir()
		_, err := Save(c.ctx, c.saver, filepath.Join(dir, "x.db"), Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if n := names(t, dir); len(n) != 0 {
			t.Errorf("%s: left behind: %v", name, n)
		}
	}
}

func TestSaveKeepsOutOfAnothersWay(t *testing.T) {
	data, dir := snapshot(t), t.TempDir()
	path := filepath.Join(dir, "x.db")
	_, err := Save(t.Context(), saver{data: data, before: func(int) error {
		if _, err := Save(t.Context(), saver{data: data}, path, Options{}); err == nil || !strings.Contains(err.Error(), "another save") {
			t.Errorf("two at once: %v", err)
		}
		return nil
	}}, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSaveSaysWhenItMayNotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "x.db")
	var p *etcdsource.Problem
	if _, err := Save(t.Context(), saver{data: []byte("x")}, path, Options{}); !errors.As(err, &p) || !strings.Contains(p.Error(), path) {
		t.Errorf("into a folder that is not there: %v", err)
	}
}

// TestStatusIsTheHashOfAllBuckets counts the figures with bbolt itself.
func TestStatusIsTheHashOfAllBuckets(t *testing.T) {
	path := sourcetest.WriteSpec(t, sourcetest.Spec{Ops: sourcetest.Generate(4), Compact: 60})
	db, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	size := int64(0)
	err = db.View(func(tx *bolt.Tx) error {
		size = tx.Size()
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			h.Write(name)
			return b.ForEach(func(k, v []byte) error {
				h.Write(k)
				h.Write(v)
				return nil
			})
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	m := sourcetest.NewModel(sourcetest.Spec{Ops: sourcetest.Generate(4)})
	want := SnapshotStatus{Hash: h.Sum32(), Revision: m.Spec.Head(), TotalKey: int64(len(m.State(etcdsource.Prefix(""), m.Spec.Head()))), TotalSize: size, Version: "3.6.0"}
	got, err := Status(t.Context(), path, snapfile.Options{})
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	data := snapshot(t)
	flipped := bytes.Clone(data)
	flipped[len(data)/2] ^= 1
	for name, b := range map[string][]byte{"good.db": data, "flipped.db": flipped, "cut.db": data[:len(data)/2], "empty.db": nil, "plain": data[:len(data)-32], "notes.txt": []byte("hello")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := List(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Found{}
	for _, f := range list {
		got[f.Name] = f
	}
	head := int64(len(sourcetest.Generate(7)) + 1)
	for name, ok := range map[string]func(Found) bool{
		"good.db":    func(f Found) bool { return f.Format == "snapshot" && f.Revision == head && f.Problem == "" },
		"plain":      func(f Found) bool { return f.Format == "database" && f.Revision == head },
		"flipped.db": func(f Found) bool { return f.Format == "snapshot" },
		"cut.db":     func(f Found) bool { return f.Problem != "" && f.Revision == -1 },
		"empty.db":   func(f Found) bool { return strings.Contains(f.Problem, "empty") },
	} {
		if f, there := got[name]; !there || !ok(f) || f.Modified.IsZero() {
			t.Errorf("%s: %+v (listed: %v)", name, f, there)
		}
	}
	if len(list) != 5 {
		t.Errorf("%d are listed: %+v", len(list), list)
	}
}
