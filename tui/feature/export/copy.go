package export

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
func (f *Feature) copyText(what string) (name, s string) {
	key, o := f.v.Panes.Keys.Cursor(), f.v.Panes.Object.Object()
	if f.host.Scope() == keymap.Folder && f.v.Panes.Table.Cursor() != "" { // a row whose value is not on the screen
		key, o = f.v.Panes.Table.Cursor(), nil
	}
	kubectl := f.v.Opened.Kinds.Kubectl(f.v.Opened.Root, []byte(key))
	switch what {
	case "k":
		return "the key", key
	case "m":
		var keys []string
		for _, k := range f.v.Nav.Marks.All() {
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
		return "the value as JSON", string(o.JSON(f.v.Panes.Object.View()))
	case "y":
		return "the value as YAML", string(o.YAMLBytes(f.v.Panes.Object.View()))
	}
	return "", ""
}

// copyName names the value of the object on the screen, which is not written for it; "" for anything else.
func (f *Feature) copyName(what string) string {
	inTable := f.host.Scope() == keymap.Folder && f.v.Panes.Table.Cursor() != ""
	if f.v.Panes.Object.Object() == nil || inTable {
		return ""
	}
	return map[string]string{"j": "the value as JSON", "y": "the value as YAML"}[what]
}

// showCopyMenu asks what to copy; commands are shown as they will be copied.
func (f *Feature) showCopyMenu() {
	var items []dialog.Item
	for _, key := range []string{"k", "y", "j", "e", "c", "m"} {
		name, s := f.copyName(key), ""
		if name == "" { // else the whole value would be written only to name it
			name, s = f.copyText(key)
			if s == "" {
				continue
			}
		}
		label := name
		if key == "k" || key == "e" || key == "c" {
			label += "   " + clean.Middle(clean.Key([]byte(s)), 60)
		}
		items = append(items, dialog.Item{Key: key, Label: label})
	}
	if len(items) == 0 {
		f.host.Say(text.Muted, "There is nothing to copy here.")
		return
	}
	f.host.Push(dialog.NewMenu("Copy", items, func(key string) tea.Cmd { return f.copy(key) }))
}

func (f *Feature) copyValue() tea.Cmd { return f.copy("y") }

func (f *Feature) copy(what string) tea.Cmd {
	name, s := f.copyText(what)
	switch {
	case s == "":
		f.host.Say(text.Muted, "There is nothing of that kind to copy here.")
		return nil
	case len(s) > host.MaxCopy:
		f.host.Say(text.Warning, fmt.Sprintf("%s is too large for a terminal's clipboard (%s); use etcdscope get -o yaml.", words.Upper(name), widget.Bytes(int64(len(s)))))
		return nil
	}
	f.host.Say(text.OK, "Copied "+name+" to the terminal's clipboard (OSC 52).")
	return f.host.Clipboard(s)
}
