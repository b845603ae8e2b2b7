package near

import (
	"context"
	"errors"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Relatives are the objects that belong to one.
type Relatives struct {
	*family.Family
	Of  map[string]family.Relation // what each key is to the object; empty where no version of it is held
	Few bool                       // the source holds so few changes that all are better read
}

// RelativesOf finds the family of a key. Of a file of many changes it reads, for an object of a namespace, what is in that
// namespace and what is in none, and of other namespaces what these name: an object has no owner in another one, and no Event.
//
//	pods/shop/…  events/shop/…  minions/…  persistentvolumes/… ─► Family ─► claims/other/… that a volume names ─► Family ─► …
func RelativesOf(ctx context.Context, o *learn.Opened, key string) (r Relatives, err error) {
	g := &relatives{Opened: o, key: key, family: family.New(o.Root), read: map[string]bool{}}
	ref, ok := o.Kinds.Locate(o.Root, []byte(key))
	_, lacks := etcdsource.As[etcdsource.Lender](o.Source) // of others each span would be a request
	if lacks == nil && ok && ref.Namespaced && g.many(ctx) {
		err = g.near(ctx, ref.Namespace)
	} else {
		err = g.once(ctx, "", etcdsource.Prefix(""))
		r.Few = g.n <= Few
	}
	r.Family, r.Of = g.family, g.family.Of(key)
	if len(r.Of) == 0 && g.seen { // it has no uid, hence no family
		r.Of = map[string]family.Relation{key: family.Self}
	}
	return r, err
}

// relatives is one search for a family.
type relatives struct {
	*learn.Opened
	key    string
	family *family.Family
	links  decode.Links
	n      int  // changes that were read
	seen   bool // one of the key was
	read   map[string]bool
}

// many reports whether the source is known to hold more than Few changes.
func (g *relatives) many(ctx context.Context) bool {
	if c, err := etcdsource.As[etcdsource.Counter](g.Source); err == nil {
		return c.Changes() > Few
	}
	m, err := etcdsource.As[etcdsource.Measurer](g.Source)
	if err != nil {
		return false
	}
	n, enough := int64(0), errors.New("enough")
	err = m.MeasureKeys(ctx, etcdsource.Prefix(""), false, func(k *etcdsource.KeySum) error {
		if n += k.Versions + k.Deletions; n > Few {
			return enough
		}
		return nil
	})
	return errors.Is(err, enough)
}

// near reads a namespace, and what the family names until that is all read.
func (g *relatives) near(ctx context.Context, namespace string) error {
	folders := g.namespaced()
	for todo := []string{namespace}; len(todo) > 0; todo = g.missing() {
		if err := g.outside(ctx, folders, todo); err != nil {
			return err
		}
		for _, n := range todo {
			for _, f := range folders {
				if err := g.once(ctx, f+n+"/", etcdsource.Prefix(f+n+"/")); err != nil {
					return err
				}
			}
			g.read[n] = true
		}
		if err := g.named(ctx); err != nil {
			return err
		}
	}
	return nil
}

// namespaced are the folders of resources that lie in namespaces, in key order; none lies in another one.
func (g *relatives) namespaced() (folders []string) {
	for _, r := range g.Kinds.All() {
		if r.Namespaced {
			folders = append(folders, g.Kinds.Prefix(g.Root, r, ""))
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// outside reads the keys that are not in a folder of a resource known as namespaced: the first time those that are in no namespace,
// and always those that are in one of the given ones by the shape of the key.
func (g *relatives) outside(ctx context.Context, folders, namespaces []string) error {
	first := len(g.read) == 0
	wanted := func(key []byte) bool {
		if ref, ok := g.Kinds.Locate(g.Root, key); ok && ref.Namespaced {
			return slices.Contains(namespaces, ref.Namespace)
		}
		return first
	}
	from := etcdsource.Prefix("").From
	for _, f := range folders {
		in := etcdsource.Prefix(f)
		if slices.Compare(from, in.From) < 0 {
			if err := g.span(ctx, etcdsource.Span{From: from, To: in.From}, wanted); err != nil {
				return err
			}
		}
		from = in.To
	}
	return g.span(ctx, etcdsource.Span{From: from, To: etcdsource.Everything}, wanted)
}

// named reads single objects that the family names and that name no others, and the Events about objects that are in
// no namespace: those are in these two.
func (g *relatives) named(ctx context.Context) error {
	in := g.family.Of(g.key)
	for _, lease := range g.family.Leases(in) {
		if err := g.once(ctx, lease, etcdsource.Key([]byte(lease))); err != nil {
			return err
		}
	}
	for key := range in {
		if ref, ok := g.Kinds.Locate(g.Root, []byte(key)); ok && ref.Namespaced {
			continue
		}
		for _, n := range []string{"default", "kube-system"} {
			folder := g.Root + "events/" + n + "/"
			if err := g.once(ctx, folder, etcdsource.Prefix(folder)); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing are the namespaces in which the family names something, and which were not read.
func (g *relatives) missing() (namespaces []string) {
	for _, key := range g.family.Named(g.family.Of(g.key)) {
		ref, ok := g.Kinds.Locate(g.Root, []byte(key))
		if ok && ref.Namespaced && !g.read[ref.Namespace] && !slices.Contains(namespaces, ref.Namespace) {
			namespaces = append(namespaces, ref.Namespace)
		}
	}
	return namespaces
}

// once reads a span that was not read under that name.
func (g *relatives) once(ctx context.Context, name string, span etcdsource.Span) error {
	if g.read[name] {
		return nil
	}
	g.read[name] = true
	return g.span(ctx, span, func([]byte) bool { return true })
}

// span adds the versions of the keys of a span that are wanted.
func (g *relatives) span(ctx context.Context, span etcdsource.Span, wanted func(key []byte) bool) error {
	return etcdsource.EachLent(ctx, g.Source, span, g.Info.Revision, func(e *etcdsource.Event) error {
		if !wanted(e.Key) {
			return nil
		}
		g.n++
		g.seen = g.seen || string(e.Key) == g.key
		if e.Type == etcdsource.Deleted {
			g.family.Gone(e.Key)
			return nil
		}
		g.Decoder.Links(e.Key, e.Value, &g.links)
		g.family.Add(e.Key, e.Mod, &g.links)
		return nil
	})
}
