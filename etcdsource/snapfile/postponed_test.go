package snapfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// readBoth reads the records of a database while its pages are verified, and after that. What is refused is nil.
func readBoth(t *testing.T, data []byte) (both [2]*records, inUse [2]int64) {
	for i, at := range []bool{true, false} {
		s := &Source{mapping: &mapping{data: data}}
		err := s.mapping.read(func([]byte) error {
			tr, list, err := openTree(data)
			if err != nil {
				return err
			}
			read := s.readInTurn
			if at {
				read = s.readAtOnce
			}
			r, err := read(t.Context(), "x", tr, list, Options{})
			if err == nil {
				both[i], inUse[i] = &r, s.db.inUse
			}
			return err
		})
		if err != nil {
			both[i] = nil
		}
	}
	return both, inUse
}

// TestAtOnceTakesOnlyWhatInTurnTakes: of a database in which one byte differs, what is verified while the records are read is
// what is verified before, and so are the records.
func TestAtOnceTakesOnlyWhatInTurnTakes(t *testing.T) {
	t.Parallel()
	for _, synced := range []bool{false, true} {
		sound := tiny(t, synced)
		if both, _ := readBoth(t, sound); both[0] == nil || both[1] == nil {
			t.Fatal("a sound database is not read")
		}
		taken, refused := 0, 0
		for at := 0; at < len(sound); at += 1 + at%11 {
			data := bytes.Clone(sound)
			data[at] ^= byte(1 << (at % 8))
			both, inUse := readBoth(t, data)
			if both[0] == nil {
				refused++
				continue
			}
			if taken++; both[1] == nil || inUse[0] != inUse[1] || both[0].head != both[1].head || both[0].rows.Len() != both[1].rows.Len() {
				t.Fatalf("byte %d: %+v and %+v, %v bytes in use", at, both[0], both[1], inUse)
			}
		}
		if taken == 0 || refused == 0 {
			t.Errorf("%d were taken, %d refused", taken, refused)
		}
		t.Logf("%d were taken, %d refused", taken, refused)
	}
}

// TestAtOnceRefusesKeysOutOfPlace: a database with three levels of pages, in which one revision is in the place of another, is
// refused: of neighbours within a page, of the last one of a page and the first one of the next, and of those that are far apart.
func TestAtOnceRefusesKeysOutOfPlace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, PageSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < 500; from += 250 {
		if err := db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists([]byte("meta"))
			if err != nil {
				return err
			}
			b, err := tx.CreateBucketIfNotExists([]byte("key"))
			for i := from; i < from+250 && err == nil; i++ {
				err = b.Put(rev(uint64(i+2), 0), append([]byte("\x0a\x02/b\x10\x02\x18\x03\x20\x04\x2a\xc8\x01"), make([]byte, 200)...))
			}
			return err
		}); err != nil {
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
	if both, _ := readBoth(t, data); both[0] == nil || both[1] == nil || both[0].rows.Len() != 500 {
		t.Fatal("a sound database is not read")
	}
	tr, list, err := openTree(data)
	if err != nil {
		t.Fatal(err)
	}
	var places [2][]int // where the keys of leaf and branch pages lie, in order
	var collect func(id uint64, depth int) int
	collect = func(id uint64, depth int) int {
		p, err := tr.page(id)
		if err != nil {
			t.Fatal(err)
		}
		deepest := depth
		for i := range p.count {
			at := p.off + pageHeader + i*elementSize
			if p.flags == leafFlag {
				places[0] = append(places[0], at+int(le.Uint32(data[at+4:])))
				continue
			}
			places[1] = append(places[1], at+int(le.Uint32(data[at:])))
			deepest = max(deepest, collect(p.child(i), depth+1))
		}
		return deepest
	}
	b, _ := find(list, "key")
	if n := collect(b.root, 1); n < 3 {
		t.Fatalf("the tree has %d levels", n)
	}
	size := len(rev(1, 0))
	for kind, of := range places {
		for i := 0; i < len(of); i += 1 + 12*(1-kind) {
			for _, j := range []int{i - 1, i + 1, (i + len(of)/2) % len(of)} {
				if j < 0 || j >= len(of) {
					continue
				}
				bad := bytes.Clone(data)
				copy(bad[of[i]:][:size], data[of[j]:][:size])
				if bytes.Equal(bad, data) { // the first key of a page above the first one of the page below
					continue
				}
				if both, _ := readBoth(t, bad); both[0] != nil || both[1] != nil {
					t.Fatalf("%s key %d in the place of key %d: verified while it is read %v, before %v", [2]string{"leaf", "branch"}[kind], j, i, both[0] != nil, both[1] != nil)
				}
			}
		}
	}
}
