package snapfile

import (
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestInUseIsWhatBboltCounts compares with the free pages that bbolt finds after most of a database was deleted.
func TestInUseIsWhatBboltCounts(t *testing.T) {
	path := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(5)})
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // pages that a transaction frees are free for the one after the next
		err = db.Update(func(tx *bbolt.Tx) error {
			c := tx.Bucket([]byte("key")).Cursor()
			c.First()
			for range 60 {
				if err := c.Delete(); err != nil {
					return err
				}
				c.Next()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want, size := int64(0), int64(0)
	if err := db.Update(func(*bbolt.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	st := db.Stats()
	want = size - int64(st.FreePageN+st.PendingPageN)*int64(db.Info().PageSize)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, _ := s.Describe(t.Context())
	if info.DBSize != size || info.DBInUse != want || want == size {
		t.Errorf("size %d in use %d, want %d %d", info.DBSize, info.DBInUse, size, want)
	}
}
