package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The mouse is asked of rectangles of the last layout: those of the panes, of the time scale, of the header's slots.

// doubleClick is the longest time between the two presses of a double click.
const doubleClick = 400 * time.Millisecond

// click is the last press of the mouse.
type click struct {
	x, y int
	when time.Time
	// drag is the revision that the mouse was drawn to on the time scale, -1 before it moves, 0 when it is not pressed.
	drag  int64
	slots []slot // of the header
	hints []slot // of the key line
}

// slot is a part of the header or of the key line that does something when it is clicked.
type slot struct {
	from, to int
	action   keymap.Action
}

// slot remembers that what was painted since column from is a slot.
func (m *Model) slot(r *pane.Painter, from int, a keymap.Action) {
	m.clicked.slots = append(m.clicked.slots, slot{from, m.lay.W - r.Free(), a})
}

// onMouse gives the mouse to what is under it.
func (m *Model) onMouse(msg tea.MouseMsg) tea.Cmd {
	t := m.view()
	switch {
	case m.dialogs.Top() != nil:
		return m.dialogs.Mouse(msg, m.lay.W, m.lay.H)
	case m.lay.TooSmall:
		return nil
	}
	at := msg.Mouse()
	if _, ok := msg.(tea.MouseClickMsg); ok && at.Y == m.lay.H-1 {
		return m.clickOn(m.clicked.hints, at.X)
	}
	if t.State == nil {
		return nil
	}
	onScale := m.lay.Past > 0 && at.Y == 1
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		return m.wheel(msg)
	case tea.MouseMotionMsg:
		if m.clicked.drag != 0 && msg.Button == tea.MouseLeft {
			m.clicked.drag = max(m.scale(t).revision(at.X), 1)
			m.say(text.Travel, "Release to travel to revision "+widget.Thousands(m.clicked.drag)+".")
		}
	case tea.MouseReleaseMsg:
		if rev := m.clicked.drag; rev != 0 {
			if m.clicked.drag = 0; rev > 0 {
				return m.tab().Travel(rev)
			}
		}
	case tea.MouseClickMsg:
		switch {
		case onScale:
			m.clicked.drag = -1
			return m.tab().Travel(m.scale(t).revision(at.X))
		case at.Y == 0:
			return m.clickOn(m.clicked.slots, at.X)
		default:
			return m.press(msg)
		}
	}
	return nil
}

// clickOn does what the slot at a column does.
func (m *Model) clickOn(slots []slot, x int) tea.Cmd {
	for _, s := range slots {
		if x >= s.from && x < s.to {
			m.prompt.ask = nil
			return m.act(s.action)
		}
	}
	return nil
}

// sideways are the turns of a wheel that move the text to the left or right; with shift those up and down do.
var sideways = map[tea.MouseButton]keymap.Action{tea.MouseWheelLeft: keymap.Left, tea.MouseWheelRight: keymap.Right,
	tea.MouseWheelUp: keymap.Left, tea.MouseWheelDown: keymap.Right}

func (m *Model) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	id, _ := m.lay.At(msg.X, msg.Y)
	if id == layout.None {
		return nil
	}
	if msg.Mod.Contains(tea.ModShift) || msg.Button == tea.MouseWheelLeft || msg.Button == tea.MouseWheelRight {
		return m.tab().Carry(m.tab().pane(id).Do(sideways[msg.Button]))
	}
	if c, ok := m.tab().pane(id).(pane.Clicker); ok {
		return m.tab().Carry(c.Wheel(map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[msg.Button]))
	}
	return nil
}

// press focuses and selects; a second press opens, the right button asks what to copy of it.
func (m *Model) press(msg tea.MouseClickMsg) tea.Cmd {
	id, y := m.lay.At(msg.X, msg.Y)
	if id == layout.None {
		return nil
	}
	if id != layout.Selected && id != m.focus {
		m.setFocus(id)
	}
	place, _ := m.lay.Of(id)
	now := time.Now()
	double := now.Sub(m.clicked.when) < doubleClick && m.clicked.x == msg.X && m.clicked.y == msg.Y
	m.clicked.x, m.clicked.y, m.clicked.when = msg.X, msg.Y, now
	var cmd tea.Cmd
	if c, ok := m.tab().pane(id).(pane.Clicker); ok && y >= 0 {
		cmd = m.tab().Carry(c.Click(msg.X-place.X, y, double && msg.Button == tea.MouseLeft))
	}
	if msg.Button == tea.MouseRight {
		m.tab().Ask(host.CopyMenu{})
	}
	return cmd
}
