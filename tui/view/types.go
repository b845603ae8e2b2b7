package view

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Types are the entries of the palette that go to the folder of a type.
func Types(o *learn.Opened) (entries []dialog.Entry) {
	for _, r := range o.Kinds.All() {
		e := dialog.Entry{Name: clean.Key([]byte(r.FullName())), Help: clean.Key([]byte(r.Kind)), Arg: "[NAMESPACE]"}
		if !r.Namespaced {
			e.Arg = ""
		}
		for _, s := range slices.Concat([]string{r.Plural, r.Singular}, r.Short, words.AlsoCalled(r.FullName())) {
			if s = clean.Key([]byte(s)); s != "" && s != e.Name {
				e.Aliases = append(e.Aliases, s)
			}
		}
		entries = append(entries, e)
	}
	return entries
}
