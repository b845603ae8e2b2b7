package near

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/family"
)

// TestRelativesSame: of each object of a namespace, what is found in that namespace, in none, and in those that are named is its
// whole family.
func TestRelativesSame(t *testing.T) {
	t.Parallel()
	o := story(t)
	search := func(key string) *relatives {
		return &relatives{Opened: o, key: key, family: family.New(o.Root), read: map[string]bool{}}
	}
	all := search("")
	if err := all.once(t.Context(), "", etcdsource.Prefix("")); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	if err := etcdsource.EachChange(t.Context(), o.Source, etcdsource.Prefix(""), o.Info.Revision, func(e *etcdsource.Event) error {
		keys[string(e.Key)] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	tried, less := 0, 0
	for key := range keys {
		ref, ok := o.Kinds.Locate(o.Root, []byte(key))
		if !ok || !ref.Namespaced {
			continue
		}
		near := search(key)
		if err := near.near(context.Background(), ref.Namespace); err != nil {
			t.Fatal(err)
		}
		if tried++; near.n < all.n/2 {
			less++
		}
		if d := cmp.Diff(all.family.Of(key), near.family.Of(key)); d != "" {
			t.Errorf("%s: %s", key, d)
		}
		if d := cmp.Diff(all.family.Holds(key), near.family.Holds(key)); d != "" {
			t.Errorf("%s: holds %s", key, d)
		}
	}
	t.Logf("%d changes, %d keys tried, of %d less than half was read", all.n, tried, less)
	if tried == 0 || less == 0 {
		t.Errorf("%d keys were tried, of %d less than half was read", tried, less)
	}
}
