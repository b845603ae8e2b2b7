package tui

import (
	"context"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// describe says what an event did to the version before it, which may be nil.
func (d describer) describe(prev, cur *etcdsource.Event) change.Change {
	return change.Describe(d.dec, d.table, d.root, prev, cur, d.view)
}

// Learn reads from a source what is needed to understand the rest of it: where Kubernetes' keys are, and which custom
// resources there are. A source that cannot be read is still opened: the panes say why.
func Learn(ctx context.Context, src etcdsource.Source, prefix string, keys *crypt.Keyring) (*Opened, error) {
	info, err := src.Describe(ctx)
	if err != nil {
		return nil, err
	}
	at := etcdsource.At{Revision: info.Revision}
	roots, _ := kinds.Roots(func(p string) ([]string, error) { return folders(ctx, src, p, at) })
	o := &Opened{Source: src, Info: info, Kinds: kinds.Builtin()}
	switch {
	case prefix != "":
		o.Root = kinds.CleanRoot(prefix)
	case len(roots) > 0:
		o.Root = kinds.Root(roots)
	}
	if o.Root != "" {
		dec := decode.New(decode.Options{Keyring: keys, Kinds: o.Kinds, Root: o.Root})
		o.Kinds = o.Kinds.With(customResources(ctx, src, o.Root, dec, at)...)
	}
	o.Decoder = decode.New(decode.Options{Keyring: keys, Kinds: o.Kinds, Root: o.Root})
	return o, nil
}

// folders returns the folders below a prefix.
func folders(ctx context.Context, src etcdsource.Source, prefix string, at etcdsource.At) ([]string, error) {
	seq, err := src.Children(ctx, etcdsource.Prefix(prefix), at)
	if err != nil {
		return nil, err
	}
	var out []string
	for c, err := range seq {
		if err != nil {
			return out, err
		}
		if c.Dir {
			out = append(out, string(c.Path))
		}
		if len(out) >= maxFolders {
			break
		}
	}
	return out, nil
}

// maxFolders bounds the search for roots in a store that is not Kubernetes'.
const maxFolders = 500

// customResources returns the resources that the definitions in the store describe.
func customResources(ctx context.Context, src etcdsource.Source, root string, dec *decode.Decoder, at etcdsource.At) []kinds.Resource {
	span := etcdsource.Prefix(root + "apiextensions.k8s.io/customresourcedefinitions/")
	span.Values, span.Limit = true, 50
	var out []kinds.Resource
	for {
		page, err := src.Range(ctx, span, at)
		if err != nil {
			return out
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			if r, ok := kinds.FromCRD(dec.Object(e.Key, e.Value, e.Mod).Tree(decode.View{})); ok {
				out = append(out, r)
			}
		}
		if !page.More || len(page.Entries) == 0 {
			return out
		}
		span = span.After(page.Entries[len(page.Entries)-1].Key)
	}
}
