package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// promptKind is what the line at the foot asks for.
type promptKind uint8

const (
	promptNone promptKind = iota
	promptFilter
	promptFind
	promptChanges
	promptSearch // filter in lists, find in the value: chosen by the focus
	promptGrep
	promptRevision
	promptRows // filter of the list of differences
)

// prompt is the line at the foot while something is typed there.
type prompt struct {
	kind  promptKind
	input textinput.Model
}

func (p promptKind) sign() string {
	switch p {
	case promptFilter, promptFind, promptChanges, promptRows:
		return "/"
	case promptGrep:
		return "in values: "
	case promptRevision:
		return "go to revision, 10m ago, or time 15:04: "
	}
	return ""
}

// ask begins to ask for a line.
func (m *Model) ask(kind promptKind) {
	value := ""
	if kind == promptSearch {
		kind = promptFilter
		switch t := m.tab(); {
		case m.scope() == keymap.Value || m.scope() == keymap.Hunks:
			kind = promptFind
		case m.scope() == keymap.Changes:
			kind, value = promptChanges, t.changes.Filtered()
		case m.scope() == keymap.Compare:
			kind = promptRows
		case t.state == nil:
		case m.scope() == keymap.Folder:
			value = "^" + strings.TrimPrefix(t.table.Folder(), t.opened.Root) + " "
			m.setFocus(layout.Keys)
		default:
			value = t.find.text
			m.setFocus(layout.Keys)
		}
	}
	m.prompt = prompt{kind, dialog.NewInput(value)}
}

// scope is the keymap's name for the pane that has the focus.
func (m *Model) scope() keymap.Scope {
	switch m.focus {
	case layout.Object:
		if t := m.tab(); t.state != nil && t.table.Folder() != "" {
			return keymap.Folder
		}
		return keymap.Value
	case layout.Timeline:
		return keymap.Timeline
	case layout.Changes:
		return keymap.Changes
	case layout.Snapshots:
		return keymap.Snapshots
	case layout.Sequence:
		return keymap.Sequence
	case layout.Spaces:
		return keymap.Spaces
	case layout.Story:
		return keymap.Story
	case layout.Diff:
		return keymap.Hunks
	case layout.Differences:
		return keymap.Compare
	case layout.Report:
		return keymap.Report
	}
	return keymap.Tree
}

// scopes are those whose keys count: the sequence of a story takes the story's too.
func (m *Model) scopes() []keymap.Scope {
	if m.focus == layout.Sequence && m.tab().story != nil {
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
	case m.prompt.kind != promptNone:
		return m.promptKey(k)
	case k.String() == "ctrl+c" && m.tab().cancelRecall():
		return nil
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
	t := m.tab()
	p := &m.prompt
	switch k.String() {
	case "esc", "ctrl+c":
		kind := p.kind
		p.kind = promptNone
		switch {
		case t.state == nil:
		case kind == promptFilter:
			return t.filter("")
		case kind == promptChanges:
			t.changes.Filter("")
		case kind == promptRows:
			t.diffs.Filter("")
		}
		return nil
	case "enter":
		kind, value := p.kind, p.input.Value()
		p.kind = promptNone
		return m.answered(t, kind, value)
	case "up", "down":
		if p.kind == promptFilter && t.state != nil {
			return m.carry(t, t.keys.Do(map[string]keymap.Action{"up": keymap.Up, "down": keymap.Down}[k.String()]))
		}
	}
	p.input, _ = p.input.Update(k)
	return m.typed(t)
}

// typed acts on what is being typed: a filter holds at once.
func (m *Model) typed(t *tab) tea.Cmd {
	switch {
	case t.state == nil:
	case m.prompt.kind == promptFilter:
		return t.filter(m.prompt.input.Value())
	case m.prompt.kind == promptChanges:
		t.changes.Filter(m.prompt.input.Value())
		return m.settle(t)
	case m.prompt.kind == promptRows:
		t.diffs.Filter(m.prompt.input.Value())
		return m.settle(t)
	}
	return nil
}

func (m *Model) answered(t *tab, kind promptKind, value string) tea.Cmd {
	switch {
	case t.state == nil:
	case kind == promptGrep:
		return m.grep(t, value)
	case kind == promptFilter:
		if t.find.whole {
			t.keys.Pick()
		}
		return t.sync()
	case kind == promptFind && m.focus == layout.Diff:
		t.diff.Search(value)
	case kind == promptFind:
		t.object.Search(value)
	case kind == promptRevision && strings.TrimSpace(value) != "":
		return m.gotoRevision(t, strings.TrimSpace(value))
	}
	return nil
}

// onPaste puts pasted text where something is being typed; elsewhere it is dropped.
func (m *Model) onPaste(msg tea.PasteMsg) tea.Cmd {
	if p, ok := m.dialogs.Top().(interface{ Paste(string) }); ok {
		p.Paste(msg.Content)
		return nil
	}
	if m.prompt.kind == promptNone {
		return nil
	}
	m.prompt.input, _ = m.prompt.input.Update(msg)
	return m.typed(m.tab())
}

func (m *Model) showHelp() { m.dialogs.Push(dialog.NewHelp()) }

// askPath asks where a snapshot should go, and says what is known about it.
func (m *Model) askPath(path string) {
	t := m.tab()
	info := &t.state.Info
	facts := []string{"The whole store as of now, streamed from " + clean.Key([]byte(words.First(info.Member, info.Target))) + "."}
	if info.DBSize > 0 {
		facts = append(facts, "About "+widget.Bytes(info.DBSize)+"; checked against its sha256 and readable by its owner only, for it holds every Secret.")
	}
	facts = append(facts, "An existing file is never overwritten.", "", "Save it as:")
	m.dialogs.Push(dialog.NewPrompt("Save a snapshot", path, facts, func(path string) tea.Cmd { return m.beforeSave(t, path) }))
}

func (m *Model) confirmQuit() {
	m.dialogs.Push(dialog.NewConfirm("Quit?", []string{"A snapshot is being saved. Quitting cancels it and leaves nothing behind."},
		func() tea.Cmd { return tea.Quit }))
}

func (m *Model) setTheme(name string) tea.Cmd {
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
