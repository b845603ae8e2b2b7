package tui

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestDifferencesWithoutPast: of a live store / says why it cannot ask who made a difference; a file is asked.
func TestDifferencesWithoutPast(t *testing.T) {
	t.Parallel()
	for kind, want := range map[etcdsource.Kind]string{
		etcdsource.KindLive: "by: asks for the write behind a difference, and the past of the live store",
		etcdsource.KindFile: "/by:kubelet",
	} {
		d := drive(t, program(t, map[string]*tuitest.Memory{"": served(kind)}), 160, 40)
		d.See("▸ pods")
		d.Command("compare 3")
		d.See("+ 3 created")
		d.Press("/")
		d.Type("by:kubelet")
		d.Press("enter")
		d.See(want)
		d.Press("esc")
		d.See("Differences")
	}
}
