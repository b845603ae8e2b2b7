package snapfile

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func rev(main, sub uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, main)
	return binary.BigEndian.AppendUint64(append(b, '_'), sub)
}

// edited is a member's database that was changed behind etcd's back.
func edited(t *testing.T, spec sourcetest.Spec, edit func(tx *bbolt.Tx) error) *Source {
	t.Helper()
	s, err := Open(t.Context(), editedFile(t, spec, edit), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func editedFile(t *testing.T, spec sourcetest.Spec, edit func(tx *bbolt.Tx) error) (path string) {
	t.Helper()
	path = sourcetest.WriteMember(t, spec)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(edit); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func events(t *testing.T, s *Source, from int64) (list []etcdsource.Event, lost etcdsource.Window) {
	t.Helper()
	st, err := s.Watch(t.Context(), etcdsource.Prefix(""), from)
	if err != nil {
		t.Fatal(err)
	}
	for {
		b, err := st.Next(t.Context())
		if err != nil {
			return list, lost
		}
		list, lost = append(list, b.Events...), lost.Join(b.Lost)
	}
}

// TestARestoreWithABumpLeavesAnEmptyRecord has the revision of that record, and nothing to show for it.
func TestARestoreWithABumpLeavesAnEmptyRecord(t *testing.T) {
	for _, ops := range [][]sourcetest.Op{sourcetest.Generate(1), {sourcetest.Put("/a", "1")}, nil} {
		s := edited(t, sourcetest.Spec{Ops: ops}, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("key")).Put(rev(1_000_000, 0), nil)
		})
		info, _ := s.Describe(t.Context())
		list, lost := events(t, s, 1)
		if info.Revision != 1_000_000 || !lost.Empty() {
			t.Errorf("%+v, lost %+v", info, lost)
		}
		if want := sourcetest.NewModel(sourcetest.Spec{Ops: ops}).Events; len(list) != len(want) {
			t.Errorf("%d changes, want %d", len(list), len(want))
		}
	}
}

// TestAnEmptyRecordInTheMiddleIsDamage: an empty record is damage where a change must be.
func TestAnEmptyRecordInTheMiddleIsDamage(t *testing.T) {
	ops := sourcetest.Generate(1)
	for _, main := range []uint64{3, uint64(len(ops)) / 2} {
		path := editedFile(t, sourcetest.Spec{Ops: ops}, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("key")).Put(rev(main, 0), nil)
		})
		want := fmt.Sprintf("the record of revision %d is empty", main)
		if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		s, err := Open(t.Context(), path, Options{NoVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		if info, _ := s.Describe(t.Context()); info.Integrity.Text != want || info.Keys == 0 {
			t.Errorf("%+v", info.Integrity)
		}
		s.Close()
	}
}

// TestLeftoversBelowTheMark opens a database whose compaction was scheduled and not yet carried out.
func TestLeftoversBelowTheMark(t *testing.T) {
	ops := sourcetest.Generate(1)
	mark := int64(len(ops) / 2)
	s := edited(t, sourcetest.Spec{Ops: ops, Compact: 0}, func(tx *bbolt.Tx) error {
		m := tx.Bucket([]byte("meta"))
		if err := m.Put([]byte("finishedCompactRev"), rev(3, 0)); err != nil {
			return err
		}
		return m.Put([]byte("scheduledCompactRev"), rev(uint64(mark), 0))
	})
	list, lost := events(t, s, 1)
	if want := sourcetest.NewModel(sourcetest.Spec{Ops: ops}).Events; len(list) != len(want) {
		t.Errorf("%d changes, want %d", len(list), len(want))
	}
	for _, e := range list {
		if e.Kept != (e.Mod <= mark) {
			t.Errorf("revision %d, mark %d: kept %v", e.Mod, mark, e.Kept)
		}
	}
	if lost.From != 1 || lost.To != mark-1 {
		t.Errorf("lost %+v, mark %d", lost, mark)
	}
	if _, err := s.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{Revision: mark - 1}); err == nil {
		t.Error("the state before the mark can be read")
	}
}

