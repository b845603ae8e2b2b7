package words

import (
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// TestHashOfThree: of three copies, of which each is alone, is said which one holds something else than the others, key by key.
func TestHashOfThree(t *testing.T) {
	t.Parallel()
	value := func(s string) hashcheck.Version {
		return hashcheck.Version{Present: true, Mod: 5, Create: 5, Version: 1, Bytes: int64(len(s)), Sum: sha256.Sum256([]byte(s))}
	}
	r := &hashcheck.Result{Verdict: hashcheck.Differs, Keys: []hashcheck.Difference{
		{Key: []byte("a"), At: 9, Versions: []hashcheck.Version{value("x"), value("v"), value("v")}},
		{Key: []byte("b"), At: 9, Versions: []hashcheck.Version{value("v"), {}, value("v")}},
	}}
	for i, name := range []string{"m0", "m1", "m2"} {
		r.Sides = append(r.Sides, &hashcheck.Side{State: etcdsource.ReplicaState{Name: name}, Group: i})
	}
	for i, want := range [][]string{
		{"m1, m2: written at revision 5, version 1, 1 B, value 4c94485e; as most", "m0: written at revision 5, version 1, 1 B, value 2d711642 (another value); not as most"},
		{"m0, m2: written at revision 5, version 1, 1 B, value 4c94485e; as most", "m1: no such key at revision 9; not as most"},
	} {
		if got := HashVersions(r, &r.Keys[i]); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
	for i, want := range []string{"as no other one; other than most in 1 key", "as no other one; other than most in 1 key", "as no other one; each key as most hold it"} {
		if got := HashCells(r, r.Sides[i])[4]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	r.Keys[0].Versions[0].Right, r.Keys[0].Versions[1].Right, r.Keys[0].Versions[2].Right = hashcheck.Wrong, hashcheck.Right, hashcheck.Right
	r.Sides[0].Right = hashcheck.Wrong
	if got := HashVersions(r, &r.Keys[0]); got[1] != "m0: written at revision 5, version 1, 1 B, value 2d711642 (another value); WRONG: not what the log wrote" {
		t.Errorf("%q", got)
	}
	if got := HashCells(r, r.Sides[0])[4]; got != "WRONG in 1 key, by the write-ahead log" {
		t.Errorf("%q", got)
	}
}
