package space

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestNothingIsLost adds at random and holds the rows against plain sums.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Spaces
		keys, bytes := map[string]int64{}, map[string]int64{}
		for range rapid.IntRange(0, 60).Draw(t, "adds") {
			ns := fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "ns"))
			sum := Sum{rapid.Int64Range(0, 9).Draw(t, "keys"), rapid.Int64Range(-1, 50).Draw(t, "bytes")}
			s.Add(ns, fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "kind")), sum)
			keys[ns] += sum.Keys
			if bytes[ns] < 0 || sum.Bytes < 0 {
				bytes[ns] = -1
			} else {
				bytes[ns] += sum.Bytes
			}
		}
		rows := s.Rows()
		if len(rows) != len(keys) {
			t.Fatalf("%d rows, want %d", len(rows), len(keys))
		}
		for i, r := range rows {
			if r.Keys != keys[r.Namespace] || r.Bytes != bytes[r.Namespace] {
				t.Fatalf("%+v, want %d keys and %d bytes", r, keys[r.Namespace], bytes[r.Namespace])
			}
			if i > 0 && rows[i-1].Keys < r.Keys {
				t.Fatalf("row %d has more keys than the one above", i)
			}
		}
	})
}

func TestMostly(t *testing.T) {
	var s Spaces
	s.Add("shop", "pods", Sum{2, 10})
	s.Add("shop", "secrets", Sum{3, 1})
	s.Add("shop", "configmaps", Sum{3, 1})
	if r := s.Rows()[0]; r.Mostly != "configmaps" || r.Sum != (Sum{8, 12}) {
		t.Errorf("the row is %+v", r)
	}
}
