package learn

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// find finds the root to work on, and what belongs to its cluster beside it.
func (k *Known) find(ctx context.Context, src etcdsource.Source, o Options) (err error) {
	s := newScan(ctx, src, &k.Info)
	defer func() { k.Evident = s.found[k.Root] != nil }()
	k.Root = kinds.DefaultRoot
	if o.Prefix != "" {
		root, is, err := s.given(o.Prefix, o.Likely)
		if err != nil {
			k.Root = root
			return err
		}
		if is || !o.Likely {
			k.Root, k.Roots = root, []string{root}
			return k.companion(s)
		}
	}
	switch {
	case s.live:
		if k.Roots, err = s.quick(); err == nil && !o.Lenient && !s.certain() {
			s.left = liveReads
			k.Roots, err = s.roots()
		}
		k.had = s.had
	default:
		k.Roots, err = s.roots()
	}
	if err != nil || len(k.Roots) == 0 {
		return err
	}
	k.Root = k.Roots[0]
	return k.companion(s)
}

// given returns the root that was given by hand. An API server puts a slash before it; where there is nothing then, it
// is taken as it is: very old clusters have such keys. is reports that there are keys below it, or that
// nobody has to look.
func (s *scan) given(prefix string, likely bool) (root string, is bool, err error) {
	root = kinds.CleanRoot(prefix)
	try := []string{root}
	switch {
	case root == "/" || !likely && strings.HasPrefix(prefix, "/"):
		return root, true, nil
	case !strings.HasPrefix(prefix, "/"):
		try = append(try, root[1:])
	}
	for _, r := range try {
		if is, err := s.sure(r); err != nil || is {
			return r, is, err
		}
		e, err := s.first(etcdsource.Prefix(r), false)
		if err != nil {
			return root, false, err
		}
		if e != nil {
			return r, true, nil
		}
	}
	return root, false, nil
}

// companion takes the root of OpenShift's own API servers to the cluster that it belongs to: where there are several, to that of
// /kubernetes.io/ beside it.
func (k *Known) companion(s *scan) error {
	roots := k.Roots
	k.Roots = slices.DeleteFunc(slices.Clone(roots), func(r string) bool {
		owner := kinds.OwnerOf(r)
		return kinds.IsCompanion(r) && r != k.Root && owner != k.Root && slices.Contains(roots, owner)
	})
	of := kinds.CompanionOf(k.Root)
	switch others := k.Roots[1:]; {
	case kinds.IsCompanion(k.Root):
		of = k.Root
	case slices.Contains(others, of):
	case slices.IndexFunc(others, kinds.IsCompanion) >= 0:
		of = others[slices.IndexFunc(others, kinds.IsCompanion)]
	case strings.HasSuffix(k.Root, "/kubernetes.io/"):
		if e, err := s.first(etcdsource.Prefix(of), false); e == nil || err != nil {
			return err
		}
	default:
		return nil
	}
	k.Kinds = k.Kinds.WithCompanion(of)
	if of != k.Root {
		k.Roots = slices.DeleteFunc(k.Roots, func(r string) bool { return r == of })
	}
	return nil
}

// Rootless reports whether the store was read, and holds no Kubernetes root.
func (k *Known) Rootless() bool { return len(k.Roots) == 0 && k.Unread == nil }

// Found returns the root, "" where none was found: Root is the usual one then.
func (k *Known) Found() string {
	if k.Rootless() {
		return ""
	}
	return k.Root
}

// Others looks through all of the source, as far as may be asked of it, and returns the roots beside the one that is
// worked on, the one with the most evidence first. It changes nothing.
func (k *Known) Others(ctx context.Context, src etcdsource.Source) ([]string, error) {
	if !k.Info.Spare && len(k.Roots) > 0 {
		return k.Roots[1:], nil
	}
	s := newScan(ctx, src, &k.Info)
	s.had = had{pages: maps.Clone(k.had.pages), counted: k.had.counted, most: k.had.most}
	if len(k.Roots) > 0 {
		s.note(k.Root).cluster = true
	}
	for _, r := range k.Kinds.Companions() {
		s.note(r)
	}
	roots, err := s.roots()
	return slices.DeleteFunc(roots, func(r string) bool {
		return r == k.Root && len(k.Roots) > 0 || slices.Contains(k.Kinds.Companions(), r)
	}), err
}
