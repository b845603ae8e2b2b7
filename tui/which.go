package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
)

// whichTime is how long a first key of two waits before what can follow is shown.
const whichTime = 150 * time.Millisecond

// whichMsg says that a key has waited.
type whichMsg struct{ presses int }

// waiting begins to wait for the second key of a sequence.
func (m *Model) waiting() tea.Cmd {
	msg := whichMsg{m.presses}
	return tea.Tick(whichTime, func(time.Time) tea.Msg { return msg })
}

func (m *Model) onWhich(msg whichMsg) { m.which = msg.presses == m.presses && m.keys.Pending() != "" }

// overWhich draws what can follow into a frame.
func (m *Model) overWhich(frame string) string {
	if !m.which || m.keys.Pending() == "" {
		return frame
	}
	var items []dialog.Item
	for _, b := range m.keys.After(m.scope()) {
		items = append(items, dialog.Item{Key: keymap.Name(b.Keys[0]), Label: strings.TrimSuffix(b.Help, ".")})
	}
	if len(items) == 0 {
		return frame
	}
	return dialog.Over(frame, dialog.NewKeys(m.keys.Pending()+" …", items), m.lay.W, m.lay.H, m.style.Theme)
}
