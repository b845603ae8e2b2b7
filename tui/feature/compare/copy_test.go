package compare

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestCopiedComparison: of a list of differences the line of etcdscope diff is copied, with its revisions, scope and filter.
func TestCopiedComparison(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	h.Choices.Source = func(string, string) []string { return []string{"--from=x.db"} }
	f := New(h, v).(*Feature)
	v.State.Head, h.Focused = 9, layout.Differences
	f.states.listing.from, f.states.listing.to = f.states.end(3), f.states.end(0)
	f.states.diffs.Begin("")
	row := func(key, typ string) differences.Row {
		return differences.Row{Key: key, Type: typ, NS: "d", Name: "a", Op: differences.Removed}
	}
	f.states.diffs.Add([]differences.Row{row("/registry/configmaps/d/a", "configmaps"), row("/registry/events/d/a", "events")}, 2)
	f.states.diffs.End("")
	copied := func() *host.Copied {
		if _, took := f.Act(keymap.Copy); !took {
			t.Fatal("y does nothing")
		}
		return h.Asked[len(h.Asked)-1].(host.CopyMenu).Own
	}
	for _, c := range []struct{ scope, filter, want, short string }{
		{"", "", "etcdscope diff 3 9 --filter '!kind:events,leases' --from=x.db", ""},
		{"d", "kind:configmaps type:deleted", "etcdscope diff 3 9 -n d --filter 'kind:configmaps type:deleted' --from=x.db", ""},
		{"", "by:kubelet", "etcdscope diff 3 9 --filter 'by:kubelet !kind:events,leases' --from=x.db", ""},
	} {
		v.Nav.Namespace = c.scope
		f.states.diffs.Filter(c.filter)
		if got := copied(); got.Command != c.want || got.Short != c.short {
			t.Errorf("%q in %q: %q without %q", c.filter, c.scope, got.Command, got.Short)
		}
	}
	v.Nav.Namespace = ""
	f.states.diffs.Filter("kind:configmaps")
	f.states.diffs.Do(keymap.Format)
	if got := copied(); got.Key != "/registry/configmaps/d/a" || !strings.Contains(got.Command, " --type deleted ") {
		t.Errorf("copied %+v", got)
	}
}
