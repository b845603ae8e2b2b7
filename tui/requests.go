package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// showRequests lists what was asked of the server, and with which etcdctl line anybody can ask the same.
func (m *Model) showRequests(t *tab) tea.Cmd {
	rq, err := etcdsource.As[etcdsource.Requester](t.opened.Source)
	if err != nil {
		m.say(text.Muted, "No server is asked: everything comes from the file.")
		return nil
	}
	title := func() string {
		_, sum := rq.Requests()
		return fmt.Sprintf("%s requests, %d writes   %s sent, %s received",
			widget.Thousands(sum.Requests), sum.Writes, widget.Bytes(sum.Sent), widget.Bytes(sum.Received))
	}
	m.dialogs.Push(dialog.NewList(title, func() []string {
		list, _ := rq.Requests()
		lines := []string{fmt.Sprintf("%-8s  %-12s %9s %10s  %s", "at", "call", "took", "received", "the same with etcdctl")}
		for i := range list {
			r := &list[i]
			line := fmt.Sprintf("%-8s  %-12s %9s %10s  %s", r.Start.Format(time.TimeOnly), clean.Key([]byte(r.Call)),
				r.Took.Round(100*time.Microsecond), widget.Bytes(r.Received), clean.Key([]byte(r.Etcdctl)))
			if r.Err != "" {
				line += "   " + clean.Text(r.Err)
			}
			lines = append(lines, line)
		}
		return lines
	}))
	return nil
}
