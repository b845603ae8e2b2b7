package etcdtest

import (
	"context"
	"testing"
	"time"
)

// TestMembers kills a member of three, and finds what was written meanwhile in it when it runs again.
func TestMembers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts three processes")
	}
	members := Members(t, 3, "")
	ctx := Within(t, 2*time.Minute)
	put := func(m *Member, value string) int64 {
		w := m.Client()
		defer w.Close()
		for {
			try, cancel := context.WithTimeout(ctx, 5*time.Second)
			r, err := w.Put(try, "k", value)
			cancel()
			if err == nil {
				return r.Header.Revision
			}
			if ctx.Err() != nil {
				t.Fatal(err)
			}
		}
	}
	put(members[0], "one")
	members[1].Kill()
	rev := put(members[0], "two")
	members[1].Start()
	members[1].Ready()
	w := members[1].Client()
	defer w.Close()
	got, err := w.Get(ctx, "k")
	if err != nil || len(got.Kvs) != 1 || string(got.Kvs[0].Value) != "two" || got.Kvs[0].ModRevision < rev {
		t.Errorf("after the kill: %v, %v", got, err)
	}
	members[2].Stop()
	put(members[1], "three")
}
