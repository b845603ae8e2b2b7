package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestConnectionComesBack loses the connection: what is on the screen stays, and what could not be read meanwhile is read
// when etcd answers again.
func TestConnectionComesBack(t *testing.T) {
	src, d := opened(t, 120, 30)
	listed(d)
	status := func(s etcdsource.State) {
		src.Send(etcdsource.Batch{Status: etcdsource.Status{State: s, Why: "no answer within 2s"}})
	}
	status(etcdsource.Retrying)
	d.See("▲ RETRYING")
	d.See("Not connected: no answer within 2s.   What is on the screen stays.")
	src.Fail(errors.New("no answer"))
	d.Press("ctrl+r")
	d.See("follows again when etcd answers")
	if !strings.Contains(d.Text(), "configmaps") {
		t.Errorf("the keys went away:\n%s", d.Text())
	}
	d.Press(":")
	d.Type("key /registry/configmaps/shop/flags")
	d.Press("enter")
	d.See("This key cannot be read")
	d.Press("ctrl+r") // there is nothing left to lose
	d.See("The keys cannot be read.")
	src.Fail(nil)
	status(etcdsource.Live)
	d.See("● LIVE")
	d.See("field: two")
	d.See("▾ configmaps")
}

// TestHeaderShowsWholeNumbers narrows the screen: what does not fit into the header is left out, never cut.
func TestHeaderShowsWholeNumbers(t *testing.T) {
	src, d := opened(t, 200, 30)
	listed(d)
	src.Load([]etcdsource.Event{{Key: []byte("/registry/configmaps/shop/late"), Value: []byte("{}"), Mod: 48112904, Create: 48112904, Version: 1, Type: etcdsource.Created}})
	d.See("rev 48,112,904")
	for w := 200; w >= 40; w-- {
		d.Send(tea.WindowSizeMsg{Width: w, Height: 30})
		head, _, _ := strings.Cut(ansi.Strip(fmt.Sprint(d.Text())), "\n")
		if !strings.Contains(head, "● LIVE") || !strings.Contains(head, "rev 48,112,904") || strings.HasSuffix(strings.TrimSpace(head), "…") {
			t.Fatalf("at %d columns the header is %q", w, head)
		}
		if before, _, ok := strings.Cut(head, "writes/s"); ok && strings.Contains(before, "…") && w > 60 {
			t.Fatalf("at %d columns the header is %q", w, head)
		}
	}
}
