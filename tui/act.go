package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// act carries an action out: those of the whole program here, those of a feature there, the rest in the pane that has
// the focus.
func (m *Model) act(a keymap.Action) tea.Cmd {
	if cmd, ok := m.actGlobal(a); ok {
		return cmd
	}
	d := m.tab()
	if d.v.State == nil {
		if a == keymap.Open {
			return m.openAllTheSame(d.v)
		}
		return nil
	}
	if cmd, ok := d.features.act(a); ok {
		return tea.Batch(cmd, d.Settle())
	}
	if m.actFocus(a) {
		return d.Settle()
	}
	if cmd, ok := d.v.Act(a); ok {
		return tea.Batch(cmd, d.Settle())
	}
	id := m.focus
	if id == layout.Story || id == layout.None {
		id = layout.Keys
	}
	return d.Carry(d.pane(id).Do(a))
}

func (m *Model) actGlobal(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Quit:
		return m.quit(), true
	case keymap.Suspend:
		return tea.Suspend, true
	case keymap.Redraw:
		return tea.ClearScreen, true
	case keymap.Help:
		m.showHelp()
	case keymap.Command:
		m.showPalette()
	case keymap.Back:
		return m.back(), true
	case keymap.Refresh:
		return m.refresh(), true
	case keymap.Mouse:
		m.mouse = !m.mouse
		m.say(text.Muted, map[bool]string{true: "The mouse moves etcdscope.", false: "The mouse selects text in the terminal; M takes it back."}[m.mouse])
	case keymap.NextTab:
		m.current = (m.current + 1) % len(m.tabs)
		m.rearrange()
	default:
		return nil, false
	}
	return nil, true
}

// actFocus moves the focus; it reports whether the action does that.
func (m *Model) actFocus(a keymap.Action) bool {
	switch a {
	case keymap.NextPane:
		m.cycle(+1)
	case keymap.PrevPane:
		m.cycle(-1)
	case keymap.Pane1:
		m.setFocus(layout.Keys)
	case keymap.Pane2:
		m.setFocus(layout.Timeline)
	case keymap.Pane3:
		m.setFocus(layout.Changes)
	case keymap.Zoom:
		m.zoom = !m.zoom
		m.rearrange()
	default:
		return false
	}
	return true
}

func (m *Model) setFocus(id layout.ID) {
	m.tab().Tell(host.FocusMoved{From: m.focus, To: id})
	m.focus = id
	m.rearrange()
	if _, ok := m.lay.Of(id); !ok && id != layout.Story {
		m.zoom = true
		m.rearrange()
	}
}

// cycle moves the focus to the next pane that is on the screen.
func (m *Model) cycle(dir int) {
	order := m.lay.Order()
	if m.zoom || m.lay.W < layout.SingleW || m.lay.H < layout.SingleH || m.focus.Whole() {
		order = []layout.ID{layout.Keys, layout.Object, layout.Timeline, layout.Changes}
	}
	if m.lay.StoryH > 0 {
		order = append(order, layout.Story)
	}
	at := 0
	for i, id := range order {
		if id == m.focus {
			at = i + dir
		}
	}
	m.focus = order[(at+len(order))%len(order)]
	m.rearrange()
}

// back undoes one layer: of a feature, a filter, a search, a zoom, a version held fast, another time, marks, a second tab.
func (m *Model) back() tea.Cmd {
	d := m.tab()
	t := d.v
	switch {
	case t.State == nil:
		return m.backTab()
	case t.Panes.Table.Hurrying():
		t.Panes.Table.Stop()
		return nil
	}
	if cmd, ok := d.features.back(); ok {
		return cmd
	}
	switch {
	case m.focus.Whole():
		m.setFocus(layout.Keys)
	case t.Clear(m.focus):
	case m.zoom:
		m.zoom = false
		m.rearrange()
	case t.Panes.Object.Pinned() != 0:
		return d.Carry(pane.Pin{Rev: 0})
	case m.focus == layout.Object || m.focus == layout.Timeline || m.focus == layout.Changes:
		m.setFocus(layout.Keys)
	case t.State.At != 0 && t.Panes.Story == nil:
		return d.Travel(0)
	case len(t.Nav.Marks.All()) > 0:
		t.Nav.Marks.Clear()
	default:
		return m.backTab()
	}
	return nil
}

// backTab closes the tab, unless it is the only one.
func (m *Model) backTab() tea.Cmd {
	if len(m.tabs) > 1 {
		return m.closeTab(m.tab())
	}
	return nil
}

// refresh reads again what is shown, and connects again where the source could not be opened.
func (m *Model) refresh() tea.Cmd {
	d := m.tab()
	t := d.v
	switch {
	case t.State == nil && t.Opening.Err != nil:
		t.Opening.Err, t.Opening.Begun = nil, m.style.Now
		return t.Connect(m.deps.Open)
	case t.State == nil:
		return nil
	case t.State.Status.State == etcdsource.Retrying && !t.Work.Failed:
		m.say(text.Muted, "Not connected: what is on the screen stays, and follows again when etcd answers.")
		return nil
	case t.State.Status.State == etcdsource.Ended && t.State.Info.Spare:
		return d.Reopen()
	}
	return tea.Batch(d.Tell(host.Refreshing{}), d.Travel(t.State.At))
}

// quit ends the program, unless a snapshot is being saved: then it asks.
func (m *Model) quit() tea.Cmd {
	for _, d := range m.tabs {
		if d.v.Work.Saving {
			m.confirmQuit()
			return nil
		}
	}
	return tea.Quit
}
