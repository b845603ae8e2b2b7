package view_test

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestSudo: what could not be opened for want of a right is offered to be opened with sudo; nothing else is, and only what the
// command line named.
func TestSudo(t *testing.T) {
	t.Parallel()
	denied := &etcdsource.Problem{Tried: "open the etcd of this machine", Why: "client.key: no right to read it", Do: "run with sudo"}
	for _, c := range []struct {
		name   string
		argv   []string
		err    error
		target host.Target
		want   string
	}{
		{"no right", []string{"sudo", "etcdscope"}, denied, host.Target{}, "starts etcdscope again with sudo"},
		{"as root, or without sudo", nil, denied, host.Target{}, ""},
		{"another reason", []string{"sudo", "etcdscope"}, &etcdsource.Problem{Tried: "open", Why: "nothing listens there", Do: "check the address"}, host.Target{}, ""},
		{"a tab that was opened later", []string{"sudo", "etcdscope"}, denied, host.Target{Path: "/x.db"}, ""},
		{"opening", []string{"sudo", "etcdscope"}, nil, host.Target{}, ""},
	} {
		h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "cluster"))
		v.Host, h.Choices.Sudo, v.Opening.Err, v.Opening.Target = h, c.argv, c.err, c.target
		if got := view.Enter(v); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if cmd := v.OpenAnyway(); (cmd != nil) != (c.want != "") {
			t.Errorf("%s: enter does something: %t", c.name, cmd != nil)
		}
	}
}
