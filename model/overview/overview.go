// Package overview gathers what one wants to know of a source first: what it is, of which cluster, how far it reaches, what
// fills it, who writes, and what is wrong.
//
//	Source ─► Gather ─► identity, window, resources ─┐
//	Report ─► Account ─► writers, what is wrong ─────┴─► Overview ─► Sections, in a fixed order
//
// What always holds:
//   - Gather reads keys, and of values only those of a few: nodes, the namespace kube-system, kubeadm's configuration.
//   - What is not known is left out, and never called zero.
package overview

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/encryption"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// Overview is what is known of a source. Texts are untrusted.
type Overview struct {
	Info      etcdsource.Info
	Cluster   Cluster
	At        int64 // the revision that it describes
	Window    Window
	Resources []Resource         // the biggest first; nil while not counted
	Keys      int64              // of all resources
	Account   *Account           // nil where the history was not read
	Latest    []reconcile.Latest // the newest changes that were seen, the newest first, where the history was not read
	Health    *health.Report     // of a running cluster whose members were asked; nil elsewhere
	// Encryption is how values are encrypted, nil where that was not read.
	Encryption *encryption.Report
}

// Cluster is which cluster wrote the store.
type Cluster struct {
	Name       string // that kubeadm gave it; "" where not known
	UID        string // of the namespace kube-system, by which clusters are told apart; "" where there is none
	Kubernetes string // newest version of a kubelet, "" where there is no node
	Etcd       string // "" where not known
	Nodes      int    // -1 where they could not be read
}

// Follow takes over what a running store says of itself now, and the newest revision that is known. It reports whether the window
// begins later than it did, and so has to be dated again.
func (v *Overview) Follow(info etcdsource.Info, head int64) (later bool) {
	if !info.Spare {
		return false
	}
	info.Revision = max(info.Revision, head)
	v.Info, v.At, v.Window.To = info, info.Revision, info.Revision
	if info.Past != etcdsource.PastWhole && !info.Now.IsZero() {
		v.Window.ToTime = info.Now
	}
	if later = info.Compacted > max(v.Window.From, 1); later {
		v.Window.From, v.Window.FromTime, v.Window.AtLeast = info.Compacted, time.Time{}, false
	}
	return later
}

// Resource is how much there is of one resource.
type Resource struct {
	Name   string // pods, deployments.apps; the first part of the keys where it is no resource
	Prefix string // of its keys
	Keys   int64
	Bytes  int64 // of the values, -1 where not known
}

// Account is what a Report has found, in numbers, and the worst of each. It does not change with the Report.
type Account struct {
	Worst        []reconcile.Status // what has not converged, the worst first, at most MaxWorst
	Latest       []reconcile.Latest // the newest changes, the newest first
	History      bool               // writers, OutOfBand and Deleted are known; without it the first two cover the part that was read
	Partial      bool               // only some of the objects were looked at
	Writers      []reconcile.Wrote
	Unread       int // of Worst, those at its begin whose values cannot be read
	NotConverged int
	Undecodable  int
	OutOfBand    int
	Deleted      int // that no owner had made
}

// MaxWorst is how many objects are named that have not converged.
const MaxWorst = 200

// AccountOf counts what a report has found. history says that it was made of the store's history.
func AccountOf(r *reconcile.Report, history bool) *Account {
	waiting := r.Waiting()
	a := &Account{History: history, NotConverged: r.NotConverged(), Undecodable: r.Undecodable(), Latest: r.Latest(), Partial: r.Cut}
	a.Worst = append(r.Unread(), waiting...)
	a.Unread = min(len(r.Unread()), MaxWorst)
	a.Worst = slices.Clone(a.Worst[:min(len(a.Worst), MaxWorst)])
	if !history {
		return a
	}
	a.Writers, a.OutOfBand = slices.Clone(r.Writers()), r.Past().Count
	for _, g := range r.Gone() {
		if !g.Owned {
			a.Deleted++
		}
	}
	return a
}

// SoFar is the account with the writers, and the writes past the API server, that a report has found in a history of which it
// has read a part.
func (a *Account) SoFar(r *reconcile.Report) *Account {
	x := *a
	x.Writers, x.OutOfBand = slices.Clone(r.Writers()), r.Past().Count
	return &x
}

