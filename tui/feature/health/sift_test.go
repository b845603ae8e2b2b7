package health

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestSift: a member is shown below the heads of the columns, a sentence with all its lines.
func TestSift(t *testing.T) {
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 1}
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	hosttest.Run(f, f.ask(v.Panes.Style.Now, true))
	all := screen(t, f.pane, 60, 50)
	sift := func(s string) string {
		x, _ := filter.Parse(s, nil)
		f.pane.Sift(x)
		return screen(t, f.pane, 60, 50)
	}
	if s := sift("m1"); !strings.Contains(s, "NAME") || !strings.Contains(s, "m1␛") || strings.Contains(s, "m0␛ ") || !strings.Contains(f.pane.Title().Left, "/m1") {
		t.Errorf("%q\n%s", f.pane.Title().Left, s)
	}
	if s := sift("If dies"); !strings.Contains(s, "If m1␛ or m2␛ dies") || strings.Contains(s, "NAME") {
		t.Errorf("a sentence of several lines:\n%s", s)
	}
	if s := sift("zzqq"); !strings.Contains(s, "No line has zzqq in it: esc shows all.") {
		t.Error(s)
	}
	if s := sift(""); s != all {
		t.Errorf("without a filter:\n%s\nwas\n%s", s, all)
	}
}
