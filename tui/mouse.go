package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The mouse is asked of rectangles of the last layout: those of the panes, of the time scale, of the header's slots.

// doubleClick is the longest time between the two presses of a double click.
const doubleClick = 400 * time.Millisecond

// pointer is the mouse.
type pointer struct {
	m  *Model
	on bool // it moves the program; else it selects text in the terminal
	// x, y and when are of the last press.
	x, y int
	when time.Time
	// drag is the revision that the mouse was drawn to on the time scale, -1 before it moves, 0 when it is not pressed.
	drag int64
}

// onMouse gives the mouse to what is under it.
func (p *pointer) onMouse(msg tea.MouseMsg) tea.Cmd {
	t := p.m.view()
	switch {
	case p.m.typing.dialogs.Top() != nil:
		return p.m.typing.dialogs.Mouse(msg, p.m.screen.lay.W, p.m.screen.lay.H)
	case p.m.screen.lay.TooSmall:
		return nil
	}
	at := msg.Mouse()
	if _, ok := msg.(tea.MouseClickMsg); ok && at.Y == p.m.screen.lay.H-1 {
		return p.clickOn(p.m.drawing.frame.KeyLine(at.X))
	}
	if t.State == nil {
		return nil
	}
	onScale := p.m.screen.lay.Past > 0 && at.Y == 1
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		return p.wheel(msg)
	case tea.MouseMotionMsg:
		if p.drag != 0 && msg.Button == tea.MouseLeft {
			p.drag = max(p.m.drawing.frame.Revision(t, p.m.screen.lay.W, at.X), 1)
			p.m.say(text.Travel, "Release to travel to revision "+widget.Thousands(p.drag)+".")
		}
	case tea.MouseReleaseMsg:
		if rev := p.drag; rev != 0 {
			if p.drag = 0; rev > 0 {
				return p.m.tab().Travel(rev)
			}
		}
	case tea.MouseClickMsg:
		switch {
		case onScale:
			p.drag = -1
			return p.m.tab().Travel(p.m.drawing.frame.Revision(t, p.m.screen.lay.W, at.X))
		case at.Y == 0:
			return p.clickOn(p.m.drawing.frame.Header(at.X))
		default:
			return p.press(msg)
		}
	}
	return nil
}

// sideways are the turns of a wheel that move the text to the left or right; with shift those up and down do.
var sideways = map[tea.MouseButton]keymap.Action{tea.MouseWheelLeft: keymap.Left, tea.MouseWheelRight: keymap.Right,
	tea.MouseWheelUp: keymap.Left, tea.MouseWheelDown: keymap.Right}

func (p *pointer) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	id, _ := p.m.screen.lay.At(msg.X, msg.Y)
	if id == layout.None {
		return nil
	}
	if msg.Mod.Contains(tea.ModShift) || msg.Button == tea.MouseWheelLeft || msg.Button == tea.MouseWheelRight {
		return p.m.tab().Carry(p.m.tab().Pane(id).Do(sideways[msg.Button]))
	}
	if c, ok := p.m.tab().Pane(id).(pane.Clicker); ok {
		return p.m.tab().Carry(c.Wheel(map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[msg.Button]))
	}
	return nil
}

// press focuses and selects; a second press opens, the right button asks what to copy of it.
func (p *pointer) press(msg tea.MouseClickMsg) tea.Cmd {
	id, y := p.m.screen.lay.At(msg.X, msg.Y)
	if id == layout.None {
		return nil
	}
	if id != layout.Selected && id != p.m.screen.focus {
		p.m.screen.setFocus(id)
	}
	p.m.tab().v.Nav.From = p.m.screen.focus
	place, _ := p.m.screen.lay.Of(id)
	now := time.Now()
	double := now.Sub(p.when) < doubleClick && p.x == msg.X && p.y == msg.Y
	p.x, p.y, p.when = msg.X, msg.Y, now
	var cmd tea.Cmd
	if c, ok := p.m.tab().Pane(id).(pane.Clicker); ok && y >= 0 {
		cmd = p.m.tab().Carry(c.Click(msg.X-place.X, y, double && msg.Button == tea.MouseLeft))
	}
	if msg.Button == tea.MouseRight {
		cmd = tea.Batch(cmd, p.m.act(keymap.Copy))
	}
	return cmd
}

// clickOn does what was clicked, if anything.
func (p *pointer) clickOn(a keymap.Action, ok bool) tea.Cmd {
	if !ok {
		return nil
	}
	p.m.typing.prompt = nil
	return p.m.act(a)
}
