package export

import (
	"context"
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

// copyText is what a choice of the copy menu copies, and what it is called, in its original form; the value itself is written
// by what value returns.
func (f *Feature) copyText(what string) (name, s string) {
	key := f.v.Panes.Keys.Cursor()
	if f.inTable() {
		key = f.v.Panes.Table.Cursor()
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
	return "", ""
}

// inTable reports whether the cursor is on a row of a table, whose value is not on the screen.
func (f *Feature) inTable() bool {
	return f.host.Scope() == keymap.Folder && f.v.Panes.Table.Cursor() != ""
}

// value returns the name of a form of the value that is on the screen, and what writes it, which takes a while for a large
// one; write is nil where there is none.
func (f *Feature) value(what string) (name string, write func() string) {
	o, show := f.v.Panes.Object.Object(), f.v.Panes.Object.View()
	switch {
	case o == nil || f.inTable():
	case what == "j":
		return "the value as JSON", func() string { return string(o.JSON(show)) }
	case what == "y":
		return "the value as YAML", func() string { return string(o.YAMLBytes(show)) }
	}
	return "", nil
}

// showCopyMenu asks what to copy; commands are shown as they will be copied.
func (f *Feature) showCopyMenu() {
	var items []dialog.Item
	for _, key := range []string{"k", "y", "j", "e", "c", "m"} {
		name, s := f.copyText(key)
		if written, write := f.value(key); write != nil {
			name = written
		} else if s == "" {
			continue
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
	name, write := f.value(what)
	if write == nil {
		return f.copied(f.copyText(what))
	}
	a := f.v.Ask()
	return host.Job(f.v.Ctx, func(context.Context) tea.Msg { return copiedMsg{a, name, write()} })
}

// copiedMsg is a value that was written to be copied.
type copiedMsg struct {
	host.Ask
	name, text string
}

func (f *Feature) copied(name, s string) tea.Cmd {
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
