package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/words"
)

// prompt is the line at the foot while something is typed there.
type prompt struct {
	ask   *host.Prompt // nil while nothing is typed
	input textinput.Model
}

// scope is the keymap's name for the pane that has the focus.
func (m *Model) scope() keymap.Scope { return m.tab().Scope() }

// scopes are those whose keys count: the sequence of a story takes the story's too.
func (m *Model) scopes() []keymap.Scope {
	if m.focus == layout.Sequence && m.view().Panes.Story != nil {
		return []keymap.Scope{keymap.Sequence, keymap.Story}
	}
	return []keymap.Scope{m.scope()}
}

// onKey gives a key to the dialog, else to the prompt, else to the keymap.
func (m *Model) onKey(k tea.KeyPressMsg) tea.Cmd {
	if k.Code == tea.KeyEscape && k.Mod == tea.ModAlt { // esc twice, which a slow line delivers at once
		esc := tea.KeyPressMsg{Code: tea.KeyEscape}
		return tea.Batch(m.onKey(esc), m.onKey(esc))
	}
	switch {
	case m.dialogs.Top() != nil:
		return m.dialogs.Key(k)
	case m.prompt.ask != nil:
		return m.promptKey(k)
	}
	if k.String() == "ctrl+c" {
		if cmd, ok := m.tab().features.update(host.Interrupt{}); ok {
			return cmd
		}
	}
	m.presses, m.which = m.presses+1, false
	pressed := strings.TrimSpace(m.keys.Pending() + " " + k.String())
	a := m.keys.Press(k.String(), m.scopes()...)
	if a == keymap.None {
		switch {
		case m.keys.Pending() != "":
			return m.waiting()
		case keymap.Elsewhere(pressed):
			m.say(text.Muted, keymap.Name(pressed)+" does nothing in "+string(m.scope())+"; ? shows where it does.")
		}
		return nil
	}
	return m.act(a)
}

func (m *Model) promptKey(k tea.KeyPressMsg) tea.Cmd {
	p := m.prompt.ask
	switch k.String() {
	case "esc", "ctrl+c":
		m.prompt.ask = nil
		if p.Cancel != nil {
			return p.Cancel()
		}
		return nil
	case "enter":
		m.prompt.ask = nil
		if p.Done != nil {
			return p.Done(m.prompt.input.Value())
		}
		return nil
	case "up", "down":
		if p.Move != nil {
			return p.Move(map[string]keymap.Action{"up": keymap.Up, "down": keymap.Down}[k.String()])
		}
	}
	m.prompt.input, _ = m.prompt.input.Update(k)
	return m.typed()
}

// typed acts on what is being typed: a filter holds at once.
func (m *Model) typed() tea.Cmd {
	if m.prompt.ask.Typed == nil {
		return nil
	}
	return m.prompt.ask.Typed(m.prompt.input.Value())
}

// onPaste puts pasted text where something is being typed; elsewhere it is dropped.
func (m *Model) onPaste(msg tea.PasteMsg) tea.Cmd {
	if p, ok := m.dialogs.Top().(interface{ Paste(string) }); ok {
		p.Paste(msg.Content)
		return nil
	}
	if m.prompt.ask == nil {
		return nil
	}
	m.prompt.input, _ = m.prompt.input.Update(msg)
	return m.typed()
}

func (m *Model) showHelp() { m.dialogs.Push(dialog.NewHelp()) }

func (m *Model) confirmQuit() {
	m.dialogs.Push(dialog.NewConfirm("Quit?", []string{"A snapshot is being saved. Quitting cancels it and leaves nothing behind."},
		func() tea.Cmd { return tea.Quit }))
}

// setTheme changes the colours.
func setTheme(m *Model, name string) tea.Cmd {
	th, err := theme.Named(name)
	if err != nil {
		m.say(text.Warning, words.Upper(err.Error())+".")
		return nil
	}
	th.Glyphs = m.style.Theme.Glyphs
	m.style.Theme = th
	m.say(text.OK, fmt.Sprintf("Theme %s.", name))
	return nil
}
