package sources

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/crypt"
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

// TestKMSKeepsThePlace: the source that is opened again with the plugin shows the key that was shown.
func TestKMSKeepsThePlace(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "main"))
	var err error
	if v.Opened.Keyring, err = crypt.Parse([]byte("kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\n" +
		"resources: [{resources: [secrets], providers: [{kms: {apiVersion: v2, name: vault, endpoint: 'unix:///run/kms.sock'}}]}]\n")); err != nil {
		t.Fatal(err)
	}
	v.Panes.Keys.Hold("/registry/secrets/demo/password")
	f := New(h, v).(*Feature)
	f.kms()
	if len(h.Dialogs) != 1 || v.Opening.Target.KMS {
		t.Fatalf("it does not ask: %d dialogs, %+v", len(h.Dialogs), h)
	}
	h.Dialogs[0].Key(tea.KeyPressMsg{Code: 'y', Text: "y"})
	if got := v.Opening.Target; !got.KMS || got.Goal != v.Panes.Keys.Cursor() || got.Goal == "" {
		t.Errorf("it opens %+v, the cursor is on %q", got, v.Panes.Keys.Cursor())
	}
}
