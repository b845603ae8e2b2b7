package print

import (
	"cmp"
	"context"
	"os"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// ui opens the screen program on what the arguments and flags name.
func (a *app) ui(ctx context.Context, args []string) error {
	o := a.flags.openOptions()
	if len(args) > 0 {
		if a.flags.from != "" || a.flags.demo {
			return usage("open %s: --from or --demo names another source; give one of them", what(args, ""))
		}
		o.Path = args[0]
	}
	return a.screen(ctx, o, nil)
}

// refuses says why the screen program cannot run here, "" when it can.
func (a *app) refuses() string {
	return theme.Look(os.Environ(), a.out.tty && isTerminal(a.stdin)).Refuse
}

func (a *app) screen(ctx context.Context, o OpenOptions, more func(*UIOptions)) error {
	if _, err := a.named(o); err != nil {
		return err
	}
	if why := a.refuses(); why != "" {
		return usage("open the screen: %s; use the plain commands: etcdscope ls, get, log, diff (see etcdscope --help)", why)
	}
	if a.funcs.UI == nil {
		return usage("open the screen: this build has none; use the plain commands: etcdscope ls, get, log, diff")
	}
	c, err := a.config()
	if err != nil {
		return err
	}
	if err := c.Rebind(); err != nil {
		return usage("%s", err)
	}
	f := &a.flags
	u := UIOptions{
		Open: o, Reveal: f.reveal, Theme: a.theme(),
		Learn: func(ctx context.Context, o OpenOptions) (*learn.Opened, error) {
			o.Outage = true
			return a.learn(ctx, o, true)
		},
		ASCII: f.screen.ascii || c.ASCII, NoMouse: f.screen.noMouse || c.NoMouse, NoAnim: f.screen.noAnim || c.NoAnim,
		Verify: a.verifyOnScreen, Plan: a.planOnScreen, Snapshots: cmp.Or(f.screen.snapshots, c.Snapshots),
		Source:  a.origin.source,
		NoColor: f.noColor, Speed: 1, Columns: c.Columns, Clusters: c.Names(),
	}
	if f.live.byCommandLine() {
		u.Hint, a.hinted = passwordHint, true // the screen says it
	}
	if a.funcs.Offline != nil && a.funcs.Ask != nil {
		u.Offline = func(ctx context.Context, o OpenOptions) etcdsource.Offline {
			return a.funcs.Offline(ctx, a.connection(o))
		}
		u.Ask = func(ctx context.Context, o OpenOptions, off *etcdsource.Offline) (etcdsource.Probe, error) {
			return a.funcs.Ask(ctx, a.connection(o), off)
		}
	}
	if more != nil {
		more(&u)
	}
	return a.funcs.UI(ctx, u)
}