// Options are what Gather needs beside the source.
type Options struct {
	Revision int64 // 0: now
	// Sizes adds the bytes of each resource, for which the keys are read. Without it the source is asked for numbers of keys.
	Sizes bool
	// Undated leaves the ends of the window without times where it takes a part of the history to know them: Date adds them.
	Undated bool
	// Progress is called now and then with the keys that were read; it may be nil.
	Progress func(keys int64)
}

// Gather reads all but the account. A source of which only a part may be read gives what can be read.
func Gather(ctx context.Context, o *learn.Opened, opt Options) (*Overview, error) {
	v, err := Identify(ctx, o, opt)
	if err != nil {
		return nil, err
	}
	v.retained(ctx, o)
	v.Window = v.Dated(ctx, o)
	return v, v.Fill(ctx, o, opt)
}

// retained asks for the first revision of a store that has not yet found its compaction; where it is gone, the error names
// the oldest that is left.
func (v *Overview) retained(ctx context.Context, o *learn.Opened) {
	if v.Window.From > 0 {
		return
	}
	_, err := o.Source.Count(ctx, etcdsource.Span{From: []byte(o.Root)}, etcdsource.At{Revision: 1, Serializable: true})
	var gone *etcdsource.CompactedError
	switch {
	case err == nil:
		v.Window.From = 1
	case errors.As(err, &gone):
		v.Window.From = gone.Compacted
	}
}

// Identify reads what the source is, of which cluster, and how far it reaches: a handful of requests.
func Identify(ctx context.Context, o *learn.Opened, opt Options) (*Overview, error) {
	info, err := o.Source.Describe(ctx)
	if err != nil {
		return nil, err
	}
	v := &Overview{Info: info, At: cmp.Or(opt.Revision, info.Revision)}
	if v.Window.To = v.At; info.Compacted >= 0 {
		v.Window.From = max(info.Compacted, 1)
	}
	rev := opt.Revision
	if info.Spare {
		rev = v.At // else each request asks for it first
	}
	if err := v.cluster(ctx, o, rev); err != nil {
		return nil, err
	}
	if opt.Undated && v.datedByHistory() {
		return v, nil
	}
	return v, v.Date(ctx, o)
}

// Fill reads what there is of each resource. It reads all keys where sizes are wanted.
func (v *Overview) Fill(ctx context.Context, o *learn.Opened, opt Options) (err error) {
	v.Resources, v.Keys = nil, 0
	m := v.pass(o, opt)
	switch {
	case opt.Sizes && m != nil:
		err = v.passOver(ctx, m, o, opt)
	case opt.Sizes:
		err = v.measure(ctx, o, opt)
	default:
		err = v.count(ctx, o, opt)
	}
	SortResources(v.Resources)
	return err
}

// SortResources brings resources into the order of the overview: the biggest first.
func SortResources(list []Resource) {
	slices.SortFunc(list, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Keys, a.Keys), cmp.Compare(a.Name, b.Name))
	})
}

// cluster reads which cluster it is.
func (v *Overview) cluster(ctx context.Context, o *learn.Opened, rev int64) error {
	c := &v.Cluster
	c.Etcd = v.Info.Version
	n, err := o.Source.Count(ctx, etcdsource.Prefix(o.Root+"minions/"), etcdsource.At{Revision: rev})
	switch {
	case etcdsource.Seen(err) != nil:
		return err
	case err != nil:
		n = -1
	}
	c.Nodes = int(n)
	if c.Kubernetes, err = o.Release(ctx, o.Source, rev); etcdsource.Seen(err) != nil {
		return err
	}
	if ns, err := object(ctx, o, "namespaces/kube-system", rev); err != nil {
		return err
	} else if ns != nil {
		c.UID = ns.UID
	}
	conf, err := object(ctx, o, "configmaps/kube-system/kubeadm-config", rev)
	if err != nil || conf == nil {
		return err
	}
	var kubeadm struct {
		ClusterName string `json:"clusterName"`
	}
	if yaml.Unmarshal([]byte(conf.Text("data", "ClusterConfiguration")), &kubeadm) == nil {
		c.Name = kubeadm.ClusterName
	}
	return nil
}

