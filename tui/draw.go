package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// View implements tea.Model. Bubble Tea asks for it after every message; it is drawn only when something has changed.
func (m *Model) View() tea.View {
	if m.stale {
		m.stale = false
		if f := m.compose(); f != m.frame { // the same text stays the same string: Bubble Tea compares 30 times a second
			m.frame = f
		}
		m.passes = true
	}
	v := tea.NewView(m.frame)
	v.AltScreen = true
	v.WindowTitle = m.title
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// compose paints the screen, row by row, into one buffer.
func (m *Model) compose() string {
	b := m.buf[:0]
	t := m.view()
	for y := range m.lay.H {
		if y > 0 {
			b = append(b, '\n')
		}
		switch {
		case m.lay.TooSmall:
			b = m.tooSmallRow(b, y)
		case y == 0:
			b = m.header(b, t)
		case y == m.lay.H-2:
			b = m.statusLine(b, t)
		case y == m.lay.H-1:
			b = m.keyLine(b)
		case y == m.lay.Foot:
			b = m.footRule(b)
		case y > m.lay.Foot:
			b = t.Panes.Story.Row(b, y-m.lay.StoryY)
		case t.State == nil:
			b = m.waitingRow(b, t, y)
		case y <= m.lay.Past:
			b = m.pastRow(b, t, y-1)
		default:
			b = m.paneRow(b, t, y)
		}
	}
	m.buf = b
	return m.style.Theme.Glyphs.Fit(m.dialogs.Over(m.overWhich(string(b)), m.lay.W, m.lay.H, m.style.Theme))
}

func (m *Model) tooSmallRow(b []byte, y int) []byte {
	r := pane.Paint(b, m.style.Theme, m.lay.W, "")
	if y == m.lay.H/2 {
		r.Text(text.Warning, fmt.Sprintf("etcdscope needs %d×%d", layout.MinW, layout.MinH))
	}
	return r.End()
}

func (m *Model) paneRow(b []byte, t *view.View, y int) []byte {
	for _, p := range m.lay.Places {
		if y < p.Y || y >= p.Y+p.H {
			continue
		}
		if p.X > 0 {
			b = m.separator(b, p.X-1, y)
		}
		pn := m.tab().pane(p.ID)
		m.style.Focus = p.ID == m.focus
		if y == p.Y {
			b = m.titleRule(b, pn.Title(), p)
		} else {
			b = pn.Row(b, y-p.Y-1)
		}
	}
	return b
}

// separator paints the line between two panes, with the arms that its neighbours give it.
func (m *Model) separator(b []byte, x, y int) []byte {
	l := m.lay.Separator(x, y)
	th := m.style.Theme
	b = append(b, th.Line...)
	b = append(b, th.Glyphs.Joint(l.Up, l.Down, l.Left, l.Right)...)
	return append(b, "\x1b[m"...)
}

func (m *Model) titleRule(b []byte, t pane.Title, p layout.Place) []byte {
	th := m.style.Theme
	r := pane.Paint(b, th, p.W, "")
	line, title := th.Line, t.Role
	if p.ID == m.focus {
		line = th.SGR[text.Accent]
		if title == text.Plain {
			title = text.Accent
		}
	}
	joint := func(free int) string { // a line that ends at the rule joins it
		return th.Glyphs.Joint(m.lay.Separator(p.X+p.W-free, p.Y).Up, false, true, true)
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
		if p.ID == m.focus {
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

func (m *Model) footRule(b []byte) []byte {
	th := m.style.Theme
	b = append(b, th.Line...)
	for x := range m.lay.W {
		up := m.view().State != nil && m.lay.Separator(x, m.lay.Foot).Up
		b = append(b, th.Glyphs.Joint(up, false, true, true)...)
	}
	return append(b, "\x1b[m"...)
}

// header paints what is open, how it is, and where in time the screen stands.
func (m *Model) header(b []byte, t *view.View) []byte {
	th := m.style.Theme
	r := pane.Paint(b, th, m.lay.W, "")
	m.clicked.slots = m.clicked.slots[:0]
	at := func() int { return m.lay.W - r.Free() }
	r.Gap(1)
	r.Bold(text.Accent, "etcdscope")
	r.Gap(2)
	if t.State == nil {
		r.Text(text.Muted, clean.Key([]byte(t.Opening.Target.String())))
		return r.End()
	}
	if len(m.tabs) > 1 {
		from := at()
		r.Text(text.Muted, fmt.Sprintf("%d/%d ", m.current+1, len(m.tabs)))
		m.slot(&r, from, keymap.NextTab)
	}
	if t.Panes.Object.Revealed() {
		r.Bold(text.Warning, "SECRETS REVEALED")
		r.Gap(2)
	}
	if t.State.At != 0 {
		defer m.slot(&r, at(), keymap.Now)
		m.asOf(&r, t)
		return r.End()
	}
	m.present(&r, t)
	return r.End()
}

// present paints the header of a screen that shows now: the name, the state, what is wrong, the revision, the rest.
func (m *Model) present(r *pane.Painter, t *view.View) {
	state, role := m.stateSlot(t)
	rev := "rev " + widget.Thousands(t.State.Head)
	need := widget.Width(state) + len(rev) + 5
	trouble, _, full := t.State.Info.Trouble()
	if trouble != "" {
		trouble = m.style.Theme.Glyphs.Warn + " " + clean.Text(trouble)
		need += widget.Width(trouble) + 2
	}
	if name := m.sourceName(t, r.Free()-need); name != "" {
		r.Text(text.Plain, name)
		r.Gap(2)
	}
	from := m.lay.W - r.Free()
	r.Bold(role, state)
	m.slot(r, from, keymap.Follow)
	if trouble != "" {
		m.whole(r, map[bool]text.Role{true: text.Error, false: text.Warning}[full], trouble)
	}
	if from = m.whole(r, text.Plain, rev); from >= 0 {
		m.slot(r, from, keymap.TravelTo)
	}
	m.slots(r, t)
}

// whole paints an item of the header and a gap before it where all of it fits, and returns its first column, -1 where it
// does not: half a number is a wrong one.
func (m *Model) whole(r *pane.Painter, role text.Role, s string) int {
	if r.Free() < widget.Width(s)+3 {
		return -1
	}
	r.Gap(2)
	from := m.lay.W - r.Free()
	r.Text(role, s)
	return from
}

// sourceName names what is open in at most w columns, "" where there is no room for a part that says something.
func (m *Model) sourceName(t *view.View, w int) string {
	names := []string{clean.Middle(clean.Key([]byte(t.State.Info.Name)), max(w, 1))}
	if t.State.Info.Running && !t.State.Info.Spare {
		names = []string{"written by a real API server; replayed", "demo, replayed", "demo"}
		if m.lay.W >= 120 {
			names[0] = "demo   a real API server wrote these bytes; the demo replays them"
		}
	}
	for _, n := range names {
		if widget.Width(n) <= w && w >= 4 {
			return n
		}
	}
	return ""
}

// behindSlot is what a member's database lacks of its WAL, "" for nothing.
func behindSlot(b etcdsource.Behind) string {
	switch {
	case b.AtLeast && b.Entries == 0:
		return "WAL damaged"
	case b.Entries == 1 && !b.AtLeast:
		return "1 WAL entry missing"
	case b.AtLeast:
		return "at least " + widget.Thousands(b.Entries) + " WAL entries missing"
	case b.Entries > 0:
		return widget.Thousands(b.Entries) + " WAL entries missing"
	}
	return ""
}

// stateSlot is the state of the stream.
func (m *Model) stateSlot(t *view.View) (string, text.Role) {
	g, s := m.style.Theme.Glyphs, t.State.Status
	switch {
	case !t.State.Info.Running:
		switch t.State.Info.Integrity.State {
		case etcdsource.Failed:
			return g.Bad + " FILE DAMAGED", text.Error
		case etcdsource.Checking:
			return g.Half + " FILE, checking its sum", text.Muted
		}
		if say := behindSlot(t.State.Info.Behind); say != "" {
			return g.Warn + " FILE, " + say, text.Warning
		}
		return g.Square + " FILE", text.OK
	case s.State == etcdsource.Live && t.Panes.Changes.Paused():
		return g.Pause + " PAUSED", text.Travel
	case s.State == etcdsource.Live:
		return g.Dot + " LIVE", text.OK
	case s.State == etcdsource.Stale:
		return fmt.Sprintf("%s STALE %s", g.Warn, t.Lost(m.style.Now)), text.Warning
	case s.State == etcdsource.Retrying:
		return fmt.Sprintf("%s RETRYING %s", g.Warn, t.Lost(m.style.Now)), text.Warning
	case s.State == etcdsource.Ended:
		return fmt.Sprintf("%s SOURCE GONE %s", g.Bad, t.Lost(m.style.Now)), text.Error
	}
	return g.Half + " connecting", text.Muted
}

// rateW is the room that the rate of writes is given: it comes and goes with the width of the screen, never with the rate.
const rateW = len("99.9k writes/s")

// slots paints what fits of the rest: the rate of writes, the size of the database, the member. While nothing arrives
// there is no rate, and no member that answers.
func (m *Model) slots(r *pane.Painter, t *view.View) {
	info := &t.State.Info
	arrives := t.State.Lost.IsZero()
	if info.Running && arrives && r.Free() > rateW+2 {
		r.Gap(2)
		n := min(max((r.Free()-46)/2, 0), 24)
		if n >= 4 {
			r.Text(text.Accent, widget.Sparkline(t.State.Rate.History(n, m.style.Now), n, m.style.Theme))
			r.Gap(1)
		}
		from := m.lay.W - r.Free()
		r.Text(text.Muted, widget.Rate(t.State.Rate.PerSecond(m.style.Now))+" writes/s")
		m.slot(r, from, keymap.Pane3)
	}
	put := func(s string, a keymap.Action) {
		if from := m.whole(r, text.Muted, s); from >= 0 {
			m.slot(r, from, a)
		}
	}
	if info.DBSize > 0 {
		s := "db " + widget.Bytes(info.DBSize)
		if info.Quota > 0 {
			s += fmt.Sprintf(" of %s (%d%%)", widget.Bytes(info.Quota), info.DBSize*100/info.Quota)
		}
		put(s, keymap.Pane4)
	}
	if !info.Running && info.Compacted > 0 {
		m.whole(r, text.Muted, "from "+widget.Thousands(info.Compacted))
	}
	if info.Member != "" && arrives {
		role := "leader"
		if info.Follower {
			role = "follower"
		}
		name, _, _ := strings.Cut(clean.Key([]byte(info.Member)), " (") // its number is in the line at the foot
		put(clean.Middle(name, 32)+" "+role, keymap.Requests)
	}
}
