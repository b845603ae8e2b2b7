package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
)

// Update implements tea.Model. It does no I/O: it folds a message in and returns what is to be asked next.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	stale := m.drawing.stale
	m.drawing.stale = true
	_, passing := msg.(host.Passing)
	m.drawing.passes = m.drawing.passes && passing
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m, m.typing.onKey(msg)
	case tea.PasteMsg:
		return m, m.typing.onPaste(msg)
	case tea.MouseMsg:
		return m, m.pointer.onMouse(msg)
	case tea.WindowSizeMsg:
		m.screen.arrange(msg.Width, msg.Height)
	case tea.ResumeMsg:
		return m, tea.ClearScreen
	case host.Tick:
		return m, m.onTick(msg)
	case waitedMsg:
		m.typing.onWaited(msg)
	case view.OpenedMsg:
		return m, m.onOpened(msg)
	case host.FailedMsg:
		m.say(text.Error, clean.Error(msg.Err))
	case host.Answer:
		if d := m.find(msg.Of().Tab); d != nil && d.v.State != nil && d.v.State.Gen == msg.Of().Gen {
			return m, d.update(msg)
		}
		return m, drop(msg)
	case host.For:
		if b, ok := msg.(view.BatchMsg); ok {
			m.drawing.stale = stale || !b.More
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
	if cmd, ok := d.v.Opening.Take(msg); ok && d.v.State == nil {
		return cmd
	}
	return d.update(msg)
}

func (m *Model) onTick(t host.Tick) tea.Cmd {
	m.style.Now = t.Now
	if m.toast.said != "" && t.Now.After(m.toast.until) {
		m.toast.said = ""
	}
	d := m.tab()
	if d.v.State == nil {
		return tea.Batch(tick(), view.TryAgain(d.v, t.Now))
	}
	return tea.Batch(tick(), d.v.Beat(), d.Publish(t))
}
