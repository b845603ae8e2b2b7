package export

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// copier copies to the terminal's clipboard.
type copier struct {
	f   *Feature
	own *host.Copied // of the screen of another feature; nil: what is copied is the key under the cursor
}

// copyText is what a choice of the copy menu copies, and what it is called, in its original form; the value itself is written
// by what value returns.
func (c copier) copyText(what string) (name, s string) {
	key := c.key()
	if c.own != nil && !strings.Contains("s k m", what) {
		return "", "" // the other lines show a key as it is
	}
	switch what {
	case "s":
		return "the command that shows this" + c.otherwise(), c.command(key)
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

// otherwise says in what the screen differs from what the command shows, with a blank in front; "" where it does not.
func (c copier) otherwise() string {
	if c.own != nil {
		if c.own.Short != "" {
			return " without " + c.own.Short
		}
		return ""
	}
	if rows, ok := c.f.host.Pane(c.f.host.Focus()).(pane.Sifter); ok && rows.Sifted() != "" {
		return " without the filter"
	}
	t := c.f.v.Panes.Table
	if c.f.host.Scope() == keymap.Folder && t.Filtered() != "" {
		if _, why := c.filtered(); why != "" {
			return " without the filter: " + why
		}
		return ""
	}
	switch {
	case !c.inTable() || t.Sorted() == "":
		return ""
	case sortedBy(t) == "":
		return " in the order of names: --sort-by has no " + t.Sorted()
	}
	return ""
}

// key is the key under the cursor, "" on a screen that shows none.
func (c copier) key() string {
	if key, apart := c.apart(); apart {
		return key
	}
	if c.inTable() {
		return c.f.v.Panes.Table.Cursor()
	}
	return c.f.v.Panes.Keys.Cursor()
}

// apart is the key under the cursor of a screen that does not show the one that is selected in the tree, "" for none.
func (c copier) apart() (key string, apart bool) {
	if c.own != nil {
		return c.own.Key, true
	}
	switch c.f.host.Scope() {
	case keymap.Overview, keymap.Report, keymap.Space, keymap.Snapshots, keymap.Kept:
		return "", true
	case keymap.Changes:
		if e := c.f.v.Panes.Changes.Current(); e != nil {
			key = string(e.Key)
		}
		return key, true
	}
	return "", false
}

// inTable reports whether the cursor is on a row of a table, whose value is not on the screen.
func (c copier) inTable() bool {
	return c.f.host.Scope() == keymap.Folder && c.f.v.Panes.Table.Cursor() != ""
}

// writer writes what is copied.
type writer func(context.Context) (string, error)

// value returns the name of a form of the value that is meant, and what writes it, which takes a while for a large one, or reads it where
// it is not on the screen; write is nil where there is none.
func (c copier) value(what string) (name string, write writer) {
	if what == "d" && c.own != nil && c.own.Text != nil {
		return c.own.Name, func(context.Context) (string, error) { return c.own.Text(), nil }
	}
	read, show := c.object(), c.f.v.Panes.Object.View()
	switch {
	case c.own != nil || read == nil:
		return "", nil
	case what == "j":
		name = "the value as JSON"
	case what == "y":
		name = "the value as YAML"
	default:
		return "", nil
	}
	return name, func(ctx context.Context) (string, error) {
		o, err := read(ctx)
		switch {
		case err != nil:
			return "", err
		case what == "j":
			return string(o.JSON(show)), nil
		}
		return string(o.YAMLBytes(show)), nil
	}
}

// object returns what reads the object that is meant: that on the screen, the one in the row of a table, or as a change left it; nil for none.
func (c copier) object() func(context.Context) (*decode.Object, error) {
	key, apart := c.apart()
	o, rev := c.f.v.Panes.Object.Object(), c.f.v.State.At
	switch e := c.f.v.Panes.Changes.Current(); {
	case c.inTable():
		key = c.f.v.Panes.Table.Cursor()
	case apart && key != "" && e != nil && e.Type != etcdsource.Deleted:
		rev = e.Mod
	case apart && key != "" && e != nil:
		rev = e.Mod - 1 // the last value
	case !apart && o != nil:
		return func(context.Context) (*decode.Object, error) { return o, nil }
	}
	if key == "" || strings.HasSuffix(key, "/") {
		return nil
	}
	opened := c.f.v.Opened
	return func(ctx context.Context) (*decode.Object, error) {
		e, ok, err := etcdsource.Get(ctx, opened.Source, []byte(key), rev)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, errors.New("the key does not exist at this revision")
		}
		return opened.Decoder.Object(e.Key, e.Value, e.Mod), nil
	}
}

// showCopyMenu asks what to copy; commands are shown as they will be copied.
func (c copier) showCopyMenu() {
	var items []dialog.Item
	var whole []string // what has no room behind its name
	for _, key := range []string{"d", "s", "k", "y", "j", "c", "e", "m"} {
		name, s := c.copyText(key)
		if written, write := c.value(key); write != nil {
			name = written
		} else if s == "" {
			continue
		}
		label, fits := labelOf(key, name, s, c.f.host.Width()-boxColumns)
		if !fits {
			whole = append(whole, key+": "+readable(s))
		}
		items = append(items, dialog.Item{Key: key, Label: label})
	}
	if len(items) == 0 {
		c.f.host.Say(text.Muted, "There is nothing to copy here.")
		return
	}
	c.f.host.Push(dialog.NewOffer("Copy", whole, items, func(key string) tea.Cmd { return c.copy(key) }))
}

// maxName is how long a name may be before a command or a key, which are to be seen behind it on 80 columns.
const maxName = 30

// boxColumns are those of a menu beside its labels: its frame, and the keys.
const boxColumns = 12

// labelOf is what the menu says of a choice in room columns: its name, and a command or key as it will be copied, which comes before a
// long name. Where it does not fit, the name is all.
func labelOf(key, name, s string, room int) (label string, fits bool) {
	if !strings.Contains("s k e c", key) {
		return name, true
	}
	s = readable(s)
	switch {
	case widget.Width(name)+3+widget.Width(s) > room:
		return name, false
	case widget.Width(name) > maxName:
		return s + "   " + name, true
	}
	return name + "   " + s, true
}

// readable is a command or key as it is shown.
func readable(s string) string { return decode.HideTokens(clean.Key([]byte(s))) }

func (c copier) copy(what string) tea.Cmd {
	name, write := c.value(what)
	if write == nil {
		return c.copied(c.copyText(what))
	}
	a := c.f.v.Ask()
	return host.Job(c.f.v.Ctx, func(ctx context.Context) tea.Msg {
		s, err := write(ctx)
		return copiedMsg{a, c.own, name, s, err}
	})
}

// copiedMsg is a value that was written to be copied.
type copiedMsg struct {
	host.Ask
	own        *host.Copied
	name, text string
	err        error // it could not be read
}

func (c copier) copied(name, s string) tea.Cmd {
	switch {
	case s == "":
		c.f.host.Say(text.Muted, "There is nothing of that kind to copy here.")
		return nil
	case len(s) > host.MaxCopy:
		use := "use etcdscope get -o yaml"
		if c.own != nil {
			use = "e writes it into a file"
		}
		c.f.host.Say(text.Warning, fmt.Sprintf("%s is too large for a terminal's clipboard (%s); %s.", words.Upper(name), widget.Bytes(int64(len(s))), use))
		return nil
	}
	c.f.host.Say(text.OK, "Copied "+name+" to the terminal's clipboard (OSC 52).")
	return c.f.host.Clipboard(s)
}
