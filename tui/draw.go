package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// View implements tea.Model. Bubble Tea asks for it after every message; it is drawn only when something has changed.
func (m *Model) View() tea.View {
	if m.stale {
		m.stale = false
		m.frame = m.compose()
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
	t := m.tab()
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
			b = t.story.Row(b, y-m.lay.StoryY)
		case t.state == nil:
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

// pane returns the pane of an ID.
func (t *tab) pane(id layout.ID) pane.Pane {
	switch id {
	case layout.Keys:
		return t.keys
	case layout.Object:
		if t.table.Folder() != "" {
			return t.table
		}
		return t.object
	case layout.Timeline:
		return t.history
	case layout.Changes:
		return t.changes
	case layout.Snapshots:
		return t.snaps
	case layout.Diff:
		return t.diff
	case layout.Differences:
		return t.diffs
	case layout.Sequence:
		return t.seq
	case layout.Spaces:
		return t.spaces
	case layout.Report:
		return t.report
	}
	return selected{t}
}

func (m *Model) paneRow(b []byte, t *tab, y int) []byte {
	for _, p := range m.lay.Places {
		if y < p.Y || y >= p.Y+p.H {
			continue
		}
		if p.X > 0 {
			b = m.separator(b, p.X-1, y)
		}
		pn := t.pane(p.ID)
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
	if widget.Width(left) > room {
		left = clean.End(left, max(room, 1))
	}
	r.Gap(1)
	if p.ID == m.focus {
		r.Bold(title, left)
	} else {
		r.Text(title, left)
	}
	r.Gap(1)
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
		up := m.tab().state != nil && m.lay.Separator(x, m.lay.Foot).Up
		b = append(b, th.Glyphs.Joint(up, false, true, true)...)
	}
	return append(b, "\x1b[m"...)
}

// header paints what is open, how it is, and where in time the screen stands.
func (m *Model) header(b []byte, t *tab) []byte {
	th := m.style.Theme
	r := pane.Paint(b, th, m.lay.W, "")
	m.clicked.slots = m.clicked.slots[:0]
	at := func() int { return m.lay.W - r.Free() }
	r.Gap(1)
	r.Bold(text.Accent, "etcdscope")
	r.Gap(2)
	if t.state == nil {
		r.Text(text.Muted, m.targetName(t))
		return r.End()
	}
	info := &t.state.Info
	wide := m.lay.W >= 120
	if len(m.tabs) > 1 {
		from := at()
		r.Text(text.Muted, fmt.Sprintf("%d/%d ", m.current+1, len(m.tabs)))
		m.slot(&r, from, keymap.NextTab)
	}
	if t.object.Revealed() {
		r.Bold(text.Warning, "SECRETS REVEALED")
		r.Gap(2)
	}
	name := clean.Key([]byte(info.Name))
	if info.Kind == etcdsource.KindDemo {
		name = "written by a real API server; replayed"
		if wide {
			name = "demo   a real API server wrote these bytes; the demo replays them"
		}
	}
	if t.state.At != 0 {
		defer m.slot(&r, at(), keymap.Now)
		m.asOf(&r, t, name)
		return r.End()
	}
	r.Text(text.Plain, clean.Middle(name, max(r.Free()-24, 12)))
	r.Gap(2)
	from := at()
	m.stateSlot(&r, t)
	m.slot(&r, from, keymap.Follow)
	r.Gap(2)
	from = at()
	r.Text(text.Plain, "rev "+widget.Thousands(t.state.Head))
	m.slot(&r, from, keymap.TravelTo)
	m.slots(&r, t)
	return r.End()
}

// stateSlot paints the state of the stream.
func (m *Model) stateSlot(r *pane.Painter, t *tab) {
	g, s := m.style.Theme.Glyphs, t.state.Status
	switch {
	case t.state.Info.Kind == etcdsource.KindFile:
		v := t.state.Info.Integrity
		switch v.State {
		case etcdsource.Failed:
			r.Bold(text.Error, g.Bad+" FILE DAMAGED")
		case etcdsource.Checking:
			r.Text(text.Muted, g.Half+" FILE, checking its sum")
		default:
			r.Text(text.OK, g.Square+" FILE")
		}
	case s.State == etcdsource.Live && t.changes.Paused():
		r.Bold(text.Travel, g.Pause+" PAUSED")
	case s.State == etcdsource.Live:
		r.Bold(text.OK, g.Dot+" LIVE")
	case s.State == etcdsource.Stale:
		r.Bold(text.Warning, fmt.Sprintf("%s STALE %s", g.Warn, widget.Age(m.style.Now.Sub(s.Since))))
	case s.State == etcdsource.Retrying:
		in := max(s.Next.Sub(m.style.Now), 0).Round(time.Second)
		r.Bold(text.Warning, fmt.Sprintf("%s RETRYING in %s", g.Warn, in))
	case s.State == etcdsource.Ended:
		r.Bold(text.Error, g.Bad+" SOURCE GONE")
	default:
		r.Text(text.Muted, g.Half+" connecting")
	}
}

// slots paints what fits of the rest: the rate of writes, the size of the database, the member.
func (m *Model) slots(r *pane.Painter, t *tab) {
	info := &t.state.Info
	if info.Kind != etcdsource.KindFile {
		r.Gap(2)
		n := min(max((r.Free()-46)/2, 0), 24)
		if n >= 4 {
			r.Text(text.Accent, widget.Sparkline(t.state.Rate.History(n, m.style.Now), n, m.style.Theme))
		}
		from := m.lay.W - r.Free()
		r.Text(text.Muted, fmt.Sprintf(" %s writes/s", widget.Rate(t.state.Rate.PerSecond(m.style.Now))))
		m.slot(r, from, keymap.Pane3)
	}
	if info.DBSize > 0 && r.Free() > 20 {
		r.Gap(2)
		s := "db " + widget.Bytes(info.DBSize)
		if info.Quota > 0 {
			s += fmt.Sprintf(" of %s (%d%%)", widget.Bytes(info.Quota), info.DBSize*100/info.Quota)
		}
		from := m.lay.W - r.Free()
		r.Text(text.Muted, s)
		m.slot(r, from, keymap.Pane4)
	}
	if info.Kind == etcdsource.KindFile && info.Compacted > 0 && r.Free() > 24 {
		r.Gap(2)
		r.Text(text.Muted, "from "+widget.Thousands(info.Compacted))
	}
	if info.Member != "" && r.Free() > 24 {
		r.Gap(2)
		role := "leader"
		if info.Follower {
			role = "follower"
		}
		from := m.lay.W - r.Free()
		r.Text(text.Muted, clean.End(clean.Key([]byte(info.Member)), 24)+" ("+role+")")
		m.slot(r, from, keymap.Requests)
	}
}
