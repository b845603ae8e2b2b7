package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/frame"
)

// drawing is the frame that is on the screen.
type drawing struct {
	frame  frame.Frame
	last   string // as it was drawn
	stale  bool   // something has changed since
	passes bool   // only time has passed since
}

// View implements tea.Model. Bubble Tea asks for it after every message; it is drawn only when something has changed.
func (m *Model) View() tea.View {
	d := &m.drawing
	if d.stale {
		d.stale = false
		if f := d.frame.Draw(m.scene(), d.passes); f != d.last { // the same text stays the same string: Bubble Tea compares 30 times a second
			d.last = f
		}
		d.passes = true
	}
	v := tea.NewView(d.last)
	v.AltScreen = true
	v.WindowTitle = "etcdscope"
	if m.pointer.on {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// scene is what is to be drawn.
func (m *Model) scene() frame.Scene {
	t := m.tab()
	number, tabs := numbered(m, t.first())
	return frame.Scene{
		View: t.v, Style: m.style, Lay: m.screen.lay, Focus: m.screen.focus, Pane: t.Pane, Tab: number, Tabs: tabs, Scopes: m.typing.scopes(),
		Foot:    frame.Foot{Prompt: m.typing.prompt, Input: &m.typing.input, Offered: m.typing.offered.Offered(), Working: t.features.Working(m.style.Now), Said: m.toast.said, Role: m.toast.role},
		Pending: m.typing.keys.Pending(), Next: m.typing.next(), Dialogs: &m.typing.dialogs,
	}
}
