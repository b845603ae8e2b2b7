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
		{"pods -l app=web", "", "", "-l is not understood here: :pods [-n NAMESPACE] [NAME] [/FILTER]."},
		{"pods a b c", "", "", "c is not understood"},
		{"nodes -n demo", "", "", "-n demo is not understood here: :nodes [NAME] [/FILTER]."},
		{"pods/", "", "", "pods/ is not understood"},
		{"pods -n", "", "", "-n is not understood"},
		{"/registry/x", "/registry/x", "", ""},
		{"nosuch demo", "-", "", ""},
	} {
		h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
		v.Opened.Root = "/registry/"
		f := New(h, v).(*Feature)
		_, taken := showType(f, c.line)
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
		if got := excerpt(&m); !strings.Contains(got, c.hit) || len([]rune(got[:strings.Index(got, c.hit)])) > maxField+maxBefore+2 {
			t.Errorf("%q", got)
		} else if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
