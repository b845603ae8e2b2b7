package sources

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestApart: the folder that another etcd keeps opens that one, at the folder, whether by its folder or by its
// name; one that keeps nothing of these keys has a tab of its own.
func TestApart(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "main"))
	v.Opened.Etcds = []learn.Etcd{{Name: "events", Resources: []string{"events"}}}
	f := New(h, v)
	if _, took := f.Update(pane.OpenApart{Path: "/registry/events/"}); !took || len(h.Targets) != 1 {
		t.Fatalf("it opens %+v", h.Targets)
	}
	if want := (host.Target{Etcd: "events", Goal: "/registry/events/"}); h.Targets[0] != want {
		t.Errorf("%+v, want %+v", h.Targets[0], want)
	}
	for _, c := range f.(host.Commands).Commands() {
		if c.Names[0] == "etcd" {
			c.Run("events")
			c.Run("cilium")
		}
	}
	if len(h.Targets) != 3 || h.Targets[1] != h.Targets[0] || h.Targets[2] != (host.Target{Etcd: "cilium"}) {
		t.Errorf("by name: %+v", h.Targets)
	}
}
