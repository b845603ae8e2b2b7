package evidence

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestStore compares what is found with maps, while objects come and go, some under the uid or the key of others before.
func TestStore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newStore()
		uids, keys := map[string]*Object{}, map[string]*Object{}
		for i := range rapid.IntRange(1, 300).Draw(t, "steps") {
			n := rapid.IntRange(0, 40).Draw(t, "object")
			uid, key := fmt.Sprint("uid-", n), fmt.Sprint("/registry/pods/ns/", n%30)
			o := uids[uid]
			switch {
			case o == nil:
				name := rapid.SampledFrom([]string{fmt.Sprint(n % 30), "another", ""}).Draw(t, "name")
				if o = s.add(uid, key, name); o.Name() != name || o.Version != 0 {
					t.Fatalf("%+v, want the name %q", o, name)
				}
				o.Version, uids[uid] = int64(i), o
			case keys[key] == o:
				s.remove(&s.keys, o, (*Object).Key)
				delete(keys, key)
			case keys[key] == nil && rapid.Bool().Draw(t, "lives again"):
				s.insert(&s.keys, o, (*Object).Key)
				keys[key] = o
			default:
				s.drop(o)
				delete(uids, uid)
			}
			if rapid.IntRange(0, 20).Draw(t, "pack") == 0 {
				s.pack()
			}
			for n := range 41 {
				uid, key := fmt.Sprint("uid-", n), fmt.Sprint("/registry/pods/ns/", n%30)
				if o := s.byUID(uid); o != uids[uid] || o != nil && (o.uid() != uid || o.Key() != key) {
					t.Fatalf("%s: %+v, want %+v", uid, o, uids[uid])
				}
				if o := s.byKey(key); o != keys[key] {
					t.Fatalf("%s: %+v, want %+v", key, o, keys[key])
				}
			}
		}
	})
}

// TestStoreForgets: the texts of objects that are gone do not stay.
func TestStoreForgets(t *testing.T) {
	t.Parallel()
	s := newStore()
	live := s.add("u", "/registry/pods/ns/live", "live")
	for i := range 50_000 {
		s.drop(s.add(fmt.Sprint("uid-", i), fmt.Sprint("/registry/pods/ns/p-", i), fmt.Sprint("p-", i)))
	}
	if s.used != 2 || s.dead > 2*textBytes || s.alive != len(live.text) || s.byUID("u") != live || live.Key() != "/registry/pods/ns/live" {
		t.Errorf("%d numbers, %d bytes of texts, %d of them unused", s.used, s.alive+s.dead, s.dead)
	}
}
