package print

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/tui/config"
)

// app is one run of the program.
type app struct {
	funcs  Funcs
	flags  flags
	out    *out
	stdin  io.Reader
	stderr io.Writer

	settings    *config.Config // nil until they were read
	settingsErr error
	hinted      bool // that a password is on the command line
	unset       bool // it was said that the settings are not used
	little      bool // little is read of the file that is opened

	origin origin // which flags say what is open
}

// Execute runs the command line and returns the exit code. It ends when the context does, with code 130. Nothing is
// written but to stdout and stderr.
func Execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, f Funcs) int {
	a := &app{funcs: f, stdin: stdin, stderr: stderr, out: newOut(stdout)}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(a.out.sink)
	root.SetErr(stderr)
	root.InitDefaultCompletionCmd()
	completionExamples(root)
	refuseUnknown(root)
	err := checkArgs(args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if e := cmp.Or(a.out.close(), a.out.sink.failed); e != nil && (err == nil || exitCode(ctx, err) == exitNo) {
		err = e // also in place of a no: what differs, or is missing, was not written
	}
	code := exitCode(ctx, err)
	if line := a.out.hush(errorLine(err)); line != "" && code != exitInterrupted {
		fmt.Fprintln(stderr, line)
	}
	return code
}

const long = `etcdscope looks inside etcd, above all inside a Kubernetes cluster's: live, in a snapshot, or in a demo of its own.

  etcdscope                 the cluster of this node, or of --endpoints
  etcdscope PATH            a backup (etcdctl, k3s, RKE2, kOps, k0s, OpenShift, Gardener, …), a data dir
  etcdscope demo            an etcd in a temporary folder and a story in it

It never writes to an etcd that it did not start.

The commands below print what the screen shows, as plain lines of text or as JSON: they are the interface for screen
readers, for scripts, and wherever no full-screen program runs.

Settings (theme, keys, named clusters) are read from etcdscope/config.yaml in the user's configuration folder, on Linux
~/.config; ETCDSCOPE_CONFIG names another file. A cluster that is named there is opened with --name NAME.`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "etcdscope [PATH]", Short: "Look inside etcd", Long: long,
		Example:       "  etcdscope overview --demo\n  etcdscope get pods -A --demo\n  etcdscope snapshot save backup.db --demo",
		SilenceErrors: true, SilenceUsage: true, Version: a.version(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				if err := a.noCommand(cmd, args[0]); err != nil {
					return err
				}
				return usage("run %s: there is no such command; see etcdscope --help", clean.Key([]byte(args[0])))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if err := a.noCommand(cmd, args[0]); err != nil {
					return err
				}
			}
			return a.ui(cmd.Context(), args)
		},
	}
	root.SetVersionTemplate("etcdscope {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if words := cmd.Flags().Args(); cmd == root && len(words) > 0 {
			if no := a.noCommand(cmd, words[0]); no != nil {
				return no
			}
		}
		return flagError(cmd, err)
	})
	a.flags.define(root)
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := a.prepare(cmd); err != nil {
			return err
		}
		if err := a.likeEtcdctl(cmd, args); err != nil {
			return err
		}
		return a.noFile(cmd, args)
	}
	root.AddCommand(a.overviewCmd(), a.lsCmd(), a.getCmd(), a.logCmd(), a.grepCmd(), a.diffCmd(), a.blameCmd(), a.traceCmd(), a.rescueCmd(), a.reportCmd(), a.healthCmd(), a.snapshotCmd(), a.discoverCmd(), a.demoCmd(), a.versionCmd())
	root.AddCommand(a.describeCmd(), a.eventsCmd(), a.apiResourcesCmd(), a.spaceCmd(), a.serveCmd(), a.shellCmd())
	root.AddCommand(a.manCmd(), keysTopic(), flagsTopic(root))
	root.SetUsageTemplate(usageTemplate)
	for _, c := range root.Commands() {
		namedArgs(c)
	}
	calledAs(root, a.funcs.Called)
	a.complete(root)
	return root
}

// namedArgs gives errors about arguments the form of all others.
func namedArgs(c *cobra.Command) {
	for _, sub := range c.Commands() {
		namedArgs(sub)
	}
	check := c.Args
	c.Args = func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(cmd, args); err != nil {
			return usage("read the arguments: %s; see %s --help", err, cmd.CommandPath())
		}
		return nil
	}
}

// prepare checks the flags that all commands share.
func (a *app) prepare(cmd *cobra.Command) error {
	f := &a.flags
	a.out.reveal, a.origin = f.reveal, originOf(cmd)
	if f.demo && f.from != "" {
		return usage("open the source: --demo and --from exclude each other; give one of them")
	}
	if err := noEmpty(cmd); err != nil {
		return err
	}
	if err := errors.Join(checkRate(f.live.ReadRate), checkRoot(f.root), f.checkUnpack()); err != nil {
		return err
	}
	if f.format == "" {
		f.format = "text"
	}
	name, _, _ := strings.Cut(f.format, "=")
	if formats, ok := cmd.Annotations["formats"]; ok && (!contains(formats, name) || name != f.format && !contains(templates, name)) {
		return usage("print as %q: %s knows %s; give one of these to -o", f.format, cmd.CommandPath(), strings.ReplaceAll(formats, " ", ", "))
	}
	return a.out.colours(a.theme(), f.noColor)
}

func contains(words, w string) bool { return slices.Contains(strings.Fields(words), w) }

// formats is the annotation that says what -o may be.
func formats(words string) map[string]string { return map[string]string{"formats": words} }

func (a *app) version() string {
	v := a.funcs.Version
	if v == "" {
		v = "(devel)"
	}
	return v
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs, Annotations: formats("text json"),
		Example: "  etcdscope version\n  etcdscope version -o json\n  etcdscope --version",
		RunE: func(*cobra.Command, []string) error {
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if a.flags.format == "json" {
				return a.out.json(map[string]string{"version": a.version(), "go": runtime.Version(), "platform": platform})
			}
			return a.out.line("etcdscope " + a.version() + " " + runtime.Version() + " " + platform)
		},
	}
}
