package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/host"
)

// lateTime is how long a source may take before the screen says that it is waiting: sooner it would only flicker.
const lateTime = 150 * time.Millisecond

// lateMsg says that what was asked for at the cursor is late, unless it has come.
type lateMsg struct {
	host.Ask
	path string
}

// late looks after a while whether what was asked for has come.
func (t *tab) late(path string) tea.Cmd {
	m := lateMsg{t.ask(), path}
	return tea.Tick(lateTime, func(time.Time) tea.Msg { return m })
}

func (t *tab) onLate(m lateMsg) {
	switch {
	case t.objectBusy && t.objectOf == m.path:
		t.object.Late()
	case t.table.Folder() == m.path:
		t.table.Late(m.path)
	}
}
