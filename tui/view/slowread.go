package view

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/host"
)

// lateTime is how long a source may take before the screen says that it is waiting: sooner it would only flicker.
const lateTime = 150 * time.Millisecond

// slowMsg says that what was asked for at the cursor is late, unless it has come.
type slowMsg struct {
	host.Ask
	path string
}

// late looks after a while whether what was asked for has come.
func (rd *Reader) late(path string) tea.Cmd {
	m := slowMsg{rd.v.Ask(), path}
	return tea.Tick(lateTime, func(time.Time) tea.Msg { return m })
}

func (rd *Reader) onLate(m slowMsg) {
	switch {
	case rd.objectOf == m.path && (rd.objectBusy || rd.v.Panes.Object.Drawing()):
		rd.v.Panes.Object.Late()
	case rd.v.Panes.Table.Folder() == m.path:
		rd.v.Panes.Table.Late(m.path)
	}
}
