package restore

import (
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Beside is an open store that a snapshot is held against.
type Beside struct {
	What string // in a sentence: "the cluster that runs"
	Live bool   // it answers now: a member of the cluster
	// OnlyOurs reports that it was not named as one of this cluster, but only found beside the snapshot: it counts only where
	// both are of one cluster, or neither has a kube-system namespace.
	OnlyOurs bool
	*learn.Opened
}

// Compare reads what the plan needs of it. file is the snapshot, cluster and revision are its own. Other is nil where the
// store says nothing of the snapshot.
func (b *Beside) Compare(ctx context.Context, file *learn.Opened, cluster string, revision int64, progress func(keys int64)) (*Other, error) {
	x := &Other{What: b.What, Live: b.Live, Revision: b.Info.Revision, Bytes: b.Info.DBSize}
	if info, err := b.Source.Describe(ctx); err == nil {
		x.Revision = info.Revision // by now
	}
	e, ok, err := etcdsource.Get(ctx, b.Source, []byte(b.Root+"namespaces/kube-system"), 0)
	if err != nil {
		return nil, err
	}
	if ok {
		x.Cluster = b.Decoder.Object(e.Key, e.Value, e.Mod).UID
	}
	same := x.Cluster == "" || cluster == "" || x.Cluster == cluster
	if b.OnlyOurs && x.Cluster != cluster {
		return nil, nil
	}
	if same && x.Revision > revision {
		x.Loss, _ = Lost(ctx, compare.Side{Source: file.Source}, compare.Side{Source: b.Source, Spare: b.Info.Spare}, b.Kinds, b.Root, progress)
	}
	if same && b.Live {
		x.Nodes, x.NoQuorum = b.nodes(ctx), leaderless(ctx, b.Source)
	}
	return x, ctx.Err()
}

// leaderless reports that no member of a cluster has a leader, or has answered a read by the quorum. False is also what is not known.
func leaderless(ctx context.Context, src etcdsource.Source) bool {
	prober, err := etcdsource.As[etcdsource.Prober](src)
	if err != nil {
		return false
	}
	p, err := prober.Probe(ctx)
	return err == nil && len(p.Members) > 0 && !slices.ContainsFunc(p.Members, func(m etcdsource.Member) bool {
		return m.Answered && (m.Denied || m.Status.Leader != 0 || m.Read.Took > 0 && m.Read.Fault == "")
	})
}

// nodes are the names of the Nodes that it has, nil where they cannot be read.
func (b *Beside) nodes(ctx context.Context) map[string]bool {
	names, root := map[string]bool{}, b.Root+"minions/"
	err := etcdsource.Each(ctx, b.Source, etcdsource.Prefix(root), 0, func(e etcdsource.Entry) error {
		names[string(e.Key[len(root):])] = true
		return nil
	})
	if err != nil {
		return nil
	}
	return names
}
