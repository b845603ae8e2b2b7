package tui

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestNewestChangesFirst: the newest changes are on the screen before the rest of the past is read, and each is there once afterwards.
func TestNewestChangesFirst(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	for i := range 700 {
		src.Put(fmt.Sprintf("/registry/configmaps/shop/c%03d", i), stored("ConfigMap", fmt.Sprintf("c%03d", i), "x"))
	}
	var rest tea.Msg
	n := 0
	m := program(t, map[string]*tuitest.Memory{"": src})
	d := tuitest.New(t, m, 160, 40, func(msg tea.Msg) bool {
		switch msg.(type) {
		case host.Passing:
			return true
		case view.FeedMsg:
			if n++; n == 2 {
				rest = msg
				return true
			}
		}
		return false
	})
	d.See("configmaps/shop/c699")
	d.Settle("the rest of the past", func() bool { return rest != nil })
	if got := len(m.view().State.Feed.Items()); got < 500 || got > 600 {
		t.Errorf("%d changes are known at first", got)
	}
	d.Send(rest)
	if got := len(m.view().State.Feed.Items()); got != 700 {
		t.Errorf("%d changes are known at last, want 700", got)
	}
}
