package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// desk is a view among those that are open, with its features. It is the host of these.
type desk struct {
	m        *Model
	v        *tab
	features features
	screens  []host.Screen
}

// attach shows a source that has been opened, and makes the features of the view.
func (d *desk) attach(o *learn.Opened) tea.Cmd {
	d.v.attach(o, d.m.style, &d.m.opts)
	for _, make := range makers {
		d.features = append(d.features, make(d, d.v))
	}
	d.screens = d.features.screens()
	return d.v.start(&d.m.opts)
}

// close ends what the view has begun.
func (d *desk) close() tea.Cmd {
	cmd := d.v.close()
	for _, f := range d.features {
		f.Close()
	}
	return cmd
}

// update gives a message to the view, else to its features, and asks for what is shown then.
func (d *desk) update(msg tea.Msg) tea.Cmd {
	if d.v.state == nil {
		return drop(msg)
	}
	cmd, ok := d.v.update(msg)
	if !ok {
		cmd, ok = d.features.update(msg)
	}
	if !ok {
		return drop(msg)
	}
	return tea.Batch(cmd, d.Settle())
}

// drop does what must be done about a message that nobody takes.
func drop(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(host.Dropper); ok {
		return m.Drop()
	}
	return nil
}

// pane returns the pane of an ID.
func (d *desk) pane(id layout.ID) pane.Pane {
	for i := range d.screens {
		if d.screens[i].ID == id {
			return d.screens[i].Pane
		}
	}
	return d.v.pane(id)
}

// working says how far the work of a feature is, "" for none.
func (d *desk) working(now time.Time) string {
	for _, f := range d.features {
		if w, ok := f.(host.Working); ok {
			if s := w.Working(now); s != "" {
				return s
			}
		}
	}
	return ""
}

// Say implements host.Host.
func (d *desk) Say(role text.Role, s string) { d.m.say(role, s) }

// Focus implements host.Host.
func (d *desk) Focus() layout.ID { return d.m.focus }

// FocusOn implements host.Host.
func (d *desk) FocusOn(id layout.ID) { d.m.setFocus(id) }

// Scope implements host.Host.
func (d *desk) Scope() keymap.Scope {
	for i := range d.screens {
		if d.screens[i].ID == d.m.focus {
			return d.screens[i].Scope
		}
	}
	return d.v.scope(d.m.focus)
}

// Shows implements host.Host.
func (d *desk) Shows(id layout.ID) bool {
	_, ok := d.m.lay.Of(id)
	return ok
}

// Width implements host.Host.
func (d *desk) Width() int { return d.m.lay.W }

// Settle implements host.Host.
func (d *desk) Settle() tea.Cmd {
	if d.v.state == nil || d != d.m.desk() {
		return nil
	}
	return tea.Batch(d.v.settle(), d.Tell(host.Settling{}))
}

// Travel implements host.Host.
func (d *desk) Travel(rev int64) tea.Cmd {
	if why := d.v.refusal(rev); why != "" {
		d.Say(text.Warning, why)
		return nil
	}
	d.v.object.Pin(0)
	cmd := d.v.travel(rev)
	d.m.rearrange()
	d.v.changes.Sync()
	return tea.Batch(cmd, d.v.date(), d.Settle())
}

// Jump implements host.Host.
func (d *desk) Jump(path string) tea.Cmd { return tea.Batch(d.v.jump(path), d.Settle()) }

// Carry implements host.Host.
func (d *desk) Carry(i pane.Intent) tea.Cmd {
	switch i := i.(type) {
	case nil:
		return d.Settle()
	case pane.Open:
		if d.v.story == nil || d.m.focus != layout.Story {
			d.FocusOn(layout.Object)
		}
		return d.Jump(i.Path)
	case pane.Leave:
		d.FocusOn(layout.Keys)
		return nil
	case pane.Say:
		d.Say(i.Role, i.Text)
		return nil
	case pane.FilterWriter:
		d.FocusOn(layout.Changes)
		d.v.changes.Filter("by:" + i.Writer)
		return d.Settle()
	case pane.OpenFile:
		return d.m.openTab(host.Target{Path: i.Path})
	}
	if cmd, ok := d.features.update(i); ok {
		return cmd
	}
	return tea.Batch(d.v.do(i), d.Settle())
}

// Push implements host.Host.
func (d *desk) Push(x dialog.Dialog) { d.m.dialogs.Push(x) }

// Prompt implements host.Host.
func (d *desk) Prompt(p host.Prompt) { d.m.prompt = prompt{&p, dialog.NewInput(p.Value)} }

// Ask implements host.Host.
func (d *desk) Ask(request tea.Msg) tea.Cmd {
	cmd, _ := d.features.update(request)
	return cmd
}

// Tell implements host.Host.
func (d *desk) Tell(event tea.Msg) tea.Cmd { return d.features.tell(event) }

// Open implements host.Host.
func (d *desk) Open(t host.Target, behind bool) (int, tea.Cmd) {
	at := d.m.current
	cmd := d.m.openTab(t)
	id := d.m.tab().id
	if behind {
		d.m.current = at
		d.m.rearrange()
	}
	return id, cmd
}

// Reopen implements host.Host.
func (d *desk) Reopen() tea.Cmd {
	target := d.v.target
	return tea.Batch(d.m.closeTab(d), d.m.openTab(target))
}

// Replace implements host.Host. The cursor stays; the sources that the new one stands on are closed after it.
func (d *desk) Replace(o *learn.Opened) tea.Cmd {
	m, old := d.m, d.v.opened.Source
	n := m.newDesk(d.v.target)
	m.tabs[slices.Index(m.tabs, d)] = n
	d.v.cancel()
	n.v.below = d.v.below
	closing := tea.Cmd(func() tea.Msg { _ = old.Close(); return nil })
	if !isRecalled(old) {
		n.v.below, closing = append(n.v.below, old), nil
	}
	cmd := n.attach(o)
	if cursor := d.v.keys.Cursor(); cursor != "" {
		n.v.goal = cursor
	}
	m.rearrange()
	return tea.Batch(cmd, closing, n.v.describeSource())
}

// Clipboard implements host.Host.
func (d *desk) Clipboard(s string) tea.Cmd { return d.m.clipboard(s) }

// Opened implements host.Host.
func (d *desk) Opened() (out []host.Opened) {
	for i, o := range d.m.tabs {
		if v := o.v; v.state != nil {
			out = append(out, host.Opened{Opened: v.opened, ID: v.id, Place: i + 1, Target: v.target, Name: clean.Key([]byte(v.state.Info.Name)),
				Past: v.atHand(), Live: v.state.Info.Running, At: v.state.At, Head: v.state.Head, Finder: v.finder})
		}
	}
	return out
}

// Deps implements host.Host.
func (d *desk) Deps() *host.Deps { return &d.m.deps }

// Options implements host.Host.
func (d *desk) Options() *host.Options { return &d.m.opts }
