package session

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

func write(rev int64, key string) *etcdsource.Event {
	return &etcdsource.Event{Key: []byte(key), Value: []byte("v"), Mod: rev, Create: 1, Version: 2, Type: etcdsource.Updated}
}

func TestFold(t *testing.T) {
	feed := NewFeed(1 << 20)
	f := NewFold(feed, "/registry/")
	for i, k := range []string{"/registry/pods/a", "/registry/leases/a", "/registry/events/e", "/registry/leases/b", "/registry/pods/a", "/other/leases/a"} {
		feed.Add(write(int64(i+1), k))
		f.Sync()
	}
	if n := f.Len(0); n != 4 {
		t.Fatalf("%d rows, want 4", n)
	}
	run, it, at := f.Row(1)
	if run.More() != 2 || run.Noise[change.Renewals] != 2 || run.Noise[change.Events] != 1 || it.Event.Mod != 4 || at != 3 {
		t.Errorf("the noise is %+v, newest %d at %d", run, it.Event.Mod, at)
	}
	if n := f.Len(3); n != 1 {
		t.Errorf("%d rows up to revision 3, want 1: the run reaches further", n)
	}
	for rev, want := range map[int64]int{1: 0, 2: 1, 3: 1, 4: 1, 5: 2, 9: 3, 0: -1} {
		if got := f.Find(rev, 0); got != want {
			t.Errorf("revision %d is in row %d, want %d", rev, got, want)
		}
	}
	f.Unfold(true)
	if n := f.Len(0); n != 6 {
		t.Errorf("%d rows when unfolded, want 6", n)
	}
	feed.Add(write(7, "/registry/pods/shop/a"))
	f.Unfold(false)
	if f.Only("shop"); f.Len(0) != 1 {
		t.Errorf("%d rows of one namespace, want 1", f.Len(0))
	}
	created := write(7, "/registry/leases/new")
	created.Type = etcdsource.Created
	if change.NoiseOf("/registry/", created.Key, created.Type) != change.NoNoise {
		t.Error("a new lease is noise")
	}
}

// TestFoldFollows compares a fold that follows its feed with one made at the end, while the feed lets entries go.
func TestFoldFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		feed := NewFeed(1 << 20)
		f := NewFold(feed, "/r/")
		rev := int64(0)
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			for range rapid.SampledFrom([]int{1, 3, 50, maxFeed / 8}).Draw(t, "size") {
				rev++
				kind := []string{"pods", "leases", "events"}[int(rev*7+rev/5)%3]
				feed.Add(write(rev, fmt.Sprintf("/r/%s/k%d", kind, rev%4)))
			}
			if rapid.Bool().Draw(t, "gap") {
				feed.Gap(etcdsource.Window{From: rev + 1, To: rev + 2, Reason: "dropped"})
				rev += 2
			}
			if rapid.IntRange(0, 9).Draw(t, "past") == 0 {
				feed.Past(etcdsource.Window{}, nil)
			}
			f.Sync()
		}
		whole := NewFold(feed, "/r/")
		whole.Sync()
		if f.Len(0) != whole.Len(0) {
			t.Fatalf("%d rows, want %d", f.Len(0), whole.Len(0))
		}
		for i := range f.Len(0) {
			a, x, _ := f.Row(i)
			b, y, _ := whole.Row(i)
			if x != y || i > 1 && a != b {
				t.Fatalf("row %d is %+v, want %+v", i, a, b)
			}
			if j := f.Find(x.revision(), x.Event.Sub); j != i {
				t.Fatalf("row %d is found as row %d", i, j)
			}
		}
	})
}
