package frame

import (
	"fmt"

	"charm.land/bubbles/v2/textinput"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Scene is what a frame shows.
type Scene struct {
	View  *view.View
	Style *pane.Style
	Lay   layout.Layout
	Focus layout.ID
	// Pane returns the pane of an ID.
	Pane      func(layout.ID) pane.Pane
	Tab, Tabs int // the place of the view among the tabs, from 1 on, and how many there are
	Scopes    []keymap.Scope
	Foot      Foot
	Pending   string        // the first key of a sequence
	Next      []dialog.Item // what can follow it, once that is to be shown
	Dialogs   *dialog.Stack
}

// Foot is what the status line says instead of where the screen's content comes from, the first of these that there is.
type Foot struct {
	Prompt  *host.Prompt // nil while nothing is typed
	Input   *textinput.Model
	Offered []string // what tab completes it to
	Working string   // how far a long work is
	Said    string   // a passing line
	Role    text.Role
}

// Frame draws scenes, one after the other, into one buffer.
type Frame struct {
	Scene Scene
	buf   []byte
	slots []Slot // of the header
	hints []Slot // of the key line
	strip strip
	spent spent
}

// Slot is a part of a row that does something when it is clicked: the columns From to To, without To.
type Slot struct {
	From, To int
	Action   keymap.Action
}

// Draw paints a scene. Where only time has passed since the frame before, what reading has cost may be left as it is.
func (f *Frame) Draw(s Scene, passing bool) string {
	f.Scene, f.spent.passes = s, passing
	return f.compose()
}

// Header returns what a click in the header does.
func (f *Frame) Header(x int) (keymap.Action, bool) { return at(f.slots, x) }

// KeyLine returns what a click in the key line does.
func (f *Frame) KeyLine(x int) (keymap.Action, bool) { return at(f.hints, x) }

func at(slots []Slot, x int) (keymap.Action, bool) {
	for _, s := range slots {
		if x >= s.From && x < s.To {
			return s.Action, true
		}
	}
	return keymap.None, false
}

// Revision is the revision at a column of the time scale.
func (f *Frame) Revision(v *view.View, w, x int) int64 { return scaleOf(v, w).revision(x) }

// compose paints the screen, row by row, into one buffer.
func (f *Frame) compose() string {
	b := f.buf[:0]
	t, long := f.Scene.View, f.longLines()
	for y := range f.Scene.Lay.H {
		if y > 0 {
			b = append(b, '\n')
		}
		switch {
		case f.Scene.Lay.TooSmall:
			b = f.tooSmallRow(b, y)
		case y == 0:
			b = (&header{f}).header(b, t)
		case long.has(y):
			b = f.longLine(b, &long, y)
		case y == f.Scene.Lay.H-2:
			b = f.statusLine(b, t)
		case y == f.Scene.Lay.H-1:
			b = f.keyLine(b)
		case y == f.Scene.Lay.Foot:
			b = f.footRule(b)
		case y > f.Scene.Lay.Foot:
			b = t.Panes.Story.Row(b, y-f.Scene.Lay.StoryY)
		case t.State == nil:
			b = f.waitingRow(b, t, y)
		case y <= f.Scene.Lay.Past:
			b = (&timeBar{f}).pastRow(b, t, y-1)
		default:
			b = f.paneRow(b, t, y)
		}
	}
	f.buf = b
	return f.Scene.Style.Theme.Glyphs.Fit(f.Scene.Dialogs.Over(f.overPending(string(b)), f.Scene.Lay.W, f.Scene.Lay.H, f.Scene.Style.Theme))
}

func (f *Frame) tooSmallRow(b []byte, y int) []byte {
	r := pane.Paint(b, f.Scene.Style.Theme, f.Scene.Lay.W, "")
	if y == f.Scene.Lay.H/2 {
		size := fmt.Sprintf("%d×%d", layout.MinW, layout.MinH)
		for _, say := range []string{"etcdscope needs " + size + ", q quits", "needs " + size + ", q quits", "needs " + size, size} {
			if widget.Width(say) <= f.Scene.Lay.W {
				r.Text(text.Warning, say)
				break
			}
		}
	}
	return r.End()
}

func (f *Frame) paneRow(b []byte, t *view.View, y int) []byte {
	for _, p := range f.Scene.Lay.Places {
		if y < p.Y || y >= p.Y+p.H {
			continue
		}
		if p.X > 0 {
			b = f.separator(b, p.X-1, y)
		}
		pn := f.Scene.Pane(p.ID)
		f.Scene.Style.Focus = p.ID == f.Scene.Focus
		if y == p.Y {
			b = f.titleRule(b, pn.Title(), p)
		} else {
			b = pn.Row(b, y-p.Y-1)
		}
	}
	return b
}

// separator paints the line between two panes, with the arms that its neighbours give it.
func (f *Frame) separator(b []byte, x, y int) []byte {
	l := f.Scene.Lay.Separator(x, y)
	th := f.Scene.Style.Theme
	b = append(b, th.Line...)
	b = append(b, th.Glyphs.Joint(l.Up, l.Down, l.Left, l.Right)...)
	return append(b, "\x1b[m"...)
}

func (f *Frame) titleRule(b []byte, t pane.Title, p layout.Place) []byte {
	th := f.Scene.Style.Theme
	r := pane.Paint(b, th, p.W, "")
	line, title := th.Line, t.Role
	if p.ID == f.Scene.Focus {
		line = th.SGR[text.Accent]
		if title == text.Plain {
			title = text.Accent
		}
	}
	joint := func(free int) string { // a line that ends at the rule joins it
		return th.Glyphs.Joint(f.Scene.Lay.Separator(p.X+p.W-free, p.Y).Up, false, true, true)
	}
	r.Joints(line, 1, joint)
	rightW := widget.Width(t.Right)
	if rightW > 0 && p.W < rightW+16 {
		t.Right, rightW = "", 0
	}
	room := r.Free() - rightW - 6
	left := t.Left
	switch {
	case widget.Width(left) <= room:
	case t.Named:
		left = clean.Middle(left, max(room, 1))
	default:
		left = clean.End(left, max(room, 1))
	}
	if left != "" {
		r.Gap(1)
		if p.ID == f.Scene.Focus {
			r.Bold(title, left)
		} else {
			r.Text(title, left)
		}
		r.Gap(1)
	}
	tail := 0
	if rightW > 0 {
		tail = rightW + 3
	}
	r.Joints(line, r.Free()-tail, joint)
	if rightW > 0 {
		r.Gap(1)
		r.TextW(text.Muted, t.Right, rightW)
		r.Gap(1)
		r.Joints(line, 1, joint)
	}
	return r.End()
}

func (f *Frame) footRule(b []byte) []byte {
	th := f.Scene.Style.Theme
	b = append(b, th.Line...)
	for x := range f.Scene.Lay.W {
		up := f.Scene.View.State != nil && f.Scene.Lay.Separator(x, f.Scene.Lay.Foot).Up
		b = append(b, th.Glyphs.Joint(up, false, true, true)...)
	}
	return append(b, "\x1b[m"...)
}

// overPending draws what can follow the pending key into a frame.
func (f *Frame) overPending(frame string) string {
	if len(f.Scene.Next) == 0 {
		return frame
	}
	return dialog.Over(frame, dialog.NewKeys(f.Scene.Pending+" …", f.Scene.Next), f.Scene.Lay.W, f.Scene.Lay.H, f.Scene.Style.Theme)
}
