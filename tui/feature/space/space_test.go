package space

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestCountEndsWhenLeft: the count goes on when the focus comes to the namespaces, and ends when it leaves them.
func TestCountEndsWhenLeft(t *testing.T) {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	for _, c := range []struct {
		from, to layout.ID
		ends     bool
	}{{layout.Keys, layout.Spaces, false}, {layout.Spaces, layout.Spaces, false}, {layout.Keys, layout.Report, false}, {layout.Spaces, layout.Keys, true}} {
		ended := false
		f.stopSpace = func() { ended = true }
		if f.Update(host.FocusMoved{From: c.from, To: c.to}); ended != c.ends {
			t.Errorf("from %v to %v: ended %v", c.from, c.to, ended)
		}
	}
	if _, took := f.Act(keymap.Requests); took {
		t.Error("it takes another action")
	}
}
