package print

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/tui/config"
)

// A command line that says nothing sensible is refused before anything is opened, with exit code 2.

// refuseUnknown makes help and completion refuse what they do not know, as all other commands do. The root must know
// its stdout by then: completion writes to that of the time when it was made.
func refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(cmd *cobra.Command, args []string) error {
				if _, rest, _ := root.Find(args); len(rest) > 0 {
					return usage("help %s: there is no such command; see etcdscope --help", clean.Key([]byte(strings.Join(args, " "))))
				}
				return nil
			}
		case "completion":
			shells := strings.Join(verbs(c), ", ")
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(*cobra.Command, []string) error {
				return usage("run etcdscope completion: it needs the name of a shell; give one of %s", shells)
			}
		}
	}
}

func verbs(c *cobra.Command) []string {
	var out []string
	for _, sub := range c.Commands() {
		out = append(out, sub.Name())
	}
	return out
}

// noCommand refuses a word that is no file, no cluster of the settings and no command: as a mistyped command where it can
// be one, else as a path that is not there.
func (a *app) noCommand(root *cobra.Command, word string) error {
	if exists(word) {
		return nil
	}
	var clusters []string
	if c, err := a.config(); err == nil {
		if c.Clusters[word].Endpoints != nil {
			return nil
		}
		clusters = c.Names()
	}
	if word == "" {
		return usage("open a file: its path is empty; give a path, or leave it out to open the cluster of this node")
	}
	shown := clean.Key([]byte(word))
	if strings.ContainsAny(word, `./\`) {
		return &codeError{exitSource, "open " + shown + ": there is no such file; check the path"}
	}
	if err := noneOf(word); err != nil {
		return err
	}
	if _, is := kinds.Builtin().Find(word); is {
		return usage("run %s: it is a type, and no command; etcdscope get %s prints objects of it, -A in all namespaces; --from opens a file", shown, shown)
	}
	do := "see etcdscope --help"
	root.SuggestionsMinimumDistance = 2
	near := root.SuggestionsFor(word)
	if n, ok := config.Near(word, clusters); ok {
		near = append(near, n)
	}
	if len(near) > 0 {
		do = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage("run %s: there is no such file, and no command or cluster of that name; %s", shown, do)
}

// noStory refuses a story that there is not, neither by name nor as a file.
func (a *app) noStory(name string) error {
	if a.funcs.Stories == nil || exists(name) {
		return nil
	}
	for _, s := range a.funcs.Stories() {
		if s.Name == name {
			return nil
		}
	}
	return usage("open story %s: there is no story of that name; etcdscope demo --list names the stories", clean.Key([]byte(name)))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// noEmpty refuses an empty value, as of an unset variable, of a flag that says what to open: something else would be.
func noEmpty(cmd *cobra.Command) error {
	for _, name := range []string{"from", "to", "endpoints", "name", "root"} {
		if f := cmd.Flag(name); f != nil && f.Changed && strings.Trim(f.Value.String(), "[]") == "" {
			return usage("read --%s: it is empty; give a value, or leave it out", name)
		}
	}
	return nil
}

// checkRate refuses what is no number of requests a second; 0 is none given.
func checkRate(n float64) error {
	if n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
		return usage("read --read-rate %v: it is no number of requests a second; give one above 0", n)
	}
	return nil
}

// checkRoot refuses a node's file tree that is not there: nothing would be found in it, and another etcd be opened.
func checkRoot(dir string) error {
	if st, err := os.Stat(dir); dir != "" && (err != nil || !st.IsDir()) {
		return usage("read --root %s: it is no folder; give that under which the node's file tree is mounted", clean.Key([]byte(dir)))
	}
	return nil
}
