// Package learn reads from a source what is needed to understand the rest of it: where Kubernetes' keys are, and which
// custom resources there are.
//
//	Source ─► roots, by evidence: "/registry/" ─► definitions of custom resources ─► Known{Kinds, Decoder}
//
// What always holds:
//   - A live source is read in pages, and no more of it than is needed: definitions can be many megabytes.
//   - What was learnt stays right for all revisions of a file: its kinds are those of all times.
package learn

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// Known is what has to be known of a source before its objects can be named and decoded.
type Known struct {
	Info    etcdsource.Info
	Roots   []string // Kubernetes roots that were found, the one with the most evidence first, or the given one
	Root    string   // the one that is worked on; the default one where none was found
	Kinds   *kinds.Table
	Decoder *decode.Decoder
	Keyring *crypt.Keyring
	Asked   func() string // what was asked of KMS plugins, in words, "" for nothing; nil where they are not asked
	NoKeys  error         // why there is no keyring, though a configuration was found
	// KeysFound is where the configuration was found that Keyring is made of; "" where it was given.
	KeysFound string
	Unread    error // why the root or the custom resources could not be read; see Options.Lenient
	Evident   bool  // an object below Root was read
	Whole     bool  // Kinds holds the custom resources too
	had       had   // what the search for roots has read of a live store
}

// Opened is a source with what was learnt from it.
type Opened struct {
	*Known
	Source etcdsource.Source
	From   string // where the settings of a live connection came from, for people
	// Etcds are other etcds of the node, which keep what is not in this one.
	Etcds []Etcd
	// Distribution and DataDir are those of the node on which a live etcd was found, "" where they are not known.
	Distribution, DataDir string
	// Node is what the files of that node say; nil where they were not read.
	Node *etcdsource.Node
	// Local is what the files of this node say where the etcd was not found by them; nil where they were not read.
	Local *etcdsource.Node
	// Backups is the folder where backups of the same cluster lie, "" where none is known.
	Backups string
	// Audit are the files of the API servers' audit log, nil where none was given or found; AuditFound names the one
	// that was found.
	Audit      audit.Files
	AuditFound string
	// Follow hands out what is appended to the audit log; nil where that cannot be followed.
	Follow audit.Follow
}

// Options say what is known beforehand.
type Options struct {
	Prefix           string // "" to find it in the data
	Likely           bool   // Prefix was found, not given: it is not taken where there is no key
	EncryptionConfig string // a file; "" for none
	// EncryptionText is what the configuration says where EncryptionConfig only names the place where it was found; NoKeys
	// is why one that was found could not be read.
	EncryptionText []byte
	NoKeys         error
	// KMS asks the plugins that the configuration names; nil where they are not to be asked. Sockets that a backup names
	// are never asked. words say what was asked.
	KMS func(plugins []crypt.Plugin, found bool) (ask crypt.Unwrap, words func() string)
	// Found reports that the file was found, not given: one that cannot be read is then no error, but Known.NoKeys.
	Found bool
	// Custom reads the definitions of custom resources of a live source too: they can be many megabytes. Those of files
	// and of the demo are always read, with all their retained versions.
	Custom bool
	// Lenient leaves what cannot be read to Known.Unread: who may see one folder only still sees that. Of a source that
	// must be spared it leaves a root that is not found at once to Others.
	Lenient bool
}

// From finds the root and the kinds of a source, and makes the decoder for it.
func From(ctx context.Context, src etcdsource.Source, o Options) (*Known, error) {
	k := &Known{Kinds: kinds.Builtin()}
	var err error
	if k.NoKeys = o.NoKeys; o.EncryptionConfig != "" {
		if k.Keyring, err = keyring(&o); err != nil && !o.Found {
			return nil, err
		}
		if k.NoKeys = err; err == nil && o.EncryptionText != nil {
			k.KeysFound = o.EncryptionConfig
		}
	}
	if err = k.askPlugins(&o); err != nil {
		return nil, err
	}
	if k.Info, err = src.Describe(ctx); err != nil {
		return nil, err
	}
	if err = k.read(ctx, src, o); err != nil && o.Lenient && ctx.Err() == nil {
		k.Unread, err = err, nil
	}
	return k, err
}

