package print

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/model/kubeapi"
	"github.com/etcdscope/etcdscope/tui/serve"
)

// Serving is what serve and shell need of this machine.
type Serving struct {
	// Listen listens on an address.
	Listen func(ctx context.Context, address string) (net.Listener, error)
	// Writable refuses a path at which no kubeconfig may be written.
	Writable func(path string) error
	// Kubeconfig writes the file that clients read; path is "" for a temporary one. remove removes it; its error says what is left.
	Kubeconfig func(path string, data []byte) (written string, remove func() error, err error)
	// Folder makes a temporary folder that only its owner may enter; remove removes it.
	Folder func() (path string, remove func() error, err error)
	// Shell runs the user's shell, and returns its exit code.
	Shell func(ctx context.Context, folder, kubeconfig string, stdin io.Reader, stdout, stderr io.Writer) (int, error)
}

// apiServer serves a source as the Kubernetes API.
type apiServer struct {
	*app
	recallFlags
	rev, listen, kubeconfig, replay, speed string
	at                                     []string
	remote                                 bool
	asked                                  string // what -o says; "" where it is left out
	shelled                                bool   // the kubeconfig is in a folder that is removed
	s                                      *store
	host                                   string
	pace                                   float64
	contexts                               []serve.Context
	current                                string
}

const serveLong = `serve answers kubectl, k9s, Headlamp and every other client of the Kubernetes API from what is stored: a backup, a stopped
member's data directory, a live etcd now or as it was. No API server is needed, and nothing is ever changed.

It writes a kubeconfig, says where, and answers until it is stopped. Its contexts are

  now        the newest state; of a live store what is written now
  asof       --rev, else the newest revision when serve began; it does not move
  NAME       each --at NAME=REVISION
  replay     with --replay: lists as of that revision, and watches that deliver every later change at --speed

A path /at/REVISION/api/… answers for any revision that the source holds. Values of Secrets are masked; --reveal shows them,
on a loopback address only. The time of replay begins with the first watch and is one for all clients, as that of a real server
is: who comes later gets at once what is past. Kinds that are defined after its revision are not served in it. Writes, logs,
exec, port-forward and metrics are refused; kubectl explain finds no schemas.`

func (a *app) serveCmd() *cobra.Command {
	v := &apiServer{app: a}
	c := &cobra.Command{
		Use: "serve [PATH]", Short: "Serve what is stored as a read-only Kubernetes API", Long: serveLong, Args: cobra.MaximumNArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope serve backup.db                  # then: kubectl --kubeconfig FILE get pods -A\n  etcdscope serve backup.db --rev 700 --at before=623 --kubeconfig night.yaml\n  etcdscope serve --demo\n  etcdscope serve backup.db --replay 700 --speed 10",
		RunE: func(cmd *cobra.Command, args []string) error {
			if f := cmd.Flag("output"); f != nil && f.Changed {
				v.asked = f.Value.String()
			}
			return v.run(cmd.Context(), args, func(ctx context.Context, url, file string) error {
				if err := v.announce(file, url); err != nil {
					return err
				}
				<-ctx.Done()
				return nil
			})
		},
	}
	v.define(c)
	return c
}

func (a *app) shellCmd() *cobra.Command {
	v := &apiServer{app: a}
	c := &cobra.Command{
		Use: "shell [PATH]", Short: "Start a shell in which kubectl sees what is stored", Args: cobra.MaximumNArgs(1),
		Long: "shell serves what is stored as serve does, and starts a shell with KUBECONFIG and KUBECACHEDIR set to a temporary folder,\n" +
			"which is removed when the shell ends. It exits as the shell does.",
		Example: "  etcdscope shell backup.db\n  etcdscope shell backup.db --rev 700\n  echo 'kubectl get pods -A' | etcdscope shell --demo",
		RunE:    func(cmd *cobra.Command, args []string) error { return v.shell(cmd.Context(), args) },
	}
	v.define(c)
	return c
}

func (v *apiServer) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&v.rev, "rev", "", "what the context asof shows: a revision, time or duration ago")
	f.StringArrayVar(&v.at, "at", nil, "a further context: NAME=REVISION, a time or a duration ago too; may be repeated")
	f.StringVar(&v.listen, "listen", "127.0.0.1:0", "address and port; 0 is any free port")
	f.BoolVar(&v.remote, "allow-remote", false, "listen on an address that other machines can reach")
	f.StringVar(&v.kubeconfig, "kubeconfig", "", "where the kubeconfig is written; left out, into a temporary folder. A file that etcdscope did not write is never replaced")
	f.StringVar(&v.replay, "replay", "", "a further context, replay: lists as of this revision, watches deliver what came after it")
	f.StringVar(&v.speed, "speed", "1", "with --replay: how many times as fast as it was; 0 is as fast as it can be read")
	v.recallFlags.define(c)
}

// The bounds of --speed, beside 0: at the slowest one, a second of the past takes a quarter of an hour.
const slowest, fastest = 0.001, 1e6

