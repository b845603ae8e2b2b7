package restore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/compare"
)

// Loss is what a newer store holds and a snapshot does not, by namespace. Events and leases, which come and go, are left out.
type Loss struct {
	Objects    int // that differ
	Namespaces []LossIn
}

// LossIn is what is lost in a namespace; "" is what belongs to none.
type LossIn struct {
	Namespace                string
	Created, Updated, Undone int // since the snapshot: created (will be gone), updated (will be as before), deleted (will be back)
}

// Lost compares a snapshot with a newer store of the same cluster.
func Lost(ctx context.Context, from, to compare.Side, table *kinds.Table, root string, progress func(keys int64)) (*Loss, error) {
	in := map[string]*LossIn{}
	l := &Loss{}
	_, err := compare.Walk(ctx, from, to, etcdsource.Prefix(root), progress, func(d *compare.Difference) error {
		ref, ok := table.Locate(root, d.Key)
		switch name := ref.FullName(); {
		case !ok, name == "events", name == "events.events.k8s.io", name == "leases.coordination.k8s.io":
			return nil
		}
		ns := ref.Namespace
		if ref.FullName() == "namespaces" {
			ns = ref.Name
		}
		if in[ns] == nil {
			in[ns] = &LossIn{Namespace: ns}
		}
		l.Objects++
		switch d.Op() {
		case compare.Added:
			in[ns].Created++
		case compare.Removed:
			in[ns].Undone++
		default:
			in[ns].Updated++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, x := range in {
		l.Namespaces = append(l.Namespaces, *x)
	}
	slices.SortFunc(l.Namespaces, func(a, b LossIn) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), cmp.Compare(a.Namespace, b.Namespace))
	})
	return l, nil
}

func (x *LossIn) total() int { return x.Created + x.Updated + x.Undone }

// String says it in words: "shop: 12 created since will be gone, 3 changed since will be as before".
func (x *LossIn) String() string {
	name := cmp.Or(x.Namespace, "(cluster)")
	var say []string
	for _, p := range []struct {
		n    int
		what string
	}{{x.Created, "created since then will be gone"}, {x.Updated, "changed since then will be as before"}, {x.Undone, "deleted since then will be back"}} {
		if p.n > 0 {
			say = append(say, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return name + ": " + strings.Join(say, ", ")
}
