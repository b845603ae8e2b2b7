package print

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
)

func (a *app) discoverCmd() *cobra.Command {
	return &cobra.Command{
		Use: "discover", Short: "List the etcds of this node, the one to be used first", Long: discoverLong, Args: cobra.NoArgs, Annotations: formats("text json"),
		Example: "  etcdscope discover\n  etcdscope discover -o json\n  etcdscope discover --root node",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.funcs.Discover == nil {
				return usage("discover: this build cannot")
			}
			found, places, err := a.funcs.Discover(cmd.Context(), a.flags.root)
			if err == nil {
				err = cmd.Context().Err()
			}
			if err != nil {
				return err
			}
			for i := range found {
				if err := a.candidate(&found[i]); err != nil {
					return err
				}
			}
			if err := a.places(places); err != nil {
				return err
			}
			if len(found) == 0 {
				return no("find an etcd on this node: there is no process, manifest or known folder of one; name one with --endpoints, or open a file with etcdscope PATH")
			}
			return nil
		},
	}
}

const discoverLong = `List the etcds of this node, the one to be used first, each with where it was found and why it can be used or not; then
every place that was looked at, and what was there. With -o json that is a line for each: candidates have "distribution",
places have "place".

Of several etcds of one node each has a name: main, and what the others keep (events). The main one is opened; --etcd NAME
opens another one. Nothing is dialled and nothing is written.`

// places prints what was looked at.
func (a *app) places(all []Place) error {
	if a.flags.format == "json" {
		for i := range all {
			if err := a.out.json(&all[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for i, p := range all {
		if i == 0 {
			if err := a.out.line("\nlooked at:"); err != nil {
				return err
			}
		}
		if err := a.out.line("  " + safe(p.Path) + a.out.paint(text.Muted, ": "+safe(p.Result))); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) candidate(c *Candidate) error {
	if a.flags.format == "json" {
		return a.out.json(c)
	}
	sign, r := "usable", text.OK
	if !c.Usable {
		sign, r = "not usable", text.Error
	}
	name := c.Distribution
	if c.Name != "" {
		name += " (" + c.Name + ")"
	}
	lines := []string{a.out.paint(text.Key, safe(name)) + "  " + safe(fmt.Sprint(c.Endpoints)) + "  " + a.out.paint(r, sign) + ": " + safe(c.Why)}
	for _, f := range [][2]string{
		{"also at", strings.Join(c.Also, ", ")}, {"found in", c.From}, {"CA", c.CAFile}, {"certificate", c.CertFile}, {"key", c.KeyFile}, {"prefix", c.Prefix},
		{"encryption config", c.EncryptionConfig}, {"data dir", c.DataDir}, {"WAL dir", c.WALDir}, {"audit log", c.AuditLog}, {"run by", c.RunBy},
	} {
		if f[1] != "" {
			lines = append(lines, a.out.paint(text.Muted, fmt.Sprintf("  %-18s", f[0]))+safe(f[1]))
		}
	}
	for _, l := range lines {
		if err := a.out.line(l); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) demoCmd() *cobra.Command {
	var list, autoplay bool
	var speed float64
	c := &cobra.Command{
		Use: "demo [STORY]", Short: "Start an etcd in a temporary folder, and a story in it", Args: cobra.MaximumNArgs(1), Annotations: formats("text json"),
		Long: "Starts an etcd in a temporary folder, and the screen with a story to step through: what a real API server wrote, one write a step.\n" +
			"It needs a terminal; with --autoplay the steps are printed without one.",
		Example: "  etcdscope demo --list\n  etcdscope demo --list -o json\n  etcdscope demo pod --autoplay --speed 50",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case list:
				return a.stories()
			case speed <= 0:
				return usage("read --speed %v: it is no speed; give a number above 0", speed)
			}
			o := a.flags.openOptions()
			o.Demo, o.Path = true, ""
			if len(args) > 0 {
				o.Story = args[0]
				if err := a.noStory(o.Story); err != nil {
					return err
				}
			}
			if autoplay && a.refuses() != "" {
				return a.play(cmd.Context(), o, speed)
			}
			return a.screen(cmd.Context(), o, func(u *UIOptions) { u.Autoplay, u.Speed = autoplay, speed })
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the stories")
	c.Flags().BoolVar(&autoplay, "autoplay", false, "play the story by itself; without a terminal its steps are printed")
	c.Flags().Float64Var(&speed, "speed", 1, "of --autoplay")
	return c
}

func (a *app) stories() error {
	if a.funcs.Stories == nil {
		return usage("list the stories: this build has none")
	}
	rows := [][]string{{"NAME", "TAB", "TITLE"}}
	for _, s := range a.funcs.Stories() {
		if a.flags.format == "json" {
			if err := a.out.json(s); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{safe(s.Name), safe(s.Tab), safe(s.Title)})
	}
	if a.flags.format == "json" {
		return nil
	}
	return a.out.columns(rows)
}

// stepTime is how long a step of a story stays, at speed 1, where it is printed.
const stepTime = time.Second

// stepLine is a step of a story as JSON.
type stepLine struct {
	Step     int    `json:"step"`
	Title    string `json:"title"`
	Writer   string `json:"writer,omitempty"`
	Lane     string `json:"lane,omitempty"`
	Say      string `json:"say"`
	Key      string `json:"key,omitempty"`
	Revision int64  `json:"revision"`
	Stored   bool   `json:"stored"`
}

// play plays a story and prints its steps.
func (a *app) play(ctx context.Context, o OpenOptions, speed float64) error {
	s, err := a.openWith(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	stepper, err := etcdsource.As[etcdsource.Stepper](s.Source)
	if err != nil {
		return err
	}
	if s.Info.Note != "" {
		fmt.Fprintln(a.stderr, safe(s.Info.Note))
	}
	story := stepper.Story()
	if a.flags.format != "json" {
		if err := a.out.line(a.out.paint(text.Accent, safe(story.Title))); err != nil {
			return err
		}
	}
	for n := 1; ; n++ {
		if err := a.out.flush(); err != nil {
			return err
		}
		if n > 1 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(float64(stepTime) / speed)):
			}
		}
		step, err := stepper.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.step(n, &step); err != nil {
			return err
		}
	}
}

func (a *app) step(n int, s *etcdsource.Step) error {
	k, _ := clean.Escape(s.Key)
	if a.flags.format == "json" {
		return a.out.json(stepLine{n, s.Title, s.Writer, s.Lane, s.Say, k, s.Revision, s.Stored})
	}
	what := "nothing is stored"
	if s.Stored {
		what = "revision " + fmt.Sprint(s.Revision) + "  " + clean.Key(s.Key)
	}
	if err := a.out.line(fmt.Sprintf("%3d  %s  %s", n, a.out.paint(text.Key, safe(s.Title)), a.out.paint(text.Muted, what))); err != nil {
		return err
	}
	return a.out.line("     " + safe(s.Say))
}
