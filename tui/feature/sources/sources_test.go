package sources

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestApart: the folder that another etcd keeps opens that one, at the folder; a revision of one store is never taken for one
// of the other.
func TestApart(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "main"))
	v.Opened.Etcds = []learn.Etcd{{Name: "events", Resources: []string{"events"}}}
	f := New(h, v)
	if _, took := f.Update(pane.OpenApart{Path: "/registry/events/"}); !took || len(h.Targets) != 1 {
		t.Fatalf("it opens %+v", h.Targets)
	}
	if want := (host.Target{Etcd: "events", Goal: "/registry/events/"}); h.Targets[0].Etcd != want.Etcd || h.Targets[0].Goal != want.Goal || !h.Targets[0].When.IsZero() {
		t.Errorf("%+v, want %+v", h.Targets[0], want)
	}
	v.State.Head = 9
	v.State.Travel(5) // of which nothing says the time
	f.Update(pane.OpenApart{Path: "/registry/events/"})
	if len(h.Targets) != 2 || !h.Targets[1].When.IsZero() || len(h.Said) != 1 || !strings.Contains(h.Said[0], "events is shown as it is now") {
		t.Errorf("%+v, %q", h.Targets, h.Said)
	}
}
