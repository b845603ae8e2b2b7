package requests

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// server is a source that was asked something.
type server struct{ *tuitest.Memory }

func (server) Requests() ([]etcdsource.Request, etcdsource.RequestTotals) {
	return []etcdsource.Request{{Call: "Range\x1b[2J", Etcdctl: "etcdctl get /registry/", Err: "no \x1broute"}}, etcdsource.RequestTotals{Requests: 1234, Sent: 2048, Received: 10}
}

func (s server) Asked() etcdsource.RequestTotals { _, sum := s.Requests(); return sum }

// TestRequests: @ lists every request with its etcdctl line and the totals; what a server said is safe to draw.
func TestRequests(t *testing.T) {
	h, v := hosttest.View(t, server{tuitest.NewMemory(etcdsource.KindLive, "live")})
	f := New(h, v)
	if _, took := f.Act(keymap.Requests); !took || len(h.Dialogs) != 1 {
		t.Fatalf("it took it: %v, %d dialogs", took, len(h.Dialogs))
	}
	d := h.Dialogs[0]
	if !strings.HasPrefix(d.Title(), "1234 requests, 0 writes") {
		t.Errorf("its title is %q", d.Title())
	}
	th, _ := theme.Choose(theme.Terminal{}, "mono", false)
	w, n := d.Size(160, 40)
	var rows strings.Builder
	for y := range n {
		rows.Write(d.Row(nil, y, w, th))
	}
	if s := rows.String(); !strings.Contains(s, "etcdctl get /registry/") || !strings.Contains(s, "Range␛[2J") || !strings.Contains(s, "no ␛route") {
		t.Errorf("its rows are %q", s)
	}
}

// TestNoServer: of a file nothing is asked, which is said; other actions are left to other features, as is esc.
func TestNoServer(t *testing.T) {
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v)
	f.Act(keymap.Requests)
	if len(h.Dialogs) != 0 || len(h.Said) != 1 {
		t.Errorf("%d dialogs, it said %q", len(h.Dialogs), h.Said)
	}
	if _, took := f.Act(keymap.Roots); took {
		t.Error("it takes another action")
	}
	if _, took := f.Back(); took {
		t.Error("it takes esc")
	}
	f.(host.Commands).Commands()[0].Run("")
	if len(h.Said) != 2 {
		t.Errorf("the command does not do the same: %q", h.Said)
	}
}
