package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// copyText is what a choice of the copy menu copies, and what it is called. Everything is in its original form.
func (m *Model) copyText(t *tab, what string) (name, s string) {
	key, o := t.keys.Cursor(), t.object.Object()
	if m.scope() == keymap.Folder && t.table.Cursor() != "" { // a row whose value is not on the screen
		key, o = t.table.Cursor(), nil
	}
	kubectl := t.opened.Kinds.Kubectl(t.opened.Root, []byte(key))
	switch what {
	case "k":
		return "the key", key
	case "m":
		var keys []string
		for _, k := range t.marks.all() {
			keys = append(keys, k.Key)
		}
		return "the marked keys", strings.Join(keys, "\n")
	case "e":
		return "the etcdctl command", "etcdctl get -- " + words.Quote(key)
	case "c":
		if kubectl == "" {
			return "", ""
		}
		return "the kubectl command", "kubectl get " + kubectl + " -o yaml"
	}
	if o == nil {
		return "", ""
	}
	switch what {
	case "j":
		return "the value as JSON", string(o.JSON(t.object.View()))
	case "y":
		return "the value as YAML", string(o.YAMLBytes(t.object.View()))
	}
	return "", ""
}

// showCopyMenu asks what to copy; commands are shown as they will be copied.
func (m *Model) showCopyMenu(t *tab) {
	var items []dialog.Item
	for _, key := range []string{"k", "y", "j", "e", "c", "m"} {
		name, s := m.copyText(t, key)
		if s == "" {
			continue
		}
		label := name
		if key == "k" || key == "e" || key == "c" {
			label += "   " + clean.Middle(clean.Key([]byte(s)), 60)
		}
		items = append(items, dialog.Item{Key: key, Label: label})
	}
	if len(items) == 0 {
		m.say(text.Muted, "There is nothing to copy here.")
		return
	}
	m.dialogs.Push(dialog.NewMenu("Copy", items, func(key string) tea.Cmd { return m.copy(t, key) }))
}

func (m *Model) copyValue(t *tab) tea.Cmd { return m.copy(t, "y") }

func (m *Model) copy(t *tab, what string) tea.Cmd {
	name, s := m.copyText(t, what)
	switch {
	case s == "":
		m.say(text.Muted, "There is nothing of that kind to copy here.")
		return nil
	case len(s) > host.MaxCopy:
		m.say(text.Warning, fmt.Sprintf("%s is too large for a terminal's clipboard (%s); use etcdscope get -o yaml.", words.Upper(name), widget.Bytes(int64(len(s)))))
		return nil
	}
	m.say(text.OK, "Copied "+name+" to the terminal's clipboard (OSC 52).")
	return m.clipboard(s)
}
