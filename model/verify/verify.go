// Package verify checks what a snapshot holds, beside the file itself: whether its values can be read, and how its
// numbers of objects compare with those of an earlier one.
//
//	Source ─ every version that is held ─ Decoder ─► Values: objects by type, those that cannot be read
//	Values, Values of an earlier snapshot ─────────► Drops
package verify

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Values is what the values of a store are.
type Values struct {
	Versions   int64            // versions that were decoded
	Objects    map[string]int64 // live objects, by the full name of their type; keys of other programs are not counted
	Unreadable []Unreadable     // in order of the keys, at most maxNamed
	Bad        int64            // keys with a version that cannot be read
	Encrypted  int64            // versions that are encrypted, and no configuration with keys was given, or it is a KMS
	Providers  []string         // that encrypted these, in order
	Unknown    int64            // versions of a kind, or with fields, that this build does not know
	Cluster    string           // the uid of the namespace kube-system, which tells clusters apart; "" where it is not there
}

// Unreadable is a key with a version that cannot be read.
type Unreadable struct {
	Key      []byte
	Revision int64
	Why      string // one safe line
}

// maxNamed is how many keys that cannot be read are named.
const maxNamed = 1000

// Read decodes every version of every key below the Kubernetes roots and calls progress every now and then with the
// number of versions.
func Read(ctx context.Context, o *learn.Opened, progress func(versions int64)) (*Values, error) {
	v := &Values{Objects: map[string]int64{}}
	r := reader{Values: v, o: o, bad: map[string]Unreadable{}, providers: map[string]bool{}, live: map[string]string{}}
	w, err := o.Source.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	for {
		b, err := w.Next(ctx)
		for i := range b.Events {
			r.add(&b.Events[i])
		}
		progress(v.Versions)
		if errors.Is(err, io.EOF) || err == nil && b.Status.State == etcdsource.Ended {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	r.end()
	return v, nil
}

// reader reads the versions of a store.
type reader struct {
	*Values
	o         *learn.Opened
	bad       map[string]Unreadable
	providers map[string]bool
	live      map[string]string // type of each live object
}

func (r *reader) add(e *etcdsource.Event) {
	ref, ok := r.o.Kinds.Locate(r.o.Root, e.Key)
	if !ok {
		return // of another program
	}
	if e.Type == etcdsource.Deleted {
		delete(r.live, string(e.Key))
		return
	}
	r.live[string(e.Key)] = ref.FullName()
	r.Versions++
	x := r.o.Decoder.Object(e.Key, e.Value, e.Mod)
	if ref.FullName() == "namespaces" && ref.Name == "kube-system" {
		r.Cluster = x.UID
	}
	switch {
	case x.Encryption.Provider != "" && x.Problem != "" && (r.o.Keyring == nil || x.Encryption.Provider == "kms"):
		r.encrypted(x.Encryption.Provider)
	case x.Foreign || x.Unknown > 0:
		r.Unknown++
	case x.Problem != "":
		if _, known := r.bad[string(e.Key)]; !known {
			r.bad[string(e.Key)] = Unreadable{Key: e.Key, Revision: e.Mod, Why: x.Problem}
		}
	}
}

func (r *reader) encrypted(provider string) {
	r.Encrypted++
	r.providers[provider] = true
}

func (r *reader) end() {
	for _, kind := range r.live {
		r.Objects[kind]++
	}
	r.Providers = slices.Sorted(maps.Keys(r.providers))
	r.Bad = int64(len(r.bad))
	keys := slices.Sorted(maps.Keys(r.bad))
	for _, k := range keys[:min(len(keys), maxNamed)] {
		r.Unreadable = append(r.Unreadable, r.bad[k])
	}
}

// Drop is a type of which far fewer objects are there than before.
type Drop struct {
	Type        string
	Before, Now int64
}

// Of a type with at least fewest objects, less than half of them is a drop.
const fewest = 4

// Drops compares the numbers of objects with those of an earlier snapshot, the largest loss first. Events and leases come
// and go: they are left out.
func (v *Values) Drops(before *Values) (list []Drop) {
	for kind, n := range before.Objects {
		if now := v.Objects[kind]; n >= fewest && now < n/2 && kind != "events" && kind != "events.events.k8s.io" && kind != "leases.coordination.k8s.io" {
			list = append(list, Drop{kind, n, now})
		}
	}
	slices.SortFunc(list, func(a, b Drop) int {
		return cmp.Or(cmp.Compare(b.Before-b.Now, a.Before-a.Now), cmp.Compare(a.Type, b.Type))
	})
	return list
}
