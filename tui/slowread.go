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
func (rd *reader) late(path string) tea.Cmd {
	m := lateMsg{rd.v.ask(), path}
	return tea.Tick(lateTime, func(time.Time) tea.Msg { return m })
}

func (rd *reader) onLate(m lateMsg) {
	switch {
	case rd.objectBusy && rd.objectOf == m.path:
		rd.v.object.Late()
	case rd.v.table.Folder() == m.path:
		rd.v.table.Late(m.path)
	}
}
