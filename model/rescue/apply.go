package rescue

import (
	"context"

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

// Apply makes objects ready to be applied together. A reference to an owner stays where keep says so of the owner and the
// object; without one, where the owner is among them.
func Apply(objects []*decode.Object, v decode.View, keep func(owner, o *decode.Object) bool) []Applied {
	byUID := map[string]*decode.Object{}
	for _, o := range objects {
		if o.UID != "" {
			byUID[o.UID] = o
		}
	}
	out := make([]Applied, 0, len(objects))
	for _, o := range objects {
		a := Applied{Object: o}
		a.Tree, a.Notes = o.Apply(v, func(uid string) bool {
			owner := byUID[uid]
			return owner != nil && (keep == nil || keep(owner, o))
		})
		md, _ := a.Tree["metadata"].(map[string]any)
		a.Owned = md["ownerReferences"] != nil
		out = append(out, a)
	}
	return out
}

// Note is what is said of some objects.
type Note struct {
	Text string // safe text
	Of   []*decode.Object
}

// Notes returns what is said of objects, what is said of several once.
func Notes(applied []Applied) (out []Note) {
	at := map[string]int{}
	for i := range applied {
		for _, n := range applied[i].Notes {
			j, ok := at[n]
			if !ok {
				j = len(out)
				at[n] = j
				out = append(out, Note{Text: n})
			}
			out[j].Of = append(out[j].Of, applied[i].Object)
		}
	}
	return out
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