// askPlugins gives the keyring the keys that KMS plugins decrypt, where that is wanted.
func (k *Known) askPlugins(o *Options) error {
	if o.KMS == nil {
		return nil
	}
	p := &etcdsource.Problem{Tried: "ask the KMS plugin", Do: "give the file that kube-apiserver's --encryption-provider-config names with --encryption-config"}
	switch {
	case o.EncryptionConfig == "":
		p.Why = "no encryption configuration was given or found, which names its socket"
	case k.NoKeys != nil:
		p.Why, p.Err = k.NoKeys.Error(), k.NoKeys
	case o.EncryptionText != nil:
		p.Why = "the encryption configuration comes from a backup, and the sockets that a backup names are not asked"
	case len(k.Keyring.Plugins()) == 0:
		p.Why = "the encryption configuration " + o.EncryptionConfig + " names none"
	default:
		ask, said := o.KMS(k.Keyring.Plugins(), o.Found)
		k.Keyring, k.Asked = k.Keyring.WithKMS(ask), said
		return nil
	}
	return p
}

// keyring reads an EncryptionConfiguration.
func keyring(o *Options) (*crypt.Keyring, error) {
	tried := "read encryption configuration " + o.EncryptionConfig
	b, err := o.EncryptionText, error(nil)
	if b == nil {
		b, err = regular.Read(o.EncryptionConfig, regular.MaxConfig)
	}
	if err != nil {
		return nil, &etcdsource.Problem{Tried: tried, Why: regular.Fault(err), Do: "give the file that kube-apiserver's --encryption-provider-config names", Err: err}
	}
	k, err := crypt.Parse(b)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: tried, Why: err.Error(), Err: err}
	}
	return k, nil
}

// read finds the root and, where they are wanted, the custom resources.
func (k *Known) read(ctx context.Context, src etcdsource.Source, o Options) (err error) {
	err = k.find(ctx, src, o)
	k.decoder()
	switch {
	case err != nil:
		return err
	case !k.Info.Running:
		return k.customOfAllTimes(ctx, src)
	case k.Info.Spare && o.Custom:
		return k.Custom(ctx, src, k.Info.Revision) // else each page would ask for the revision first
	case !k.Info.Spare:
		return k.Custom(ctx, src, 0)
	}
	return nil
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
		if len(out) == maxFolders {
			break
		}
	}
	return out, nil
}

// maxFolders bounds the search for roots in a store that is not Kubernetes'.
const maxFolders = 500

func (k *Known) crdPrefix() string { return k.Root + "apiextensions.k8s.io/customresourcedefinitions/" }

// Custom adds the custom resources that are defined at a revision, as far as the user may read the definitions.
func (k *Known) Custom(ctx context.Context, src etcdsource.Source, rev int64) error {
	var found []kinds.Resource
	span := etcdsource.Prefix(k.crdPrefix())
	span.Values, span.Limit = true, customPage
	err := etcdsource.Each(ctx, src, span, rev, func(e etcdsource.Entry) error {
		if r, ok := kinds.FromCRD(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{})); ok {
			found = append(found, r)
		}
		return nil
	})
	if etcdsource.Seen(err) != nil {
		return err
	}
	k.add(found)
	k.Whole = true
	return nil
}

// customPage is how many definitions are read at once: each can be hundreds of kilobytes.
const customPage = 50

// Past goes over to a running store that was recalled: its Info, and the custom resources of all its times.
func (k *Known) Past(ctx context.Context, recalled etcdsource.Source) (err error) {
	if k.Info, err = recalled.Describe(ctx); err != nil {
		return err
	}
	return k.customOfAllTimes(ctx, recalled)
}

// customOfAllTimes adds all custom resources that the source has ever had, as defined last.
func (k *Known) customOfAllTimes(ctx context.Context, src etcdsource.Source) error {
	last := map[string]kinds.Resource{}
	stream, err := src.Watch(ctx, etcdsource.Prefix(k.crdPrefix()), 1)
	if err != nil {
		return etcdsource.Seen(err)
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) || errors.Is(err, etcdsource.ErrDenied) {
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
		if k.Info.Running && b.Revision >= k.Info.Revision {
			break // a running store does not end
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
	slices.SortFunc(found, func(x, y kinds.Resource) int { return cmp.Compare(x.Prefix, y.Prefix) })
	k.Kinds = k.Kinds.With(found...)
	k.decoder()
}

// Need makes sure that the type in the first argument can be found, as cheaply as the source allows: a definition is
// read by its name, and all of them only when a short name leaves no other way.
func (k *Known) Need(ctx context.Context, src etcdsource.Source, arg string) error {
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
		} else if err := k.Custom(ctx, src, 0); err != nil {
			return err
		}
	}
	return nil
}

// one adds the custom resource of one definition, if there is such a key.
func (k *Known) one(ctx context.Context, src etcdsource.Source, key string) error {
	e, ok, err := etcdsource.Get(ctx, src, []byte(key), 0)
	if err != nil || !ok {
		return etcdsource.Seen(err)
	}
	if r, ok := kinds.FromCRD(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{})); ok {
		k.add([]kinds.Resource{r})
	}
	return nil
}
