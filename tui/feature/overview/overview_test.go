package overview

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestGathersOnce: the source is read when the overview is looked at, again when another time is shown or the user wants it,
// and not else.
func TestGathersOnce(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	if cmd, _ := f.Update(host.Settling{}); cmd != nil {
		t.Error("it is read though nobody looks")
	}
	h.Focused = screen
	for _, c := range []struct {
		what   string
		change func()
		reads  bool
	}{
		{"the first look", func() {}, true}, {"another look", func() {}, false}, {"another time", func() { v.State.Gen++ }, true},
		{"the same time", func() {}, false}, {"a wish", func() { f.Update(host.Refreshing{}) }, true},
	} {
		c.change()
		if cmd, _ := f.Update(host.Settling{}); (cmd != nil) != c.reads {
			t.Errorf("%s: it is read: %t", c.what, cmd != nil)
		}
	}
	if _, took := f.Act(keymap.Requests); took {
		t.Error("it takes another action")
	}
}

// TestAccountArrives: how far the report is, then what it found, is in what is shown; a change of time drops it.
func TestAccountArrives(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	h.Focused = screen
	f.Update(host.Settling{})
	f.Update(identifiedMsg{found: &overview.Overview{}})
	f.Update(host.SummedUp{Progress: "reading"})
	if f.reading != "reading" || f.account != nil {
		t.Error("the progress is lost")
	}
	f.Update(host.SummedUp{Account: &overview.Account{History: true}})
	if f.reading != "" || f.account == nil {
		t.Error("the account is lost")
	}
	v.State.Gen++
	if f.Update(host.Settling{}); f.account != nil {
		t.Error("the account is of another time")
	}
}