// check reads the flags that need no source.
func (v *apiServer) check(args []string) (err error) {
	if len(args) > 0 {
		if v.flags.from != "" || v.flags.demo {
			return usage("open %s: --from or --demo names another source; give one of them", what(args, ""))
		}
		v.flags.from = args[0]
	}
	if v.funcs.Serving.Listen == nil {
		return usage("serve the API: this build does not listen")
	}
	host, _, err := net.SplitHostPort(v.listen)
	if err != nil {
		return usage("read --listen %s: it is no address with a port; give one such as 127.0.0.1:0", clean.Key([]byte(v.listen)))
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case host == "" || ip != nil && ip.IsUnspecified():
		return usage("listen on %s: the certificate and the kubeconfig are for one address; give that by which clients reach this machine, with --allow-remote, or 127.0.0.1:0", clean.Key([]byte(v.listen)))
	case !loopback && !v.remote:
		return usage("listen on %s: other machines can reach that address; add --allow-remote if they are to", clean.Key([]byte(v.listen)))
	case !loopback && v.flags.reveal:
		return usage("listen on %s: with --reveal the values of Secrets are served, on a loopback address only; leave one of them out", clean.Key([]byte(v.listen)))
	}
	v.host = host
	if err := v.checkPace(); err != nil {
		return err
	}
	if err := v.recallFlags.check(); err != nil || v.kubeconfig == "" {
		return err
	}
	if err := v.funcs.Serving.Writable(v.kubeconfig); err != nil {
		return usage("%s", clean.Error(err))
	}
	return nil
}

// checkPace reads the speed of the replay.
func (v *apiServer) checkPace() (err error) {
	if v.pace, err = strconv.ParseFloat(v.speed, 64); err != nil || v.pace != 0 && !(v.pace >= slowest && v.pace <= fastest) {
		return usage("read --speed %s: it is neither 0, as fast as it can be read, nor a number from 0.001 to 1000000", clean.Key([]byte(v.speed)))
	}
	if v.pace != 1 && v.replay == "" {
		return usage("read --speed: it belongs to --replay; add it")
	}
	return nil
}

// contextName is what may be the name of a context: clients print it and make names of files from it.
var contextName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

// moments are the revisions that the flags name.
func (v *apiServer) moments(ctx context.Context) error {
	info, err := v.s.Source.Describe(ctx)
	if err != nil {
		return err
	}
	add := func(flag, name, text string) (int64, error) {
		m, err := readPast(flag, text)
		if err != nil {
			return 0, err
		}
		rev, err := v.s.at(ctx, flag, m)
		if err == nil && rev == 0 {
			rev = info.Revision
		}
		if err == nil {
			_, _, err = etcdsource.Get(ctx, v.s.Source, []byte(v.s.Root), rev)
		}
		return rev, err
	}
	asof, err := add("--rev", "asof", v.rev)
	if err != nil {
		return err
	}
	v.contexts, v.current = []serve.Context{{Name: "now"}, serve.At("asof", asof)}, "now"
	if v.rev != "" {
		v.current = "asof"
	}
	for _, s := range v.at {
		name, text, ok := strings.Cut(s, "=")
		taken := name == "replay" || slices.ContainsFunc(v.contexts, func(c serve.Context) bool { return c.Name == name })
		if !ok || name == "" || text == "" || taken {
			return usage("read --at %s: it is no NAME=REVISION with a name of its own", clean.Key([]byte(s)))
		}
		if !contextName.MatchString(name) {
			return usage("read --at %s: the name of a context has letters, digits, dots, hyphens and underscores, and begins and ends with a letter or digit", clean.Key([]byte(s)))
		}
		rev, err := add("--at", name, text)
		if err != nil {
			return err
		}
		v.contexts = append(v.contexts, serve.At(name, rev))
	}
	return nil
}

// replaying makes the context replay.
func (v *apiServer) replaying(ctx context.Context) (*kubeapi.Replay, error) {
	if v.replay == "" {
		return nil, nil
	}
	if v.s.live() && v.s.Info.Past != etcdsource.PastWhole {
		return nil, usage("replay: the changes of a live store are read from a recalled snapshot; add --recall")
	}
	m, err := readPast("--replay", v.replay)
	if err != nil {
		return nil, err
	}
	rev, err := v.s.at(ctx, "--replay", m)
	if err != nil {
		return nil, err
	}
	if _, _, err := etcdsource.Get(ctx, v.s.Source, []byte(v.s.Root), rev); err != nil {
		return nil, err
	}
	r := &kubeapi.Replay{From: rev, Speed: v.pace}
	info, err := v.s.Source.Describe(ctx)
	if err != nil {
		return nil, err
	}
	f := &dating.Finder{Opened: v.s.Opened, Spare: v.s.live(), First: max(info.Compacted, 1), Head: info.Revision}
	if err := errors.Join(f.Read(ctx, rev), f.Read(ctx, info.Revision)); err != nil {
		return nil, err
	}
	if r.Times = f.At; !f.Dated() && v.pace > 0 {
		v.warn("replay: nothing dates the revisions here; watches deliver them as fast as they can be read")
	}
	v.contexts = append(v.contexts, serve.Context{Name: "replay", Path: "/replay"})
	return r, nil
}

