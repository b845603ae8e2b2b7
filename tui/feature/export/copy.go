package export

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// copier copies to the terminal's clipboard.
type copier struct{ f *Feature }

// copyText is what a choice of the copy menu copies, and what it is called, in its original form; the value itself is written
// by what value returns.
func (c copier) copyText(what string) (name, s string) {
	key := c.f.v.Panes.Keys.Cursor()
	if c.inTable() {
		key = c.f.v.Panes.Table.Cursor()
	}
	switch what {
	case "s":
		return "the command that shows this", c.command(key)
	case "k":
		return "the key", key
	case "m":
		var keys []string
		for _, k := range c.f.v.Nav.Marks.All() {
			keys = append(keys, k.Key)
		}
		return "the marked keys", strings.Join(keys, "\n")
	case "e":
		return "the etcdctl command", c.etcdctl(key)
	case "c":
		return "the kubectl command", c.kubectl(key)
	}
	return "", ""
}

// inTable reports whether the cursor is on a row of a table, whose value is not on the screen.
func (c copier) inTable() bool {
	return c.f.host.Scope() == keymap.Folder && c.f.v.Panes.Table.Cursor() != ""
}

// value returns the name of a form of the value that is on the screen, and what writes it, which takes a while for a large
// one; write is nil where there is none.
func (c copier) value(what string) (name string, write func() string) {
	o, show := c.f.v.Panes.Object.Object(), c.f.v.Panes.Object.View()
	switch {
	case o == nil || c.inTable():
	case what == "j":
		return "the value as JSON", func() string { return string(o.JSON(show)) }
	case what == "y":
		return "the value as YAML", func() string { return string(o.YAMLBytes(show)) }
	}
	return "", nil
}

// showCopyMenu asks what to copy; commands are shown as they will be copied.
func (c copier) showCopyMenu() {
	var items []dialog.Item
	for _, key := range []string{"s", "k", "y", "j", "c", "e", "m"} {
		name, s := c.copyText(key)
		if written, write := c.value(key); write != nil {
			name = written
		} else if s == "" {
			continue
		}
		label := name
		if strings.Contains("s k e c", key) {
			label += "   " + clean.Middle(decode.HideTokens(clean.Key([]byte(s))), 60)
		}
		items = append(items, dialog.Item{Key: key, Label: label})
	}
	if len(items) == 0 {
		c.f.host.Say(text.Muted, "There is nothing to copy here.")
		return
	}
	c.f.host.Push(dialog.NewMenu("Copy", items, func(key string) tea.Cmd { return c.copy(key) }))
}

func (c copier) copy(what string) tea.Cmd {
	name, write := c.value(what)
	if write == nil {
		return c.copied(c.copyText(what))
	}
	a := c.f.v.Ask()
	return host.Job(c.f.v.Ctx, func(context.Context) tea.Msg { return copiedMsg{a, name, write()} })
}

// copiedMsg is a value that was written to be copied.
type copiedMsg struct {
	host.Ask
	name, text string
}

func (c copier) copied(name, s string) tea.Cmd {
	switch {
	case s == "":
		c.f.host.Say(text.Muted, "There is nothing of that kind to copy here.")
		return nil
	case len(s) > host.MaxCopy:
		c.f.host.Say(text.Warning, fmt.Sprintf("%s is too large for a terminal's clipboard (%s); use etcdscope get -o yaml.", words.Upper(name), widget.Bytes(int64(len(s)))))
		return nil
	}
	c.f.host.Say(text.OK, "Copied "+name+" to the terminal's clipboard (OSC 52).")
	return c.f.host.Clipboard(s)
}
