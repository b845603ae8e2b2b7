package print

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// pluginName is what the program is called where kubectl finds it as a plugin.
const pluginName = "kubectl-etcdscope"

// calledAs makes usage lines and examples say what was typed: kubectl etcdscope, where kubectl started the program.
func calledAs(root *cobra.Command, name string) {
	if strings.TrimSuffix(filepath.Base(name), ".exe") != pluginName {
		return
	}
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl etcdscope"}
	rename := strings.NewReplacer("  etcdscope ", "  kubectl etcdscope ", "| etcdscope ", "| kubectl etcdscope ")
	root.Long, root.Example = rename.Replace(root.Long), rename.Replace(root.Example)
	for _, c := range append(root.Commands(), subcommands(root)...) {
		c.Example = rename.Replace(c.Example)
	}
}

func subcommands(root *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, c := range root.Commands() {
		out = append(out, c.Commands()...)
	}
	return out
}

func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write the manual pages into a folder", Args: cobra.ExactArgs(1), Annotations: formats("text"),
		Example: "  etcdscope man .\n  etcdscope man . && ls *.1\n  etcdscope man . -o text",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true // the pages of one version are the same whenever they are written
			err := os.MkdirAll(args[0], 0o755)
			if err == nil {
				err = a.manPages(root, args[0])
			}
			if err != nil {
				return &etcdsource.Problem{Tried: "write the manual into " + clean.Key([]byte(args[0])), Why: disk.Why(err), Do: disk.Do(err, "choose another folder"), Err: err}
			}
			return nil
		},
	}
}

// manPages writes the pages of a command and of those below it. A page is there as a whole, or as it was before.
func (a *app) manPages(cmd *cobra.Command, dir string) error {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && !c.IsAdditionalHelpTopicCommand() {
			if err := a.manPages(c, dir); err != nil {
				return err
			}
		}
	}
	var page bytes.Buffer
	h := &doc.GenManHeader{Section: "1", Source: "etcdscope " + a.version(), Manual: "etcdscope", Date: &time.Time{}}
	if err := doc.GenMan(cmd, h, &page); err != nil {
		return err
	}
	path := filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
	err := os.WriteFile(path+".part", page.Bytes(), 0o644)
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		_ = os.Remove(path + ".part")
	}
	return err
}

// completeTime bounds what a press of tab may cost.
const completeTime = 2 * time.Second

// complete adds what the shells can offer: types and namespaces, themes, formats, clusters, stories.
func (a *app) complete(root *cobra.Command) {
	only := func(words func(*cobra.Command) []string) cobra.CompletionFunc {
		return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return starting(words(cmd), typed), cobra.ShellCompDirectiveNoFileComp
		}
	}
	flag := func(c *cobra.Command, name string, words func(*cobra.Command) []string) {
		if c.Flag(name) != nil {
			_ = c.RegisterFlagCompletionFunc(name, only(words)) // fails where it is registered already
		}
	}
	flag(root, "theme", func(*cobra.Command) []string { return theme.Names() })
	flag(root, "name", func(*cobra.Command) []string {
		if c, err := a.config(); err == nil {
			return c.Names()
		}
		return nil
	})
	flag(root, "output", func(cmd *cobra.Command) []string { return strings.Fields(cmd.Annotations["formats"]) })
	for _, c := range root.Commands() {
		flag(c, "namespace", func(cmd *cobra.Command) []string { return a.namespaces(cmd.Context()) })
		switch c.Name() {
		case "get", "describe", "log", "blame", "diff", "rescue", "trace", "grep":
			before := 0
			if c.Name() == "grep" {
				before = 1 // the text
			}
			c.ValidArgsFunction = func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
				if len(args) != before || strings.HasPrefix(typed, "/") {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return starting(typeNames(), typed), cobra.ShellCompDirectiveNoFileComp
			}
		case "demo":
			c.ValidArgsFunction = only(func(*cobra.Command) []string {
				var names []string
				if a.funcs.Stories != nil {
					for _, s := range a.funcs.Stories() {
						names = append(names, s.Name+"\t"+s.Title)
					}
				}
				return names
			})
		}
	}
}

func starting(words []string, typed string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, typed) {
			out = append(out, w)
		}
	}
	return out
}

// typeNames are the types that every cluster has, as kubectl's completion names them.
func typeNames() []string {
	var out []string
	for _, r := range kinds.Builtin().All() {
		out = append(out, r.FullName()+"\t"+r.Kind)
	}
	return out
}

// namespaces asks the source for its namespaces: one small request, given up soon.
func (a *app) namespaces(ctx context.Context) []string {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completeTime)
	defer cancel()
	if a.flags.demo { // starting an etcd for a press of tab is too dear
		return nil
	}
	opened, err := a.learn(ctx, a.flags.openOptions(), false)
	if err != nil {
		return nil
	}
	defer opened.Source.Close()
	kids, err := opened.Source.Children(ctx, etcdsource.Prefix(opened.Root+"namespaces/"), etcdsource.At{})
	if err != nil {
		return nil
	}
	var out []string
	for c, err := range kids {
		if err != nil {
			break
		}
		out = append(out, clean.Key([]byte(c.Name)))
	}
	return out
}
