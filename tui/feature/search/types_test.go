package search

import (
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/grep"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// typing is the feature on a store that has objects of some types.
func typing(t *testing.T) (*hosttest.Host, *Feature) {
	t.Helper()
	src := tuitest.NewMemory(etcdsource.KindFile, "file")
	for _, key := range []string{"namespaces/demo", "pods/demo/web-1", "services/specs/demo/web", "minions/node-a", "deployments/team-a/hungry"} {
		src.Put("/registry/"+key, []byte("{}"))
	}
	h, v := hosttest.View(t, src)
	v.Opened.Root = "/registry/"
	return h, New(h, v).(*Feature)
}

// TestShowType: a type takes what kubectl and k9s let follow it; what is not understood is named, and nothing is done.
func TestShowType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, to, filter, says string }{
		{"pods", "/registry/pods/", "", ""},
		{"pods demo", "/registry/pods/demo/", "", ""},
		{"po -n demo", "/registry/pods/demo/", "", ""},
		{"po --namespace=demo", "/registry/pods/demo/", "", ""},
		{"pods -A", "/registry/pods/", "", ""},
		{"pods /crash ns:x", "/registry/pods/", "crash ns:x", ""},
		{"pods demo /crash", "/registry/pods/demo/", "crash", ""},
		{"svc/web -n demo", "/registry/services/specs/demo/web", "", ""},
		{"pods web-1 -n demo", "/registry/pods/demo/web-1", "", ""},
		{"pods -n demo web-1", "/registry/pods/demo/web-1", "", ""},
		{"node node-a", "/registry/minions/node-a", "", ""},
		{"no/node-a", "/registry/minions/node-a", "", ""},
		{"svc/web", "", "", "In which namespace? :svc/web -n NAMESPACE"},
		{"pods -l app=web", "", "", "For -l in a shell: etcdscope get pods -A -l app=web; here / filters by text."},
		{"po --selector=app=web -n demo", "", "", "etcdscope get pods -A -l app=web;"},
		{"po -lapp=web", "", "", "For -lapp=web in a shell: etcdscope get pods -A -l app=web;"},
		{"po app=web", "", "", "For app=web in a shell: etcdscope get pods -A -l app=web; here"},
		{"pods -o wide", "", "", "-o is not understood here: :pods [-n NAMESPACE] [NAME] [/FILTER]."},
		{"deploy demo", "/registry/deployments/", "ns:demo", "No deployments in namespace demo."},
		{"deploy demo /x", "/registry/deployments/", "ns:demo x", "No deployments in namespace demo."},
		{"deploy nope", "/registry/deployments/", "ns:nope", "There is no namespace nope."},
		{"ds demo", "", "", "No daemonsets in namespace demo, nor any daemonsets elsewhere."},
		{"ds -A", "", "", "No daemonsets in this store at this revision."},
		{"pods a b c", "", "", "c is not understood"},
		{"nodes -n demo", "", "", "-n demo is not understood here: :nodes [NAME] [/FILTER]."},
		{"pods/", "", "", "pods/ is not understood"},
		{"pods -n", "", "", "-n is not understood"},
		{"/registry/x", "/registry/x", "", ""},
		{"nosuch demo", "-", "", ""},
	} {
		h, f := typing(t)
		v := f.v
		cmd, taken := showType(f, c.line)
		hosttest.Run(f, cmd)
		want := []string{c.to}
		if c.to == "" || c.to == "-" {
			want = nil
		}
		said := strings.Join(h.Said, " ")
		if taken != (c.to != "-") || !slices.Equal(h.Jumped, want) || !strings.Contains(said, c.says) || c.says == "" && said != "" {
			t.Errorf(":%s goes to %q and says %q, want %q and %q", c.line, h.Jumped, said, c.to, c.says)
		}
		if v.Panes.Table.Select(c.to, ""); v.Panes.Table.Filtered() != c.filter {
			t.Errorf(":%s filters by %q, want %q", c.line, v.Panes.Table.Filtered(), c.filter)
		}
	}
}

// TestExcerpt: the hit of a search in values is near the beginning of its row, which may be cut behind it.
func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field, line, hit, want string
	}{
		{"seq", "  noop ", "noop", "seq: noop"},
		{"", "a: needle", "needle", "a: needle"},
		{"kubectl.kubernetes.io/last-applied-configuration", `{"apiVersion":"v1","data":{"provider":"needle"}}`, "needle", `kubectl.k…figuration: …provider":"needle"}}`},
		{"x", "ein größeres ✓✓✓✓✓✓✓✓ needle\x1b[2J", "needle", "x: …s ✓✓✓✓✓✓✓✓ needle␛[2J"},
	} {
		m := grep.Match{Field: c.field, Line: c.line, From: strings.Index(c.line, c.hit)}
		m.To = m.From + len(c.hit)
		n := excerpt(&m)
		if got := n.String(); n.Text[n.From:n.To] != c.hit || len([]rune(got[:strings.Index(got, c.hit)])) > maxField+maxBefore+2 {
			t.Errorf("%+v", n)
		} else if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