// run opens the source and serves it while f runs.
func (v *apiServer) run(ctx context.Context, args []string, f func(ctx context.Context, server, kubeconfig string) error) (err error) {
	if err := v.check(args); err != nil {
		return err
	}
	if v.s, err = v.open(ctx); err != nil {
		return err
	}
	defer v.s.close()
	if v.on {
		if err := v.recall(ctx, v.s, &v.recallFlags); err != nil {
			return err
		}
	}
	if err := v.s.rooted(ctx, "objects to serve"); err != nil {
		return err
	}
	if err := v.moments(ctx); err != nil {
		return err
	}
	api, err := v.answers(ctx)
	if err != nil {
		return err
	}
	return serve.Run(ctx, serve.Options{
		API: api, Host: v.host, Contexts: v.contexts, Current: v.current,
		Listen:     func(ctx context.Context) (net.Listener, error) { return v.funcs.Serving.Listen(ctx, v.listen) },
		Kubeconfig: v.write,
		Interrupted: func(err error, again bool) {
			then := "changes are not followed any more"
			if again {
				then = "it is opened again, until then lists are read for each client"
			}
			v.warn("watch: %s; %s", clean.Error(err), then)
		},
	}, f)
}

// write writes the kubeconfig. What is left of it at the end is said, except in the folder of the shell.
func (v *apiServer) write(data []byte) (file string, remove func(), err error) {
	file, gone, err := v.funcs.Serving.Kubeconfig(v.kubeconfig, data)
	return file, func() {
		if err := gone(); err != nil && !v.shelled {
			v.warn("%s", clean.Error(err))
		}
	}, err
}

// answers makes what answers the requests.
func (v *apiServer) answers(ctx context.Context) (api *kubeapi.API, err error) {
	api = &kubeapi.API{Known: v.s.Known, Source: v.s.Source, Reveal: v.flags.reveal}
	if api.Replay, err = v.replaying(ctx); err != nil {
		return nil, err
	}
	api.Resolve = func(ctx context.Context, text string) (int64, error) {
		m, err := readPast("the path", text)
		if err != nil {
			return 0, err
		}
		return v.s.at(ctx, "the path", m)
	}
	return api, nil
}

// announce says where the API is: with -o text and on a terminal in lines for people; with -o json, and where stdout is no terminal,
// as a line of JSON for programs.
func (v *apiServer) announce(file, url string) error {
	if v.flags.reveal {
		v.warn("the values of Secrets are served as they are")
	}
	if v.asked == "text" || v.asked == "" && v.out.tty {
		return v.announceText(file, url)
	}
	names := make([]string, len(v.contexts))
	for i, c := range v.contexts {
		names[i] = c.Name
	}
	err := v.out.json(struct {
		Server     string   `json:"server"`
		Kubeconfig string   `json:"kubeconfig"`
		Contexts   []string `json:"contexts"`
	}{url, file, names})
	if err == nil {
		err = v.out.flush()
	}
	if v.asked == "" && isTerminal(v.stderr) {
		v.warn("serving until ctrl+c; in another shell: export KUBECONFIG=%s", clean.Key([]byte(file)))
	}
	return err
}

// announceText does so in lines: what to type in another shell, and the contexts.
func (v *apiServer) announceText(file, url string) error {
	lines := []string{"serving at " + url + " until ctrl+c; in another shell:", "  export KUBECONFIG=" + clean.Key([]byte(file)), "contexts:"}
	for _, c := range v.contexts {
		line := "  " + c.Name
		if rev, ok := strings.CutPrefix(c.Path, "/at/"); ok {
			line += ", revision " + rev
		}
		switch {
		case c.Name == "replay":
			line += ": its time begins with the first watch, one for all clients; who comes later gets at once what is past"
		case c.Name == v.current:
			line += ", used where none is named"
		}
		lines = append(lines, line)
	}
	for _, l := range lines {
		if err := v.out.line(l); err != nil {
			return err
		}
	}
	return v.out.flush()
}

// shell runs a shell beside the server.
func (v *apiServer) shell(ctx context.Context, args []string) error {
	if v.funcs.Serving.Shell == nil {
		return usage("start a shell: this build starts none")
	}
	if v.kubeconfig != "" {
		return usage("read --kubeconfig: the shell has one of its own in a temporary folder; leave it out")
	}
	folder, remove, err := v.funcs.Serving.Folder()
	if err != nil {
		return err
	}
	defer func() { _ = remove() }()
	v.kubeconfig, v.shelled = folder+"/kubeconfig", true
	code := 0
	err = v.run(ctx, args, func(ctx context.Context, _, file string) (err error) {
		if isTerminal(v.stderr) {
			v.warn("kubectl sees %s here; exit ends it", clean.Key([]byte(v.s.Info.Target)))
		}
		code, err = v.funcs.Serving.Shell(ctx, folder, file, v.stdin, v.out.raw, v.stderr)
		return err
	})
	if err == nil && code != 0 {
		return &codeError{code: code}
	}
	return err
}