// object reads an object, nil where it is not there or the user may not read it.
func object(ctx context.Context, o *learn.Opened, name string, rev int64) (*decode.Object, error) {
	key := []byte(o.Root + name)
	e, ok, err := etcdsource.Get(ctx, o.Source, key, rev)
	if err != nil || !ok {
		return nil, etcdsource.Seen(err)
	}
	return o.Decoder.Object(key, e.Value, e.Mod), nil
}

// datedByHistory reports whether the past of the source can be read as a whole.
func (v *Overview) datedByHistory() bool { return !v.Info.Spare || v.Info.Past == etcdsource.PastWhole }

// Date dates the ends of the window, where the past of the source can be read as a whole.
func (v *Overview) Date(ctx context.Context, o *learn.Opened) error {
	if !v.datedByHistory() {
		if v.At == v.Info.Revision {
			v.Window.ToTime = v.Info.Now
		}
		return nil
	}
	c, err := attribution.Ends(ctx, o.Source, o.Decoder, o.Root, v.Window.From)
	if err != nil {
		return err
	}
	if c.Known() {
		v.Window.FromTime, v.Window.ToTime = c.At(v.Window.From).Time, c.At(v.Window.To).Time
	}
	return nil
}

// measure reads all keys, with the sizes of their values.
func (v *Overview) measure(ctx context.Context, o *learn.Opened, opt Options) error {
	sums := map[string]*Resource{}
	span := etcdsource.Prefix("")
	// A server says the size of no value without the value; one that is ours is asked for them.
	if span.Values = v.Info.Running; !span.Values {
		span.Limit = 10_000
	}
	err := etcdsource.Each(ctx, o.Source, span, opt.Revision, func(e etcdsource.Entry) error {
		name, prefix := v.resource(o, e.Key)
		r := sums[name]
		if r == nil {
			r = &Resource{Name: name, Prefix: prefix}
			sums[name] = r
		}
		r.Keys++
		r.Bytes += max(e.Bytes, 0)
		if v.Keys++; opt.Progress != nil && v.Keys%1000 == 0 {
			opt.Progress(v.Keys)
		}
		return nil
	})
	for _, r := range sums {
		v.Resources = append(v.Resources, *r)
	}
	return err
}

// resource names the resource of a key, and says what all of its keys begin with.
func (v *Overview) resource(o *learn.Opened, key []byte) (name, prefix string) {
	if ref, ok := o.Kinds.Locate(o.Root, key); ok {
		return ref.FullName(), o.Kinds.Prefix(o.Root, ref.Resource, "")
	}
	k := string(key)
	rest, below := strings.CutPrefix(k, o.Root)
	if !below {
		rest = strings.TrimPrefix(k, "/")
	}
	name, _, folder := strings.Cut(rest, "/")
	if !folder {
		return "other", ""
	}
	return name, k[:len(k)-len(rest)] + name + "/"
}

// count asks for the numbers of keys, resource by resource.
func (v *Overview) count(ctx context.Context, o *learn.Opened, opt Options) error {
	at := etcdsource.At{Revision: opt.Revision}
	all, err := o.Source.Count(ctx, etcdsource.Prefix(""), at)
	if etcdsource.Seen(err) != nil {
		return err
	}
	part := err != nil // the user may read some of the types, or none
	v.Keys = all
	for _, r := range o.Kinds.All() {
		prefix := o.Kinds.Prefix(o.Root, r, "")
		n, err := o.Source.Count(ctx, etcdsource.Prefix(prefix), at)
		if etcdsource.Seen(err) != nil {
			return err
		}
		if part {
			v.Keys, all = v.Keys+n, n
		}
		if n > 0 {
			v.Resources = append(v.Resources, Resource{Name: r.FullName(), Prefix: prefix, Keys: n, Bytes: -1})
		}
		if all -= n; opt.Progress != nil {
			opt.Progress(v.Keys - all)
		}
	}
	if all > 0 {
		v.Resources = append(v.Resources, Resource{Name: "other", Keys: all, Bytes: -1})
	}
	return nil
}
