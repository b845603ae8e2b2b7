package view

import (
	"regexp"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/tui/words"
)

// Line is the command line of etcdscope with some arguments over what a view has opened, quoted for a shell; "" where there is none: a
// store of a rehearsal has no address, and the steps of a story that were played are in this process only. source returns the
// flags that open a target, nil where there are none.
func Line(v *View, source func(path, etcd string) []string, args ...string) string {
	target := v.Opening.Target
	if source == nil || target.Rehearsed.Socket != "" || v.Panes.Story != nil && v.Panes.Story.Begun() {
		return ""
	}
	flags := source(target.Path, target.Etcd)
	if target.Demo && !slices.Contains(flags, "--demo") {
		flags = append([]string{"--demo"}, flags...)
	}
	if root := v.Opened.Root; target.Prefix != "" || len(v.Opened.Roots) > 1 {
		flags = append(slices.DeleteFunc(flags, func(s string) bool { return strings.HasPrefix(s, "--prefix=") }), "--prefix="+root)
	}
	line := append(append([]string{"etcdscope"}, args...), flags...)
	return ShellLine(line...)
}

// ShellLine is a command with its arguments as a shell reads them.
func ShellLine(words ...string) string {
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellWord is an argument as a shell reads it.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return words.Quote(s)
}
