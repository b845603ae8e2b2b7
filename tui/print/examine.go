package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/verify"
)

// examine opens a backup, verifies it, and keeps the verdict; kept is why that could not be kept.
func (v *verifier) examine(ctx context.Context, open func(context.Context, OpenOptions) (*store, error), opt verify.Options) (r *verify.Report, kept, err error) {
	o := v.flags.openOptions()
	o.Path, o.NoVerify = v.path, true
	keep := v.keeper(v.path)
	s, err := open(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	if r, err = verify.Run(ctx, s.Opened, opt); err != nil {
		return nil, nil, err
	}
	kept = keep(ctx, etcdsource.Backup{Verdict: r.Verdict, Revision: r.Revision, Keys: r.Keys, Cluster: r.Cluster, Checked: time.Now(), Time: s.Moment(ctx, s.Source, 0)})
	return r, kept, ctx.Err()
}

// keeper notes what a file is before it is verified, and returns what keeps the verdict on it.
func (a *app) keeper(path string) func(context.Context, etcdsource.Backup) error {
	if a.funcs.Keep == nil {
		return func(context.Context, etcdsource.Backup) error { return nil }
	}
	return a.funcs.Keep(path)
}

// verifyOnScreen verifies a backup for the screen. A verdict that cannot be kept is shown all the same.
func (a *app) verifyOnScreen(ctx context.Context, path string, each func(verify.Check), progress func(step string, done, total int64)) (*verify.Report, error) {
	v := &verifier{app: a, path: path}
	open := func(ctx context.Context, o OpenOptions) (*store, error) {
		o.Wait, o.Progress = true, progress
		opened, err := a.learn(ctx, o, false)
		if err != nil {
			return nil, err
		}
		return &store{Opened: opened}, nil
	}
	r, _, err := v.examine(ctx, open, verify.Options{Previous: v.earlier, Progress: progress, Each: func(c verify.Check) error { each(c); return ctx.Err() }})
	return r, err
}
