package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
)

// act carries an action out: those of the whole program here, those of a feature there, the rest in the pane that has
// the focus.
func (m *Model) act(a keymap.Action) tea.Cmd {
	if cmd, ok := m.actGlobal(a); ok {
		return cmd
	}
	d := m.tab()
	if d.v.State == nil {
		return view.Retry(d.v, a)
	}
	d.v.Nav.From = m.screen.focus
	if cmd, ok := d.features.Act(a); ok {
		return tea.Batch(cmd, d.Settle())
	}
	if m.actFocus(a) {
		return d.Settle()
	}
	if cmd, ok := d.v.Act(a); ok {
		return tea.Batch(cmd, d.Settle())
	}
	id := m.screen.focus
	if id == layout.Story || id == layout.None {
		id = layout.Keys
	}
	return d.Carry(d.Pane(id).Do(a))
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
		m.typing.dialogs.Push(dialog.NewHelp(m.typing.scopes()...))
	case keymap.Command:
		showPalette(m)
	case keymap.Back:
		return m.back(), true
	case keymap.Refresh:
		return m.refresh(), true
	case keymap.Mouse:
		m.pointer.on = !m.pointer.on
		m.say(text.Muted, map[bool]string{true: "The mouse moves etcdscope.", false: "The mouse selects text in the terminal; M takes it back."}[m.pointer.on])
	case keymap.NextTab:
		return m.screen.next(), true
	default:
		return nil, false
	}
	return nil, true
}

// actFocus moves the focus; it reports whether the action does that.
func (m *Model) actFocus(a keymap.Action) bool {
	switch a {
	case keymap.NextPane:
		m.screen.cycle(+1)
	case keymap.PrevPane:
		m.screen.cycle(-1)
	case keymap.Pane1:
		m.screen.setFocus(layout.Keys)
	case keymap.Pane2:
		m.screen.setFocus(layout.Timeline)
	case keymap.Pane3:
		m.screen.setFocus(layout.Changes)
	case keymap.Zoom:
		m.screen.zoom = !m.screen.zoom
		m.screen.rearrange()
	default:
		return false
	}
	return true
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
	m.toast = toast{} // what was said of the layer
	if cmd, ok := d.features.Back(); ok {
		return tea.Batch(cmd, d.Settle())
	}
	if i, ok := t.Clear(m.screen.focus); ok {
		return d.Carry(i)
	}
	switch {
	case m.screen.focus.Whole():
		m.screen.setFocus(layout.Keys)
	case m.screen.zoom:
		m.screen.zoom = false
		m.screen.rearrange()
	case t.Panes.Object.Pinned() != 0:
		return d.Carry(pane.Pin{Rev: 0})
	case m.screen.focus == layout.Object || m.screen.focus == layout.Timeline || m.screen.focus == layout.Changes:
		m.screen.setFocus(layout.Keys)
	case d.in != nil:
		return m.screen.show(d.in)
	case t.State.At != 0 && t.Panes.Story == nil:
		return d.Travel(0)
	case len(t.Nav.Marks.All()) > 0:
		t.Nav.Marks.Clear()
	default:
		return m.backTab()
	}
	return nil
}

// backTab shows the first view of the tab, else closes the tab, unless it is the only one.
func (m *Model) backTab() tea.Cmd {
	switch {
	case m.tab().in != nil:
		return m.screen.show(m.tab().in)
	case len(firsts(m)) > 1:
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
		return t.Connect()
	case t.State == nil:
		return nil
	case t.State.Status.State == etcdsource.Retrying && !t.Work.Failed && t.Opening.Moved.Endpoint == "":
		m.say(text.Muted, "Not connected: what is on the screen stays, and follows again when etcd answers.")
		return nil
	case t.State.Status.State == etcdsource.Ended && t.State.Info.Spare, t.Opening.Moved.Endpoint != "" && t.State.Status.State != etcdsource.Live:
		return d.Reopen()
	}
	return tea.Batch(d.Publish(host.Refreshing{}), d.Travel(t.State.At))
}

// quit ends the program, unless a snapshot is being saved: then it asks.
func (m *Model) quit() tea.Cmd {
	for _, d := range m.tabs {
		if d.v.Work.Saving {
			m.typing.dialogs.Push(dialog.NewConfirm("Quit?", []string{"A snapshot is being saved. Quitting cancels it and leaves nothing behind."},
				func() tea.Cmd { return tea.Quit }))
			return nil
		}
	}
	return tea.Quit
}
