// Package encryption says how the values of a store are encrypted at rest, without a key: with which provider and key, which
// objects share a data encryption key (DEK), how far a rotation is, and what should be encrypted and is not.
//
//	values ─► prefix, key id, encrypted DEK ─┬─► Uses: resource × key → objects
//	configuration: what is written with what ─┴─► Plain, Use.Current
//
// What always holds:
//   - Nothing is decrypted, and no value is kept.
//   - A store that must be spared is asked for the values of those resources only which the configuration has encrypted;
//     for Secrets where there is none.
package encryption

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

const (
	maxSpared = 20_000 // values that are read of a store that must be spared
	maxNamed  = 1000   // most keys that are named for each use, and most plain objects
)

// Use is how many objects of a resource are encrypted with one key. Texts are untrusted.
type Use struct {
	Resource string // secrets, widgets.shop.example.com
	crypt.Info
	DEK     string   // names the data encryption key of a KMS plugin: equal for objects that share it; "" for others
	Objects int      // that are encrypted with it
	Keys    []string // the first of them, in order
	Newest  int64    // revision of the one that was written last
	// Current reports that new values are encrypted so, as far as is known: the configuration says it; of a plugin's keys the
	// one that was used last.
	Current bool
}

// Plain is an object that the configuration has encrypted and that is stored as plain text.
type Plain struct {
	Key, Resource string
	Wanted        string // provider and key: "aescbc key1"
}

// Report is how a store is encrypted.
type Report struct {
	Uses     []Use // by resource, then those with most objects first
	Plain    []Plain
	PlainAll int  // of which Plain are the first
	Partial  bool // not all values were read
	latest   map[string]latest
}

// latest is the newest write of a resource, encrypted or not.
type latest struct {
	rev    int64
	info   crypt.Info // its Provider is "" for plain text
	wanted crypt.Info // what the configuration says, its Provider is "" where it says nothing
	stored int        // objects that are stored, in whatever form
}

// named is what a value is written with; safe text.
func named(i crypt.Info) string {
	if i.Provider == "" || i.Provider == "identity" {
		return "plain text"
	}
	return clean.Text(i.String())
}

// Progress is how many objects of a resource are encrypted as new ones are, of how many.
type Progress struct {
	Resource    string
	Provider    string // of the current key, "" where none is known
	Done, Total int
}

// Progress counts by resource how far a rotation is; what is plain counts as not done.
func (r *Report) Progress() (out []Progress) {
	at := map[string]int{}
	get := func(resource string) *Progress {
		i, ok := at[resource]
		if !ok {
			i = len(out)
			at[resource] = i
			out = append(out, Progress{Resource: resource})
		}
		return &out[i]
	}
	for i := range r.Uses {
		u := &r.Uses[i]
		p := get(u.Resource)
		if p.Total += u.Objects; u.Current {
			p.Done += u.Objects
			p.Provider = u.Info.String()
		}
	}
	for i := range r.Plain {
		get(r.Plain[i].Resource).Total++
	}
	return out
}

// reader reads the values of a store.
type reader struct {
	o      *learn.Opened
	report Report
	uses   map[string]*Use
	read   int
}

// Rotation says in a line a resource how far its objects are encrypted as new ones are. The text is safe.
func (r *Report) Rotation() (out []string) {
	for _, p := range r.Progress() {
		l := r.latest[p.Resource]
		resource, newest := clean.Text(p.Resource)+": ", "the newest write is "+named(l.info)+"; "
		still := fmt.Sprintf("%d of %d still encrypted", p.Total, l.stored)
		line := fmt.Sprintf("%d of %d with the current key (%s)", p.Done, p.Total, clean.Text(cmp.Or(p.Provider, named(l.wanted))))
		switch {
		case l.wanted.Provider == "identity":
			if line = still + ", the configuration writes plain text"; l.info.Provider != "" {
				line = newest + line
			}
		case l.wanted.Provider == "" && l.info.Provider == "":
			line = newest + still
		case l.wanted.Provider != "" && (l.wanted.Provider != l.info.Provider || l.wanted.KeyName != l.info.KeyName):
			line = newest + line
		}
		out = append(out, resource+line)
	}
	return out
}

// Read looks at the values of a store as they are now.
func Read(ctx context.Context, o *learn.Opened) (*Report, error) {
	r := &reader{o: o, uses: map[string]*Use{}, report: Report{latest: map[string]latest{}}}
	var err error
	if o.Info.Spare {
		err = r.spared(ctx)
	} else {
		err = r.all(ctx)
	}
	if err != nil {
		return nil, err
	}
	for _, u := range r.uses {
		r.report.Uses = append(r.report.Uses, *u)
	}
	r.current()
	slices.SortFunc(r.report.Uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.String(), b.String()), cmp.Compare(a.DEK, b.DEK))
	})
	return &r.report, nil
}

