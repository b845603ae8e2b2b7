package requests

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Feature shows what was asked of the server.
type Feature struct {
	host host.Host
	v    *view.View
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a != keymap.Requests {
		return nil, false
	}
	return tea.Batch(f.showRequests(), f.host.Settle()), true
}

// Update implements host.Feature.
func (f *Feature) Update(tea.Msg) (tea.Cmd, bool) { return nil, false }

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 110, Names: []string{"requests"}, Help: "Every request that was sent, with its etcdctl line", Run: func(string) tea.Cmd { return f.showRequests() }}}
}

// showRequests lists what was asked of the server, and which etcdctl line asks the same.
func (f *Feature) showRequests() tea.Cmd {
	rq, err := etcdsource.As[etcdsource.Requester](f.v.Opened.Source)
	if err != nil {
		f.host.Say(text.Muted, "No server is asked: everything comes from the file.")
		return nil
	}
	title := func() string {
		_, sum := rq.Requests()
		return fmt.Sprintf("%s requests, %d writes   %s sent, %s received, %s keys",
			widget.Thousands(sum.Requests), sum.Writes, widget.Bytes(sum.Sent), widget.Bytes(sum.Received), widget.Thousands(sum.Keys))
	}
	f.host.Push(dialog.NewList(title, func() []string {
		list, _ := rq.Requests()
		lines := []string{fmt.Sprintf("%-8s  %-12s %9s %10s  %s", "at", "call", "took", "received", "the same with etcdctl")}
		for i := range list {
			r := &list[i]
			line := fmt.Sprintf("%-8s  %-12s %9s %10s  %s", r.Start.Format(time.TimeOnly), clean.Key([]byte(r.Call)),
				r.Took.Round(100*time.Microsecond), widget.Bytes(r.Received), decode.HideTokens(clean.Key([]byte(r.Etcdctl))))
			if r.Err != "" {
				line += "   " + clean.Text(r.Err)
			}
			lines = append(lines, line)
		}
		return lines
	}))
	return nil
}
