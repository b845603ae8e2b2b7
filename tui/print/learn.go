package print

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Known is what has to be known of a source before its objects can be named and decoded.
type Known struct {
	Info    etcdsource.Info
	Roots   []string // Kubernetes roots that were found, or the given one
	Root    string   // the one that is worked on
	Kinds   *kinds.Table
	Decoder *decode.Decoder
	Keyring *crypt.Keyring
	NoKeys  error // why there is no keyring, though a configuration was found
	Whole   bool  // Kinds holds the custom resources too
}

// LearnOptions say what is known beforehand.
type LearnOptions struct {
	Prefix           string // "" to find it in the data
	EncryptionConfig string // a file; "" for none
	// Found tells that the file was found, not given: one that cannot be read is then no error, but Known.NoKeys.
	Found bool
	// Custom reads the definitions of custom resources of a live source too: they can be many megabytes. Those of files
	// and of the demo are always read, with all their retained versions.
	Custom bool
}

// Learn finds the root and the kinds of a source, and makes the decoder for it.
func Learn(ctx context.Context, src etcdsource.Source, o LearnOptions) (*Known, error) {
	k := &Known{Kinds: kinds.Builtin()}
	var err error
	if o.EncryptionConfig != "" {
		if k.Keyring, err = crypt.Load(o.EncryptionConfig); err != nil && !o.Found {
			return nil, err
		}
		k.NoKeys = err
	}
	if k.Info, err = src.Describe(ctx); err != nil {
		return nil, err
	}
	if o.Prefix != "" {
		k.Roots = []string{kinds.CleanRoot(o.Prefix)}
	} else if k.Roots, err = kinds.Roots(func(p string) ([]string, error) { return folders(ctx, src, p) }); err != nil {
		return nil, err
	}
	k.Root = kinds.Root(k.Roots)
	k.decoder()
	switch {
	case k.Info.Kind == etcdsource.KindFile || k.Info.Kind == etcdsource.KindRecording:
		err = k.customOfAllTimes(ctx, src)
	case k.Info.Kind == etcdsource.KindDemo || o.Custom:
		err = k.custom(ctx, src, 0)
	}
	return k, err
}

func (k *Known) decoder() {
	k.Decoder = decode.New(decode.Options{Keyring: k.Keyring, Kinds: k.Kinds, Root: k.Root})
}

// folders returns the folders directly below a prefix.
func folders(ctx context.Context, src etcdsource.Source, prefix string) (out []string, err error) {
	seq, err := src.Children(ctx, etcdsource.Prefix(prefix), etcdsource.At{})
	if err != nil {
		return nil, err
	}
	for c, err := range seq {
		if err != nil {
			return out, err
		}
		if c.Dir {
			out = append(out, string(c.Path))
		}
	}
	return out, nil
}

func (k *Known) crdPrefix() string { return k.Root + "apiextensions.k8s.io/customresourcedefinitions/" }

// custom adds the custom resources that are defined at a revision.
func (k *Known) custom(ctx context.Context, src etcdsource.Source, rev int64) error {
	var found []kinds.Resource
	span := etcdsource.Prefix(k.crdPrefix())
	span.Values = true
	err := pages(ctx, src, span, rev, func(e etcdsource.Entry) error {
		if r, ok := kinds.FromCRD(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{})); ok {
			found = append(found, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	k.add(found)
	k.Whole = true
	return nil
}

// customOfAllTimes adds all custom resources that the source has ever had, as defined last.
func (k *Known) customOfAllTimes(ctx context.Context, src etcdsource.Source) error {
	last := map[string]kinds.Resource{}
	stream, err := src.Watch(ctx, etcdsource.Prefix(k.crdPrefix()), 1)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for i := range b.Events {
			e := &b.Events[i]
			if e.Type == etcdsource.Deleted {
				continue
			}
			if r, ok := kinds.FromCRD(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{})); ok {
				last[r.Prefix] = r
			}
		}
	}
	found := make([]kinds.Resource, 0, len(last))
	for _, r := range last {
		found = append(found, r)
	}
	k.add(found)
	k.Whole = true
	return nil
}

func (k *Known) add(found []kinds.Resource) {
	if len(found) == 0 {
		return
	}
	k.Kinds = k.Kinds.With(sorted(found)...)
	k.decoder()
}

// need makes sure that the type in the first argument can be found, as cheaply as the source allows: a definition is
// read by its name, and all of them only when a short name leaves no other way.
func (k *Known) need(ctx context.Context, src etcdsource.Source, arg string) error {
	typ, _, _ := strings.Cut(arg, "/")
	if k.Whole || typ == "" || strings.HasPrefix(arg, "/") {
		return nil
	}
	for _, t := range strings.Split(typ, ",") {
		if _, ok := k.Kinds.Find(t); ok {
			continue
		}
		if strings.Contains(t, ".") {
			if err := k.one(ctx, src, k.crdPrefix()+t); err != nil {
				return err
			}
		} else if err := k.custom(ctx, src, 0); err != nil {
			return err
		}
	}
	return nil
}

// one adds the custom resource of one definition, if there is such a key.
func (k *Known) one(ctx context.Context, src etcdsource.Source, key string) error {
	e, ok, err := entry(ctx, src, []byte(key), 0)
	if err != nil || !ok {
		return err
	}
	if r, ok := kinds.FromCRD(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{})); ok {
		k.add([]kinds.Resource{r})
	}
	return nil
}

// entry reads one key with its value.
func entry(ctx context.Context, src etcdsource.Source, key []byte, rev int64) (etcdsource.Entry, bool, error) {
	span := etcdsource.Key(key)
	span.Values = true
	p, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
	if err != nil || len(p.Entries) == 0 {
		return etcdsource.Entry{}, false, err
	}
	return p.Entries[0], true, nil
}

// pages calls f for every entry of a span, all at one revision.
func pages(ctx context.Context, src etcdsource.Source, span etcdsource.Span, rev int64, f func(etcdsource.Entry) error) error {
	for {
		p, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
		if err != nil {
			return err
		}
		for _, e := range p.Entries {
			if err := f(e); err != nil {
				return err
			}
		}
		if !p.More || len(p.Entries) == 0 {
			return nil
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
		if rev == 0 {
			rev = p.Revision
		}
	}
}
