package hashcheck

import (
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestHeld: three copies of which no two are alike: of each key those that hold the same are together, and what the log wrote, or what most hold,
// comes first.
func TestHeld(t *testing.T) {
	t.Parallel()
	value := func(s string) Version {
		return Version{Present: true, Mod: 5, Create: 5, Version: 1, Bytes: int64(len(s)), Sum: sha256.Sum256([]byte(s))}
	}
	wrote := func(v Version, r Rightness) Version { v.Right = r; return v }
	r := &Result{Keys: []Difference{
		{Key: []byte("a"), Versions: []Version{value("x"), value("v"), value("v")}},
		{Key: []byte("b"), Versions: []Version{value("v"), {}, value("v")}},
		{Key: []byte("c"), Versions: []Version{wrote(value("x"), Wrong), wrote(value("y"), Wrong), wrote(value("v"), Right)}},
		{Key: []byte("d"), Versions: []Version{wrote(value("x"), Wrong), wrote(value("x"), Wrong), wrote(value("v"), Right)}},
	}}
	for i, name := range []string{"m0", "m1", "m2"} {
		r.Sides = append(r.Sides, &Side{State: etcdsource.ReplicaState{Name: name}, Group: i})
	}
	for i, want := range [][]string{{"m1 m2", "m0"}, {"m0 m2", "m1"}, {"m2", "m0", "m1"}, {"m2", "m0 m1"}} {
		var got []string
		for _, h := range r.Keys[i].Held(r) {
			s := ""
			for _, side := range h.Sides {
				s += " " + side.State.Name
			}
			got = append(got, s[1:])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", r.Keys[i].Key, got, want)
		}
	}
	for i, want := range [][2]int{{1, 1}, {1, 1}, {1, 1}} {
		if odd, open := r.Odd(r.Sides[i]); odd != want[0] || open != want[1] {
			t.Errorf("%d: %d, %d, want %v", i, odd, open, want)
		}
	}
	two := &Result{Sides: r.Sides[:2], Keys: []Difference{{Key: []byte("a"), Versions: []Version{value("x"), value("v")}}}}
	if odd, open := two.Odd(two.Sides[0]); odd != 0 || open != 1 {
		t.Errorf("of two copies one is the odd one: %d, %d", odd, open)
	}
	if in := r.Keys[0].Versions[0].Differing(&r.Keys[0].Versions[1]); !slices.Equal(in, []string{"value"}) {
		t.Errorf("%q", in)
	}
}
