package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// copyText is what a choice of the copy menu copies, and what it is called. Everything is in its original form.
func (t *tab) copyText(what string) (name, s string) {
	key := t.keys.Cursor()
	o := t.object.Object()
	kubectl := t.opened.Kinds.Kubectl(t.opened.Root, []byte(key))
	switch what {
	case "k":
		return "the key", key
	case "e":
		return "the etcdctl command", "etcdctl get -- " + quote(key)
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

// quote makes a word that a shell takes as it is.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (m *Model) copyValue(t *tab) tea.Cmd { return m.copy(t, "y") }

// maxCopy is the most that is sent to the terminal's clipboard, in bytes.
const maxCopy = 64 << 10

func (m *Model) copy(t *tab, what string) tea.Cmd {
	name, s := t.copyText(what)
	switch {
	case s == "":
		m.say(text.Muted, "There is nothing of that kind to copy here.")
		return nil
	case len(s) > maxCopy:
		m.say(text.Warning, fmt.Sprintf("%s is too large for a terminal's clipboard (%s); use etcdscope get -o yaml.", upper(name), widget.Bytes(int64(len(s)))))
		return nil
	}
	m.say(text.OK, "Copied "+name+" to the terminal's clipboard (OSC 52).")
	return m.clipboard(s)
}
