package view

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// ProgressMsg is how far a long work of a view is.
type ProgressMsg struct {
	host.To
	Step        string
	Done, Total int64 // bytes, total -1 while not known
	Next        tea.Cmd
}

// Drop implements host.Dropper.
func (m ProgressMsg) Drop() tea.Cmd { return m.Next }

// Progress returns what a long work of a view reports to, what hands the reports on, one a frame, and what ends that. A
// report that was not taken yet is replaced.
func Progress(tab int) (report host.Progress, next tea.Cmd, end func()) {
	steps := make(chan ProgressMsg, 1)
	report = func(step string, done, total int64) {
		for s := (ProgressMsg{To: host.To{Tab: tab}, Step: step, Done: done, Total: total}); ; {
			select {
			case steps <- s:
				return
			default:
			}
			select {
			case <-steps:
			default:
			}
		}
	}
	next = func() tea.Msg {
		s, ok := <-steps
		if !ok {
			return nil
		}
		s.Next = tea.Tick(host.FrameTime, func(time.Time) tea.Msg { return next() })
		return s
	}
	return report, next, func() { close(steps) }
}

// onProgress takes a report of how far the opening is.
func (o *Opening) onProgress(msg *ProgressMsg) {
	o.Far = msg.Step + " " + widget.Bytes(msg.Done)
	if msg.Total > msg.Done {
		o.Far += " of " + widget.Bytes(msg.Total)
	}
}
