package rescue

import (
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Applied is an object as kubectl apply takes it.
type Applied struct {
	*decode.Object
	Tree  map[string]any // nil: this is no object that could be applied
	Notes []string       // what was left out and why; safe text
	Owned bool           // it names an owner that is among the objects
}

// Apply makes objects ready to be applied together: a reference to an owner stays where the owner is among them.
func Apply(objects []*decode.Object, v decode.View) []Applied {
	uids := uids(objects)
	out := make([]Applied, 0, len(objects))
	for _, o := range objects {
		a := Applied{Object: o}
		a.Tree, a.Notes = o.Apply(v, func(uid string) bool { return uids[uid] })
		md, _ := a.Tree["metadata"].(map[string]any)
		a.Owned = md["ownerReferences"] != nil
		out = append(out, a)
	}
	return out
}

func uids(objects []*decode.Object) map[string]bool {
	m := map[string]bool{}
	for _, o := range objects {
		m[o.UID] = true
	}
	return m
}

// Unowned leaves out what is recreated by itself: Events, and what belongs to an owner among the objects.
func Unowned(objects []*decode.Object) []*decode.Object {
	uids := uids(objects)
	return slices.DeleteFunc(slices.Clone(objects), func(o *decode.Object) bool {
		return o.Kind == "Event" || slices.ContainsFunc(Owners(o), func(uid string) bool { return uids[uid] })
	})
}

// Last returns the newest version of a key at a revision or before it, 0 for now, that is no deletion; nil where none is
// held.
func Last(ctx context.Context, src etcdsource.Source, key []byte, rev int64) (*etcdsource.Event, error) {
	versions, err := etcdsource.As[etcdsource.Versions](src)
	if err != nil {
		return nil, nil
	}
	for {
		events, _, err := versions.Versions(ctx, key, rev, 2)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		for i := range events {
			if events[i].Type != etcdsource.Deleted {
				return &events[i], nil
			}
		}
		rev = events[len(events)-1].Mod - 1
		if rev <= 0 {
			return nil, nil
		}
	}
}
