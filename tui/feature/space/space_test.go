package space

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/space"
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

// TestCountSaysHowFarItIs: by keys where they are read one by one, by types where they are counted, by namespaces inside a
// type that is counted namespace by namespace.
func TestCountSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   space.Progress
		want string
	}{
		{space.Progress{Keys: 1234}, "1234 keys read"}, {space.Progress{Types: 3, AllTypes: 40}, "3 of 40 types counted"},
		{space.Progress{Kind: "po\x1bds", Spaces: 2, AllSpaces: 9, Types: 3, AllTypes: 40}, "po␛ds: 2 of 9 namespaces counted"},
	} {
		n := &counter{out: make(chan spaceMsg, 1)}
		if n.progress(c.at); n.msg.how != c.want {
			t.Errorf("%+v: %q, want %q", c.at, n.msg.how, c.want)
		}
	}
}
