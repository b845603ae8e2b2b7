package print

import (
	"context"
	"os"

	"github.com/etcdscope/etcdscope/model/restore"
)

// others holds the file against what is open, the cluster that runs, else the node's data directory, and newer backups.
// What cannot be read is passed over: the cluster is lost, or not ours.
func (r *planner) others(ctx context.Context) {
	live := r.flags.openOptions()
	given := len(live.Live.Endpoints) > 0 || os.Getenv("ETCDCTL_ENDPOINTS") != ""
	running := false
	for i := range r.beside {
		b := &r.beside[i]
		if err := r.hold(ctx, b); err != nil {
			r.warned(err, withoutIt)
		} else if b.Live {
			running = true
		}
	}
	if !running && (given || r.flags.root == "" && r.f.Node.Here) {
		live.Path, live.Demo = "", false
		err := r.other(ctx, restore.Beside{What: "the cluster that runs", Live: true}, live)
		if running = err == nil; err != nil && given {
			r.warned(err, withoutIt)
		}
	}
	if dir := r.f.Node.Data.Dir; !running && r.f.Node.Data.There {
		if at := r.onNode(dir); at != "" {
			_ = r.other(ctx, restore.Beside{What: "the data directory " + dir}, OpenOptions{Path: at, NoVerify: true})
		}
	}
	if r.funcs.Newer != nil {
		if p := r.funcs.Newer(ctx, r.path, r.f.File.Revision); p != "" {
			_ = r.other(ctx, restore.Beside{What: "the backup " + p, OnlyOurs: true}, OpenOptions{Path: p})
		}
	}
	for _, p := range r.newer {
		if err := r.other(ctx, restore.Beside{What: p}, OpenOptions{Path: p}); err != nil {
			r.warned(err, withoutIt)
		}
	}
}

// withoutIt follows where a store could not be read.
const withoutIt = "the plan is made without it"

// other opens one of them and holds the file against it.
func (r *planner) other(ctx context.Context, b restore.Beside, o OpenOptions) error {
	s, err := r.open(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	b.Opened = s.Opened
	return r.hold(ctx, &b)
}

// hold compares the file with an open store.
func (r *planner) hold(ctx context.Context, b *restore.Beside) error {
	x, err := b.Compare(ctx, r.s.Opened, r.f.Contents.Cluster, r.f.File.Revision, r.keys("comparing with "+b.What))
	if err == nil && x != nil {
		r.f.Others = append(r.f.Others, *x)
	}
	return err
}
