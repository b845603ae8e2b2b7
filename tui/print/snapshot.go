package print

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
)

func (a *app) snapshotCmd() *cobra.Command {
	c := &cobra.Command{
		Use: "snapshot", Short: "Save and examine snapshots",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("run etcdscope snapshot: there is no etcdscope snapshot %s; give save or status", clean.Key([]byte(args[0])))
			}
			return usage("run etcdscope snapshot: it needs a verb; give save or status")
		},
	}
	c.AddCommand(a.saveCmd(), a.statusCmd())
	return c
}

func (a *app) saveCmd() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use: "save FILE", Short: "Stream a snapshot into a file, and verify it", Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.funcs.Save == nil {
				return usage("save a snapshot: this build cannot")
			}
			return a.save(cmd.Context(), args[0], force)
		},
	}
	c.Flags().BoolVar(&force, "force", false, "replace a file that exists")
	return c
}

func (a *app) save(ctx context.Context, path string, force bool) error {
	if a.funcs.Open == nil {
		return usage("open the source: this build opens nothing")
	}
	o, err := a.named(a.flags.openOptions())
	if err != nil {
		return err
	}
	a.hint()
	opened, err := a.funcs.Open(ctx, o)
	if err != nil {
		return err
	}
	defer opened.Source.Close()
	p := &progress{app: a, on: isTerminal(a.stderr)}
	saved, err := a.funcs.Save(ctx, opened.Source, path, force, p.report)
	p.end()
	if err != nil {
		return err
	}
	if a.flags.format == "json" {
		return a.out.json(saved)
	}
	verified := "not verified"
	if saved.Verified {
		verified = "verified"
	}
	return a.out.line(fmt.Sprintf("saved %s: %s at revision %d, %s, in %.1f s; sha256 %s",
		clean.Key([]byte(saved.Path)), size(saved.Bytes), saved.Revision, verified, saved.Seconds, clean.Key([]byte(saved.SHA256))))
}

// progress is one line on stderr that is written over.
type progress struct {
	*app
	on   bool
	last time.Time
	any  bool
}

func (p *progress) report(step string, done, total int64) {
	if now := time.Now(); !p.on || now.Sub(p.last) < 100*time.Millisecond && done != total {
		return
	} else {
		p.last, p.any = now, true
	}
	of := ""
	if total > 0 {
		of = fmt.Sprintf(" of %s", size(total))
	}
	fmt.Fprintf(p.stderr, "\r\x1b[K%s: %s%s", safe(step), size(done), of)
}

func (p *progress) end() {
	if p.any {
		fmt.Fprint(p.stderr, "\r\x1b[K")
	}
}

// size writes bytes for people.
func size(n int64) string {
	switch {
	case n < 0:
		return "?"
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use: "status FILE", Short: "Print a snapshot's figures", Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.funcs.Status == nil {
				return usage("examine a snapshot: this build cannot")
			}
			st, err := a.funcs.Status(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if st.Behind != "" {
				a.warn("%s: %s", clean.Key([]byte(args[0])), clean.Text(st.Behind))
			}
			if a.flags.format == "json" {
				return a.out.json(st)
			}
			return a.out.columns([][]string{
				{"HASH", "REVISION", "KEYS", "SIZE", "VERSION"},
				{fmt.Sprintf("%x", st.Hash), fmt.Sprint(st.Revision), fmt.Sprint(st.TotalKey), size(st.TotalSize), clean.Key([]byte(st.Version))},
			})
		},
	}
}
