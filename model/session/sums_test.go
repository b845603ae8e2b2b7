package session

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestSums: sums are those of the store at their revision, and are called current exactly as long as nothing below the folder was written.
func TestSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tr, store := NewTree(), map[string]etcdsource.Entry{}
		l := tr.List("", 1)
		tr.Page(l, []etcdsource.Child{{Path: []byte("r/"), Dir: true, Keys: 0}, {Path: []byte("s/"), Dir: true, Keys: 0}})
		tr.Done(l, "")
		rev, written := int64(1), false
		add := func() {
			s := NewSumming("", rev)
			for _, e := range store {
				s.Add(&e)
			}
			tr.Summed(s)
			written = false
		}
		add()
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			if rapid.IntRange(0, 3).Draw(rt, "what") == 0 {
				add()
			} else {
				key := rapid.SampledFrom([]string{"r/a", "r/b", "s/a", "s/b/c"}).Draw(rt, "key")
				rev, written = rev+1, true
				old, there := store[key]
				e := etcdsource.Event{Key: []byte(key), Value: make([]byte, rapid.IntRange(0, 9).Draw(rt, "size")), Mod: rev, Version: old.Version + 1, Type: etcdsource.Updated}
				switch {
				case !there:
					e.Type = etcdsource.Created
				case rapid.Bool().Draw(rt, "delete"):
					e.Type = etcdsource.Deleted
				}
				if delete(store, key); e.Type != etcdsource.Deleted {
					store[key] = etcdsource.Entry{Key: e.Key, Bytes: int64(len(e.Value)), Mod: rev, Version: e.Version}
				}
				tr.Apply(&e)
			}
			if _, current := tr.Root().SumsRevision(); current == written {
				rt.Fatalf("at %d the sums are current: %v, something was written since: %v", rev, current, written)
			}
			if written {
				continue
			}
			want := map[string]Sum{}
			for k, e := range store {
				x := want[k[:2]]
				want[k[:2]] = Sum{x.Bytes + e.Bytes, x.Versions + e.Version, max(x.Revision, e.Mod)}
			}
			for _, k := range tr.Root().Kids {
				if got, _ := tr.Root().Sum(k); got != want[k.Path] {
					rt.Fatalf("%s: %+v, want %+v", k.Path, got, want[k.Path])
				}
			}
		}
	})
}
