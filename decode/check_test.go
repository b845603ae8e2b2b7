package decode

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// agree checks one value: what the quick look lets pass decodes without anything to say about it.
func agree(t *testing.T, c *Checker, key, value []byte) (quick bool) {
	t.Helper()
	o := c.d.Object(key, value, 7)
	want := Checked{Encryption: o.Encryption, Unknown: o.Unknown, Foreign: o.Foreign, Problem: o.Problem}
	if got := c.Check(key, value, 7); got != want {
		t.Fatalf("%s: %+v, want %+v\n%q", key, got, want, value)
	}
	return c.sound(o.plain)
}

// hurt changes a few bytes of a value, cuts it, or repeats a part.
func hurt(r *rand.Rand, v []byte) []byte {
	v = bytes.Clone(v)
	for range 1 + r.IntN(3) {
		if len(v) < 8 {
			return v
		}
		i := r.IntN(len(v))
		switch r.IntN(5) {
		case 0:
			v[i] ^= 1 << r.IntN(8)
		case 1:
			v[i] = byte(r.Uint32())
		case 2:
			v = v[:i]
		case 3:
			j := i + r.IntN(len(v)-i)
			v = append(v[:j:j], v[i:]...)
		case 4:
			v = append(v[:i:i], v[min(len(v), i+1+r.IntN(9)):]...)
		}
	}
	return v
}

// TestChecker: a value checks as its object does, whole or damaged; nearly all whole ones at a look.
func TestChecker(t *testing.T) {
	quick, all := 0, 0
	r := rand.New(rand.NewPCG(1, 2))
	for name, v := range values(t) {
		c := New(Options{}).Checker()
		n := 300
		if testing.Short() {
			n = 50
		}
		if all++; agree(t, c, []byte(v.Key), v.Value) {
			quick++
		}
		for range min(n, 200_000/(len(v.Value)+1)) {
			agree(t, c, []byte(v.Key), hurt(r, v.Value))
		}
		_ = name
	}
	t.Logf("%d of %d values at a look", quick, all)
}

// FuzzChecker: no value is let pass that Object has something to say about.
func FuzzChecker(f *testing.F) {
	for _, v := range values(f) {
		if len(v.Value) < 2000 {
			f.Add([]byte(v.Key), v.Value)
		}
	}
	c := New(Options{}).Checker()
	f.Fuzz(func(t *testing.T, key, value []byte) { agree(t, c, key, value) })
}
