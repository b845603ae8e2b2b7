package print

import (
	"context"
	"os"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/restore"
)

// others opens the stores that the file is held against: the cluster that runs, else the node's data directory, and newer
// backups. What cannot be read is passed over: the cluster is lost, or not ours.
func (r *restorer) others(ctx context.Context) {
	live := r.flags.openOptions()
	given := len(live.Live.Endpoints) > 0 || os.Getenv("ETCDCTL_ENDPOINTS") != ""
	running := false
	if given || r.flags.root == "" && r.f.Node.Here {
		err := r.other(ctx, "the cluster that runs", true, live)
		if running = err == nil; err != nil && given {
			r.warn("%s; the plan is made without it", clean.Error(err))
		}
	}
	if dir := r.f.Node.Data.Dir; !running && r.f.Node.Data.There {
		if at := r.onNode(dir); at != "" {
			_ = r.other(ctx, "the data directory "+dir, false, OpenOptions{Path: at, NoVerify: true})
		}
	}
	if r.funcs.Newer != nil {
		if p := r.funcs.Newer(ctx, r.path, r.f.File.Revision); p != "" {
			_ = r.other(ctx, "the backup "+p, false, OpenOptions{Path: p})
		}
	}
	for _, p := range r.newer {
		if err := r.other(ctx, p, false, OpenOptions{Path: p}); err != nil {
			r.warn("%s; the plan is made without it", clean.Error(err))
		}
	}
}

// other opens one of them and compares. A backup in the same folder that is of another cluster says nothing of the file.
func (r *restorer) other(ctx context.Context, what string, live bool, o OpenOptions) error {
	s, err := r.quietly(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	x := restore.Other{What: what, Live: live, Revision: s.Info.Revision, Bytes: s.Info.DBSize}
	e, ok, err := etcdsource.Get(ctx, s.Source, []byte(s.Root+"namespaces/kube-system"), 0)
	if err != nil {
		return err
	}
	if ok {
		x.Cluster = s.Decoder.Object(e.Key, e.Value, e.Mod).UID
	}
	same := x.Cluster == "" || r.f.Contents.Cluster == "" || x.Cluster == r.f.Contents.Cluster
	if !same && strings.HasPrefix(what, "the backup ") {
		return nil
	}
	if same && x.Revision > r.f.File.Revision {
		p := &progress{app: r.app, on: isTerminal(r.stderr)}
		x.Loss, _ = restore.Lost(ctx, compare.Side{Source: r.s.Source}, compare.Side{Source: s.Source, Spare: s.live()}, s.Kinds, s.Root, func(n int64) { p.report("comparing", n, -1) })
		p.end()
	}
	if same && live {
		x.Nodes = map[string]bool{}
		span := etcdsource.Prefix(s.Root + "minions/")
		if err := etcdsource.Each(ctx, s.Source, span, 0, func(e etcdsource.Entry) error {
			x.Nodes[string(e.Key[len(s.Root+"minions/"):])] = true
			return nil
		}); err != nil {
			x.Nodes = nil
		}
	}
	r.f.Others = append(r.f.Others, x)
	return nil
}