// spared reads what the configuration has encrypted, in pages.
func (r *reader) spared(ctx context.Context) error {
	for _, k := range r.o.Kinds.All() {
		provider, _, ok := r.o.Keyring.Wanted(k.Group, k.Plural)
		if r.o.Keyring == nil && k.FullName() == "secrets" || ok && provider != "identity" {
			if err := r.span(ctx, r.o.Kinds.Prefix(r.o.Root, k, ""), maxSpared); err != nil {
				return err
			}
		}
	}
	return nil
}

// all reads the values below the root.
func (r *reader) all(ctx context.Context) error {
	return etcdsource.Seen(etcdsource.BorrowPages(ctx, r.o.Source, etcdsource.Prefix(r.o.Root), 0, func(l *etcdsource.LentPages) error {
		for {
			p, err := l.Next(ctx)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			for i := range p.Entries {
				r.add(&p.Entries[i])
			}
		}
	}))
}

// errEnough ends reading.
var errEnough = errors.New("enough")

// span reads the values below a prefix, at most so many in all.
func (r *reader) span(ctx context.Context, prefix string, most int) error {
	s := etcdsource.Prefix(prefix)
	s.Values = true
	err := etcdsource.Each(ctx, r.o.Source, s, 0, func(e etcdsource.Entry) error {
		if r.read++; r.read > most {
			r.report.Partial = true
			return errEnough
		}
		r.add(&e)
		return ctx.Err()
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return etcdsource.Seen(err)
}

func (r *reader) add(e *etcdsource.Entry) {
	of, ok := r.o.Kinds.Locate(r.o.Root, e.Key)
	name := "other keys"
	if ok {
		name = of.FullName()
	}
	provider, key, wanted := r.o.Keyring.Wanted(of.Group, of.Plural)
	wanted = wanted && ok
	if !crypt.Encrypted(e.Value) {
		r.write(name, e.Mod, crypt.Info{}, crypt.Info{Provider: provider, KeyName: key})
		if wanted && provider != "identity" {
			r.report.PlainAll++
			if len(r.report.Plain) < maxNamed {
				r.report.Plain = append(r.report.Plain, Plain{string(e.Key), name, crypt.Info{Provider: provider, KeyName: key}.String()})
			}
		}
		return
	}
	info, source, whole := crypt.Inspect(e.Value)
	r.write(name, e.Mod, info, crypt.Info{Provider: provider, KeyName: key})
	u := Use{Resource: name, Info: info}
	if whole {
		u.DEK = source.ID()
	}
	id := fmt.Sprintf("%q %q %q", u.Resource, fmt.Sprint(u.Info), u.DEK)
	known := r.uses[id]
	if known == nil {
		known = &u
		r.uses[id] = known
	}
	known.Objects++
	known.Newest = max(known.Newest, e.Mod)
	if len(known.Keys) < maxNamed {
		known.Keys = append(known.Keys, string(e.Key))
	}
}

// write notes how a value of a resource was written.
func (r *reader) write(resource string, rev int64, info, wanted crypt.Info) {
	l := r.report.latest[resource]
	l.wanted = wanted
	if l.stored++; rev > l.rev {
		l.rev, l.info = rev, info
	}
	r.report.latest[resource] = l
}

// current marks what new values are encrypted with: what the configuration says, else the newest write.
func (r *reader) current() {
	newest := map[string]*Use{} // of a resource, as far as the configuration allows
	for i := range r.report.Uses {
		u := &r.report.Uses[i]
		if !r.wanted(u) {
			continue
		}
		if n := newest[u.Resource]; n == nil || u.Newest > n.Newest {
			newest[u.Resource] = u
		}
	}
	for i := range r.report.Uses {
		u := &r.report.Uses[i]
		n := newest[u.Resource]
		u.Current = n != nil && r.wanted(u) && u.Info == n.Info
		if l := r.report.latest[u.Resource]; l.wanted.Provider == "" && l.info.Provider == "" {
			u.Current = false // what is newer is plain text
		}
	}
}

// wanted reports whether the configuration writes the resource so, or says nothing of it.
func (r *reader) wanted(u *Use) bool {
	k, ok := r.o.Kinds.Find(u.Resource)
	if !ok {
		return true
	}
	provider, key, ok := r.o.Keyring.Wanted(k.Group, k.Plural)
	return !ok || provider == u.Provider && key == u.KeyName
}
