package search

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/grep"
	"github.com/etcdscope/etcdscope/model/learn"
)

// TestGrepCommand: the command that is copied of a search in values searches the same.
func TestGrepCommand(t *testing.T) {
	o := &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: kinds.Builtin()}}
	for _, c := range []struct{ text, folder, scope, want string }{
		{"noop", "/registry/", "", "grep -i noop"},
		{"Noop", "/registry/", "", "grep Noop"},
		{"noop", "/registry/configmaps/", "", "grep -i noop /registry/configmaps/"},
		{"noop", "/registry/", "shop", "grep -i noop -n shop"},
		{"noop", "/registry/configmaps/", "shop", "grep -i noop configmaps -n shop"},
		{"noop", "/registry/configmaps/demo/", "shop", ""},
		{"--noop", "/registry/", "", ""},
	} {
		g := grepping{text: c.text, folder: c.folder, scope: c.scope}
		q := grep.Query{Text: c.text, IgnoreCase: strings.ToLower(c.text) == c.text}
		if got := strings.Join(g.command(o, q), " "); got != c.want {
			t.Errorf("%q in %s, %s: %q, want %q", c.text, c.folder, c.scope, got, c.want)
		}
	}
}
