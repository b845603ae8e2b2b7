// Package dialog is what lies over the panes: help, menus, questions. They are a stack; the top one has the keys.
//
//	key ─► Stack.Key ─► top dialog ─► Command of the program, once it is answered
//	frame ─► Stack.Over ─► the same frame with the top dialog's box in it
//
// What always holds: esc, or a press of the mouse beside the box, closes the top dialog and nothing else, and a box never
// covers more than the screen.
package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// Dialog is a box over the panes.
type Dialog interface {
	// Title is set into the box's upper line.
	Title() string
	// Size returns the columns and rows of the content that the dialog wants on a screen of w by h.
	Size(w, h int) (int, int)
	// Row appends row y of the content, exactly w wide.
	Row(b []byte, y, w int, th *theme.Theme) []byte
	// Key takes a key press. closed reports that the dialog is over; cmd is what it has decided.
	Key(k tea.KeyPressMsg) (closed bool, cmd tea.Cmd)
}

// Stack is the open dialogs, the last one on top. The zero Stack is empty.
type Stack struct{ open []Dialog }

// Push opens a dialog over the others.
func (s *Stack) Push(d Dialog) { s.open = append(s.open, d) }

// Ask is Push as a command, which has nothing left to do.
func (s *Stack) Ask(d Dialog) tea.Cmd {
	s.Push(d)
	return nil
}

// Top returns the dialog that has the keys, nil when there is none.
func (s *Stack) Top() Dialog {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1]
}

// Key gives a key press to the top dialog.
func (s *Stack) Key(k tea.KeyPressMsg) tea.Cmd {
	d := s.Top()
	if d == nil {
		return nil
	}
	if k.String() == "esc" {
		s.open = s.open[:len(s.open)-1]
		return nil
	}
	n := len(s.open)
	closed, cmd := d.Key(k)
	if closed {
		s.open = append(s.open[:n-1], s.open[n:]...)
	}
	return cmd
}

// Over draws the top dialog into a frame of w columns and h rows.
func (s *Stack) Over(frame string, w, h int, th *theme.Theme) string {
	d := s.Top()
	if d == nil {
		return frame
	}
	return Over(frame, d, w, h, th)
}

// Over draws a dialog into a frame of w columns and h rows.
func Over(frame string, d Dialog, w, h int, th *theme.Theme) string {
	x, y, bw, bh, ok := place(d, w, h)
	if !ok {
		return frame
	}
	rows := strings.Split(frame, "\n")
	for i := range bh + 2 {
		if y+i >= len(rows) {
			break
		}
		rows[y+i] = splice(rows[y+i], box(d, i, bw, bh, th), x, bw+4)
	}
	return strings.Join(rows, "\n")
}

// splice puts a piece of w columns into a row at column x.
func splice(row, piece string, x, w int) string {
	left, right := ansi.Truncate(row, x, ""), ansi.TruncateLeft(row, x+w, "")
	blanks := func(n int) string { return strings.Repeat(" ", max(n, 0)) } // for halves of wide characters
	left += "\x1b[m" + blanks(x-ansi.StringWidth(left))
	if more := ansi.StringWidth(row) - x - w - ansi.StringWidth(right); more > 0 {
		right = blanks(more) + right
	} else if more < 0 { // the half that is covered was kept
		right = blanks(ansi.StringWidth(row)-x-w-ansi.StringWidth(ansi.TruncateLeft(row, x+w+1, ""))) + ansi.TruncateLeft(row, x+w+1, "")
	}
	return left + piece + "\x1b[m" + right
}

func box(d Dialog, i, w, h int, th *theme.Theme) string {
	g := &th.Glyphs
	r := pane.Paint(nil, th, w+4, "")
	switch i {
	case 0:
		r.TextW(text.Accent, g.TopLeft, 1)
		r.Fill(text.Accent, g.Horizontal, 1)
		if t := d.Title(); t != "" {
			r.Bold(text.Accent, " "+ansi.Truncate(t, max(w-4, 1), "…")+" ")
		}
		r.Fill(text.Accent, g.Horizontal, r.Free()-1)
		r.TextW(text.Accent, g.TopRight, 1)
	case h + 1:
		r.TextW(text.Accent, g.BottomLeft, 1)
		r.Fill(text.Accent, g.Horizontal, r.Free()-1)
		r.TextW(text.Accent, g.BottomRight, 1)
	default:
		r.TextW(text.Accent, g.Vertical, 1)
		r.Gap(1)
		r.Inside(w, func(b []byte) []byte { return d.Row(b, i-1, w, th) })
		r.Gap(1)
		r.TextW(text.Accent, g.Vertical, 1)
	}
	return string(r.End())
}
