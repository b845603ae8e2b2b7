package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/host"
)

// Update implements tea.Model. It does no I/O: it folds a message in and returns what is to be asked next.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	stale := m.stale
	m.stale = true
	_, passing := msg.(host.Passing)
	m.passes = m.passes && passing
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m, m.onKey(msg)
	case tea.PasteMsg:
		return m, m.onPaste(msg)
	case tea.MouseMsg:
		return m, m.onMouse(msg)
	case tea.WindowSizeMsg:
		m.arrange(msg.Width, msg.Height)
	case tea.ResumeMsg:
		return m, tea.ClearScreen
	case host.Tick:
		return m, m.onTick(msg)
	case whichMsg:
		m.onWhich(msg)
	case openedMsg:
		return m, m.onOpened(msg)
	case host.FailedMsg:
		m.say(text.Error, clean.Error(msg.Err))
	case host.Answer:
		if d := m.find(msg.Of().Tab); d != nil && d.v.state != nil && d.v.state.Gen == msg.Of().Gen {
			return m, d.update(msg)
		}
		return m, drop(msg)
	case host.For:
		if b, ok := msg.(batchMsg); ok {
			m.stale = stale || !b.more
		}
		return m, m.onMessage(msg)
	}
	return m, nil
}

// onMessage gives a message to the view that it is for.
func (m *Model) onMessage(msg host.For) tea.Cmd {
	d := m.find(msg.View())
	if d == nil {
		return drop(msg)
	}
	if p, ok := msg.(progressMsg); ok && d.v.state == nil {
		d.v.onProgress(&p)
		return p.next
	}
	return d.update(msg)
}

func (m *Model) onTick(t host.Tick) tea.Cmd {
	m.style.Now = t.Now
	if m.said != "" && t.Now.After(m.until) {
		m.said = ""
	}
	d := m.desk()
	if d.v.state == nil {
		return tick()
	}
	return tea.Batch(tick(), d.v.beat(), d.Tell(t))
}
