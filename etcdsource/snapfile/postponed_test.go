package snapfile

import (
	"bytes"
	"testing"
)

// TestAtOnceTakesOnlyWhatInTurnTakes: of a database in which one byte differs, what is verified while the records are read is
// what is verified before, and so are the records.
func TestAtOnceTakesOnlyWhatInTurnTakes(t *testing.T) {
	t.Parallel()
	for _, synced := range []bool{false, true} {
		sound := tiny(t, synced)
		readBoth := func(data []byte) (both [2]*records, inUse [2]int64) {
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
		if both, _ := readBoth(sound); both[0] == nil || both[1] == nil {
			t.Fatal("a sound database is not read")
		}
		taken, refused := 0, 0
		for at := 0; at < len(sound); at += 1 + at%11 {
			data := bytes.Clone(sound)
			data[at] ^= byte(1 << (at % 8))
			both, inUse := readBoth(data)
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
