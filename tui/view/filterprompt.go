package view

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/host"
)

// FilterPrompt is the prompt for a filter: what can follow is offered, and what is not understood is said. words are those that
// mean something where it is typed, as where says; each text that is typed goes to typed, and esc clears the filter. The filter that
// holds is followed by a blank, so that what is typed is another term.
func FilterPrompt(v *View, value string, words *filter.Known, where string, typed func(string) tea.Cmd) host.Prompt {
	words.Kinds, words.There = v.Opened.Kinds, func(r kinds.Resource) bool { return hasFolder(v, r) }
	if words.Fields == nil {
		words.Fields = v.Panes.History.Words().Fields
	}
	if value != "" {
		value = strings.TrimRight(value, " ") + " "
	}
	unseen := func(s string) string {
		if x, _ := filter.Parse(s, v.Opened.Kinds); x.TestsSecrets() && !v.Panes.Object.Revealed() {
			return "Values of Secrets are masked, and are not tested: R shows them."
		}
		return ""
	}
	done := func(s string) tea.Cmd {
		if said := unseen(s); said != "" {
			v.Host.Say(text.Warning, said)
		}
		return nil
	}
	return host.Prompt{Sign: "/", Value: value, Typed: typed, Done: done, Cancel: func() tea.Cmd { return typed("") },
		Complete: func(s string) []string { return filter.Complete(s, words) },
		Wrong: func(s string) string {
			x, err := filter.Parse(s, v.Opened.Kinds)
			if err != nil {
				return clean.Error(err)
			}
			if w := x.Foreign(words.Words...); words.Words != nil && w != "" {
				return w + ": means nothing " + where + "; 3, then /, filters the changes by it"
			}
			return ""
		}, Hint: func(s string) string { return cmp.Or(filter.Hint(s), words.Hint(s)) }}
}

// hasFolder reports whether a resource has a folder among those below the root, also one that it shares with others.
func hasFolder(v *View, r kinds.Resource) bool {
	root := v.State.Tree.Find(v.Opened.Root)
	if root == nil || len(root.Kids) == 0 {
		return true // not listed yet
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(v.Opened.Kinds.Prefix(v.Opened.Root, r, ""), v.Opened.Root), "/")
	return v.State.Tree.Find(v.Opened.Root+name+"/") != nil
}