// TestTheNewestValidMetaPageCounts tears the meta page that was committed last: the one before is used, as bbolt does.
func TestTheNewestValidMetaPageCounts(t *testing.T) {
	path := sourcetest.WriteMember(t, sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("/a", "1")}})
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("storageVersion"), []byte("3.7.0"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	version := func(b []byte) string {
		p := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		info, _ := s.Describe(t.Context())
		return info.Version
	}
	m0, _ := metaAt(data, 0)
	m1, _ := metaAt(data, m0.pageSize)
	newest := 0
	if m1.txid > m0.txid {
		newest = m0.pageSize
	}
	if v := version(data); v != "3.7.0" {
		t.Fatalf("version %q", v)
	}
	data[newest+pageHeader+20] ^= 0xff
	if v := version(data); v != "3.6.0" {
		t.Errorf("with the newest meta page torn: version %q", v)
	}
}

// TestVersionsOfEarlierLives walks a key back through its deletions.
func TestVersionsOfEarlierLives(t *testing.T) {
	ops := []sourcetest.Op{sourcetest.Put("/a", "1"), sourcetest.Put("/a", "2"), sourcetest.Delete("/a"), sourcetest.Put("/b", "x"), sourcetest.Put("/a", "3")}
	s, err := Open(t.Context(), sourcetest.WriteSnapshot(t, ops), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, edge, err := s.Versions(t.Context(), []byte("/a"), 0, 0)
	if err != nil || edge != (etcdsource.Edge{Kind: etcdsource.EdgeCreated, Revision: 2}) {
		t.Errorf("%+v, %v", edge, err)
	}
	want := []struct {
		mod int64
		typ etcdsource.Type
	}{{6, etcdsource.Created}, {4, etcdsource.Deleted}, {3, etcdsource.Updated}, {2, etcdsource.Created}}
	if len(list) != len(want) {
		t.Fatalf("%+v", list)
	}
	for i, w := range want {
		if list[i].Mod != w.mod || list[i].Type != w.typ {
			t.Errorf("%d: %+v, want %+v", i, list[i], w)
		}
	}
	if _, edge, _ := s.Versions(t.Context(), []byte("/a"), 5, 1); edge != (etcdsource.Edge{Kind: etcdsource.EdgeMore, Revision: 4}) {
		t.Errorf("%+v", edge)
	}
}

// TestRecords reads messages that are whole and some that are not.
func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		in  string
		ok  bool
		key string
	}{
		"whole":         {"\x0a\x01k\x10\x02\x18\x03\x20\x04\x2a\x01v\x30\x05", true, "k"},
		"unknown field": {"\x0a\x01k\x3a\x02zz\x40\x01", true, "k"},
		"no key":        {"\x10\x02", false, ""},
		"empty":         {"", false, ""},
		"long key cut":  {"\x0a\xff\x01k", false, ""},
		"cut":           {"\x0a\x01k\x2a\x09v", false, "k"},
		"group":         {"\x0a\x01k\x0b", false, "k"},
		"no varint":     {"\x0a\x01k\x10\xff", false, "k"},
	} {
		r := parseRecord([]byte(c.in))
		if r.ok != c.ok || string(r.key) != c.key || string(recordKey([]byte(c.in))) != c.key {
			t.Errorf("%s: %+v, key alone %q", name, r, recordKey([]byte(c.in)))
		}
	}
	if r := parseRecord([]byte("\x0a\x01k\x10\x02\x18\x03\x20\x04\x2a\x01v\x30\x05")); r.create != 2 || r.version != 4 || string(r.value) != "v" || r.lease != 5 {
		t.Errorf("%+v", r)
	}
}

func FuzzRecord(f *testing.F) {
	x := fuzztest.New(f)
	x.Add([]byte("\x0a\x01k\x10\x02\x18\x03\x20\x04\x2a\x01v\x30\x05"))
	x.Add([]byte("\x0a\xff\xff\xff\xff\x0fk"))
	x.Fuzz(func(t *testing.T, b []byte) {
		r := parseRecord(b)
		if k := recordKey(b); r.ok && len(b) > 1 && b[0] == 0x0a && string(k) != string(r.key) && countKeys(b) == 1 {
			t.Errorf("key %q, alone %q", r.key, k)
		}
	})
}

// countKeys counts the bytes that could begin a key's field: a message with several has several keys, the last of
// which counts.
func countKeys(b []byte) (n int) {
	for _, c := range b {
		if c == 0x0a {
			n++
		}
	}
	return n
}
