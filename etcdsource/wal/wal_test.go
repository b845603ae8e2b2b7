package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	etcdwal "go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// put is a request that writes a key, noop one that does not.
var put, noop = []byte{fieldPut<<3 | 2, 2, 1, 1}, []byte{7<<3 | 2, 0}

func entry(term, index uint64, data []byte) *raftpb.Entry {
	return &raftpb.Entry{Term: proto.Uint64(term), Index: proto.Uint64(index), Type: raftpb.EntryNormal.Enum(), Data: data}
}

// write makes a log of the saves, with etcd's own writer, in segments of few bytes.
func write(t testing.TB, saves []save) string {
	t.Helper()
	old := etcdwal.SegmentSizeBytes
	etcdwal.SegmentSizeBytes = 2000
	defer func() { etcdwal.SegmentSizeBytes = old }()
	dir := filepath.Join(t.TempDir(), "wal")
	w, err := etcdwal.Create(zap.NewNop(), dir, []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range saves {
		if err := w.Save(&raftpb.HardState{Term: proto.Uint64(s.term), Vote: proto.Uint64(1), Commit: proto.Uint64(s.commit)}, s.entries); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

type save struct {
	term, commit uint64
	entries      []*raftpb.Entry
}

// steps are entries 1 to 100 of term 2, each committed with the next, every third a write.
func steps() (list []save) {
	for i := uint64(1); i <= 100; i++ {
		data := noop
		if i%3 == 0 {
			data = put
		}
		list = append(list, save{2, i - 1, []*raftpb.Entry{entry(2, i, data)}})
	}
	return list
}

func beyondOf(t *testing.T, dir string, applied uint64, alone bool) (Tail, error) {
	t.Helper()
	list, err := Segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	return Beyond(t.Context(), dir, list, applied, alone)
}

func TestBeyond(t *testing.T) {
	dir := write(t, steps())
	if list, _ := Segments(dir); len(list) < 3 {
		t.Fatalf("%d segments", len(list))
	}
	replaced := write(t, append(steps(), save{3, 99, []*raftpb.Entry{entry(3, 100, put), entry(3, 101, put)}}, save{4, 101, []*raftpb.Entry{entry(4, 101, noop)}}))
	jump := write(t, append(steps(), save{3, 103, []*raftpb.Entry{entry(3, 104, put)}}))
	for _, c := range []struct {
		name    string
		dir     string
		applied uint64
		alone   bool
		want    Tail
	}{
		{"all of it", dir, 0, false, Tail{Entries: 99, Writes: 33, Uncommitted: 1}},
		{"a part", dir, 90, false, Tail{Entries: 9, Writes: 3, Uncommitted: 1}},
		{"alone", dir, 90, true, Tail{Entries: 10, Writes: 3}},
		{"up to date", dir, 100, false, Tail{}},
		{"a database that is ahead", dir, 200, false, Tail{Short: 100}},
		{"ahead of a log that was agreed on later", jump, 110, false, Tail{Short: 6}},
		{"entries of another leader", replaced, 98, false, Tail{Entries: 3, Writes: 2}},
		{"entries that the log never had", jump, 98, false, Tail{Entries: 5, Writes: 1, Gone: 3, Uncommitted: 1}},
	} {
		if got, err := beyondOf(t, c.dir, c.applied, c.alone); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

func TestThePurgedBeginningIsGone(t *testing.T) {
	dir := write(t, steps())
	list, _ := Segments(dir)
	if err := os.Remove(filepath.Join(dir, list[0].Name)); err != nil {
		t.Fatal(err)
	}
	got, err := beyondOf(t, dir, 0, false)
	if gone := int64(list[1].First) - 1; err != nil || got.Entries != 99 || got.Gone != gone || got.Uncommitted != 1 {
		t.Errorf("%+v, %v; want %d gone", got, err, gone)
	}
}

// TestEveryFlippedByte reads logs with one byte changed: what is handed out was written, and an end before the last
// record is an error.
func TestEveryFlippedByte(t *testing.T) {
	dir := write(t, steps()[:40])
	list, _ := Segments(dir)
	written := map[uint64]string{}
	all := func() (n int, err error) {
		return n, Read(t.Context(), dir, list, func(r Record) error {
			if r.Entry != nil {
				if old, ok := written[r.Entry.GetIndex()]; ok && old != r.Entry.String() {
					t.Errorf("entry %d: %v, was %v", r.Entry.GetIndex(), r.Entry, old)
				}
				written[r.Entry.GetIndex()] = r.Entry.String()
				n++
			}
			return nil
		})
	}
	if n, err := all(); n != 0 && n != 40 || err != nil || len(written) != 40 {
		t.Fatal(n, err, len(written))
	}
	for i, s := range list {
		path := filepath.Join(dir, s.Name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(whole); at += 7 {
			b := append([]byte(nil), whole...)
			b[at] ^= 0x41
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := all()
			var d *DamageError
			if err != nil && !errors.As(err, &d) || d != nil && d.Segment == "" {
				t.Fatalf("segment %d byte %d: %v", i, at, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAHugeSegmentIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "0000000000000000-0000000000000000.wal")
	if err := os.WriteFile(path, binary.LittleEndian.AppendUint64(nil, 8<<30), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 16<<30); err != nil {
		t.Skip(err)
	}
	if got, err := beyondOf(t, dir, 5, false); err != nil || got != (Tail{Short: 5}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// sized is what a decoder asks of a file.
type sized struct {
	fs.FileInfo
	n int64
}

// Name is for errors.
func (s sized) Name() string { return "segment" }

// Size returns the bytes of the file.
func (s sized) Size() int64 { return s.n }

// FuzzSegment: whatever a log's file holds, the entries that it adds up to are not fewer than its writes, and damage
// names its place.
func FuzzSegment(f *testing.F) {
	x := fuzztest.New(f)
	dir := write(f, steps()[:6])
	list, err := Segments(dir)
	if err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, list[0].Name))
	if err != nil {
		f.Fatal(err)
	}
	x.Add([]byte{}, uint64(1), true)
	x.Add([]byte{4, 0, 0, 0, 0, 0, 0, 0x84, 8, 4, 16, 0, 0, 0, 0, 0}, uint64(0), false)
	x.Add(bytes.TrimRight(whole, "\x00"), uint64(2), false)
	x.Add(whole[:min(len(whole), 600)], uint64(0), true)
	x.Fuzz(func(t *testing.T, b []byte, applied uint64, last bool) {
		found := beyond{applied: applied, commit: applied, next: applied + 1}
		r := reader{ctx: t.Context(), segment: list[0], first: true, last: last, fn: found.record}
		err := r.decode(bytes.NewReader(b), sized{n: int64(len(b))})
		var d *DamageError
		if err != nil && (!errors.As(err, &d) || d.Segment != list[0].Name || d.Offset < 0 || d.Offset > int64(len(b))) {
			t.Fatal(err)
		}
		for _, alone := range []bool{false, true} {
			tail := found.tail(alone)
			if tail.Entries < 0 || tail.Writes > tail.Entries || tail.Writes < 0 || tail.Uncommitted < 0 || tail.Gone < 0 || tail.Short < 0 || tail.Short > 0 && tail.Entries > 0 {
				t.Errorf("%+v, %v", tail, err)
			}
		}
	})
}

var _ fileutil.FileReader = bounded{}
