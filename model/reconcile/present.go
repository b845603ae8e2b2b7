package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// PresentOptions say which objects Present looks at.
type PresentOptions struct {
	Namespace string    // only of this one, and what is in none; "": of all
	Limit     int       // at most so many objects; 0: all
	Bytes     int64     // of values that are read, at most, but for the last page; 0: all
	Now       time.Time // the time there, zero where it is not known
	Progress  Progress
}

// present looks at the objects as they are.
type present struct {
	*Report
	PresentOptions
	rev     int64
	bytes   int64    // of the values that were read
	hanging []string // folders in which namespaces that are being deleted still hold objects
}

// Present looks at the objects as they are at a revision, 0 for now, also at those for which a namespace that is being deleted waits;
// those that the user may not read are left out. Changes that were seen before come first, by Take.
func (r *Report) Present(ctx context.Context, rev int64, o PresentOptions) error {
	r.End()
	r.asOf = o.Now
	p := &present{Report: r, PresentOptions: o, rev: rev}
	folders := Folders(r.store.Kinds)
	for i, f := range folders {
		prefix := r.store.Root + f.Prefix
		if o.Namespace != "" && f.Namespaced {
			prefix += o.Namespace + "/"
		}
		err := p.folder(ctx, prefix, func() {
			if o.Progress != nil {
				o.Progress(int64(i), int64(len(folders)))
			}
		})
		switch {
		case errors.Is(err, errEnough):
			r.Cut = true
		case etcdsource.Seen(err) != nil:
			return err
		case err != nil && f.Prefix == "endpointslices/":
			r.unbacked = true
		}
		if r.Cut {
			break
		}
	}
	for _, prefix := range p.hanging {
		if r.Cut || slices.ContainsFunc(folders, func(f Folder) bool { return strings.HasPrefix(prefix, r.store.Root+f.Prefix) }) {
			continue
		}
		switch err := p.folder(ctx, prefix, func() {}); {
		case errors.Is(err, errEnough):
			r.Cut = true
		case etcdsource.Seen(err) != nil:
			return err
		}
	}
	r.upTo.Store(rev)
	return nil
}

// folder looks at the objects below a prefix.
func (p *present) folder(ctx context.Context, prefix string, progress func()) error {
	span := etcdsource.Prefix(prefix)
	span.Values = true
	return etcdsource.Each(ctx, p.store.Source, span, p.rev, func(e etcdsource.Entry) error {
		n := int64(len(e.Value))
		if p.Limit > 0 && p.Looked >= p.Limit || p.Bytes > 0 && p.bytes+n > p.Bytes {
			return errEnough
		}
		p.Looked++
		p.bytes += n
		x := p.store.Decoder.Object(e.Key, e.Value, e.Mod)
		p.Unreadable.See(x)
		p.See(x)
		if x.Kind == "Namespace" && (p.Namespace == "" || p.Namespace == x.Name) {
			p.hanging = append(p.hanging, p.left(x)...)
		}
		progress()
		return nil
	})
}

// left are the folders of what a namespace that is being deleted still holds, as its controller says in a condition: "Some resources are
// remaining: configmaps. has 1 resource instances, widgets.example.com has 2 resource instances". Events and Leases go by themselves.
func (r *Report) left(ns *decode.Object) (prefixes []string) {
	ns.Read(func(o *decode.Reader) {
		c := find(&subject{o: o}, "NamespaceContentRemaining")
		if text(o, "metadata", "deletionTimestamp") == "" || text(c, "status") != "True" {
			return
		}
		_, list, _ := strings.Cut(text(c, "message"), ": ")
		for part := range strings.SplitSeq(list, ", ") {
			name, _, _ := strings.Cut(part, " ")
			x, ok := r.store.Kinds.Find(strings.TrimSuffix(name, "."))
			if prefix := r.store.Kinds.Prefix(r.store.Root, x, ns.Name); ok && x.Namespaced && x.Plural != "events" && x.Plural != "leases" && !slices.Contains(prefixes, prefix) {
				prefixes = append(prefixes, prefix)
			}
		}
	})
	return prefixes
}
