package dialog

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/widget"
)

// clicker is a dialog that something in can be pressed with the mouse.
type clicker interface {
	// Click is a press at a column and row of the content; the answers are those of Dialog.Key.
	Click(x, y int) (closed bool, cmd tea.Cmd)
}

// wheeler is a dialog that scrolls.
type wheeler interface{ Wheel(rows int) }

// place is where a dialog's box is on a screen: its upper left corner, and the size of its content.
func place(d Dialog, w, h int) (x, y, bw, bh int, ok bool) {
	if w < 12 || h < 5 {
		return 0, 0, 0, 0, false
	}
	bw, bh = d.Size(w-6, h-4)
	bw, bh = max(1, min(bw, w-6)), max(1, min(bh, h-4))
	return (w - bw - 4) / 2, (h - bh - 2) / 2, bw, bh, true
}

// Mouse gives a press or the wheel to the top dialog on a screen of w by h. A press outside of its box closes it, as esc
// does.
func (s *Stack) Mouse(msg tea.MouseMsg, w, h int) tea.Cmd {
	d := s.Top()
	if d == nil {
		return nil
	}
	x, y, bw, bh, ok := place(d, w, h)
	if !ok {
		return nil
	}
	at := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		if v, ok := d.(wheeler); ok {
			v.Wheel(map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[at.Button])
		}
	case tea.MouseClickMsg:
		n := len(s.open)
		if at.X < x || at.X >= x+bw+4 || at.Y < y || at.Y >= y+bh+2 {
			s.open = s.open[:n-1]
			return nil
		}
		c, ok := d.(clicker)
		if cx, cy := at.X-x-2, at.Y-y-1; ok && at.Button == tea.MouseLeft && cx >= 0 && cx < bw && cy >= 0 && cy < bh {
			closed, cmd := c.Click(cx, cy)
			if closed {
				s.open = append(s.open[:n-1], s.open[n:]...)
			}
			return cmd
		}
	}
	return nil
}

// Click takes an entry, as enter does.
func (p *Palette) Click(_, y int) (bool, tea.Cmd) {
	i := p.list.Top() + y - 2
	if y < 2 || i >= len(p.shown) {
		return false, nil
	}
	p.list.SetCursor(i)
	e := &p.entries[p.shown[i]]
	if e.Arg != "" && e.Arg[0] != '[' {
		p.complete(e.Name + " ")
		return false, nil
	}
	return true, p.done(e.Name)
}

// Wheel moves the cursor.
func (p *Palette) Wheel(rows int) { p.move(rows) }

// Wheel scrolls the help.
func (h *Help) Wheel(rows int) { h.list.Scroll(rows) }

// Wheel scrolls the list.
func (l *List) Wheel(rows int) {
	l.moved = true
	l.list.Scroll(rows)
}

// Click answers where yes or no is written.
func (c *Confirm) Click(x, y int) (bool, tea.Cmd) {
	switch {
	case y != len(c.lines)+1:
	case x < len("y yes"):
		return true, c.yes()
	case x >= len("y yes   ") && x < len("y yes   n no"):
		return true, nil
	}
	return false, nil
}

// Click does what the last line says: the answer, or leave everything as it is.
func (p *Prompt) Click(x, y int) (bool, tea.Cmd) {
	if y != len(p.lines)+3 {
		return false, nil
	}
	if x < widget.Width("↵ does it ") {
		return p.Key(tea.KeyPressMsg{Code: tea.KeyEnter})
	}
	return true, nil
}
