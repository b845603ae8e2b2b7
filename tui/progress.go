package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// progressMsg is how far a long work of a tab is.
type progressMsg struct {
	host.To
	step        string
	done, total int64 // bytes, total -1 while not known
	next        tea.Cmd
}

// Drop implements host.Dropper.
func (m progressMsg) Drop() tea.Cmd { return m.next }

// progress returns what a long work of a tab reports to, what hands the reports on, one a frame, and what ends that. A
// report that nobody has taken is replaced.
func progress(tab int) (report host.Progress, next tea.Cmd, end func()) {
	steps := make(chan progressMsg, 1)
	report = func(step string, done, total int64) {
		for s := (progressMsg{To: host.To{Tab: tab}, step: step, done: done, total: total}); ; {
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
		s.next = tea.Tick(host.FrameTime, func(time.Time) tea.Msg { return next() })
		return s
	}
	return report, next, func() { close(steps) }
}

// onProgress takes a report of how far the opening is.
func (t *tab) onProgress(msg *progressMsg) {
	t.far = msg.step + " " + widget.Bytes(msg.done)
	if msg.total > msg.done {
		t.far += " of " + widget.Bytes(msg.total)
	}
}
