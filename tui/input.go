package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
)

// typing is what the keys do: in a dialog, at the foot, or as the keymap has it.
type typing struct {
	m       *Model
	dialogs dialog.Stack
	keys    keymap.State
	prompt  *host.Prompt // nil while nothing is typed at the foot
	input   textinput.Model
	offered dialog.Completion
	presses int  // keys pressed so far
	waited  bool // the pending key has waited: what can follow it is shown
}

// scopes are those whose keys count: the sequence of a story takes the story's too.
func (t *typing) scopes() []keymap.Scope {
	if t.m.screen.focus == layout.Sequence && t.m.view().Panes.Story != nil {
		return []keymap.Scope{keymap.Sequence, keymap.Story}
	}
	return []keymap.Scope{t.m.tab().Scope()}
}

// onKey gives a key to the dialog, else to the prompt, else to the keymap.
func (t *typing) onKey(k tea.KeyPressMsg) tea.Cmd {
	if k.Code == tea.KeyEscape && k.Mod == tea.ModAlt { // esc twice, which a slow line delivers at once
		esc := tea.KeyPressMsg{Code: tea.KeyEscape}
		return tea.Batch(t.onKey(esc), t.onKey(esc))
	}
	switch {
	case t.dialogs.Top() != nil:
		return t.dialogs.Key(k)
	case t.prompt != nil:
		return t.promptKey(k)
	}
	if k.String() == "ctrl+c" {
		if cmd, ok := t.m.tab().features.Update(host.Interrupt{}); ok {
			return cmd
		}
	}
	t.presses, t.waited = t.presses+1, false
	pressed := strings.TrimSpace(t.keys.Pending() + " " + k.String())
	a := t.keys.Press(k.String(), t.scopes()...)
	if a == keymap.None {
		switch {
		case t.keys.Pending() != "":
			return t.waiting()
		case keymap.Elsewhere(pressed):
			t.m.say(text.Muted, keymap.Name(pressed)+" does nothing in "+string(t.m.tab().Scope())+"; ? shows where it does.")
			t.m.toast.ofKey = true
		}
		return nil
	}
	if t.m.toast.ofKey {
		t.m.toast = toast{}
	}
	return t.m.act(a)
}

func (t *typing) promptKey(k tea.KeyPressMsg) tea.Cmd {
	p := t.prompt
	switch k.String() {
	case "esc", "ctrl+c":
		t.prompt, t.m.toast = nil, toast{}
		if p.Cancel != nil {
			return tea.Batch(p.Cancel(), t.m.tab().Settle())
		}
		return nil
	case "enter":
		if p.Refuses(t.input.Value()) {
			return nil
		}
		t.prompt = nil
		if p.Done != nil {
			return p.Done(t.input.Value())
		}
		return nil
	case "tab":
		return t.offered.Take(&t.input, t.typed)
	case "up", "down":
		if p.Move != nil {
			return p.Move(map[string]keymap.Action{"up": keymap.Up, "down": keymap.Down}[k.String()])
		}
	}
	t.input, _ = t.input.Update(k)
	return t.typed()
}

// typed acts on what is being typed: a filter holds at once.
func (t *typing) typed() tea.Cmd {
	t.offered.Offer(t.prompt.Complete, t.input.Value())
	return t.prompt.Type(t.input.Value())
}

// onPaste puts pasted text where something is being typed; elsewhere it is dropped.
func (t *typing) onPaste(msg tea.PasteMsg) tea.Cmd {
	if p, ok := t.dialogs.Top().(interface{ Paste(string) }); ok {
		p.Paste(msg.Content)
		return nil
	}
	if t.prompt == nil {
		return nil
	}
	t.input, _ = t.input.Update(msg)
	return t.typed()
}

// waitTime is how long a first key of two waits before what can follow is shown.
const waitTime = 150 * time.Millisecond

// waitedMsg says that a key has waited.
type waitedMsg struct{ presses int }

// waiting begins to wait for the second key of a sequence.
func (t *typing) waiting() tea.Cmd {
	msg := waitedMsg{t.presses}
	return tea.Tick(waitTime, func(time.Time) tea.Msg { return msg })
}

func (t *typing) onWaited(msg waitedMsg) {
	t.waited = msg.presses == t.presses && t.keys.Pending() != ""
}

// next is what can follow the pending key, once that is to be shown.
func (t *typing) next() (items []dialog.Item) {
	if !t.waited || t.keys.Pending() == "" {
		return nil
	}
	for _, b := range t.keys.After(t.m.tab().Scope()) {
		items = append(items, dialog.Item{Key: keymap.Name(b.Keys[0]), Label: strings.TrimSuffix(b.Help, ".")})
	}
	return items
}
