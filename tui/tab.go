package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/terminal"
	"github.com/etcdscope/etcdscope/tui/view"
)

// tab is a view among those that are open, with its features. It is the host of these.
type tab struct {
	m        *Model
	v        *view.View
	features host.Features
	screens  []host.Screen
	from     layout.ID // where the focus was before it was opened
	group
}

// attach shows a source that has been opened, and makes the features of the view.
func (d *tab) attach(o *learn.Opened) tea.Cmd {
	d.v.Attach(o, d.m.style, &d.m.opts)
	for _, make := range makers {
		d.features = append(d.features, make(d, d.v))
	}
	d.screens = d.features.Screens()
	return d.v.Start(&d.m.opts)
}

// close ends what the view has begun.
func (d *tab) close() tea.Cmd {
	cmd := d.v.Close()
	for _, f := range d.features {
		f.Close()
	}
	return cmd
}

// update gives a message to the view, else to its features, and asks for what is shown then.
func (d *tab) update(msg tea.Msg) tea.Cmd {
	if d.v.State == nil {
		return drop(msg)
	}
	cmd, ok := d.v.Update(msg)
	if !ok {
		cmd, ok = d.features.Update(msg)
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

// Pane implements host.Host.
func (d *tab) Pane(id layout.ID) pane.Pane {
	for i := range d.screens {
		if d.screens[i].ID == id {
			return d.screens[i].Pane
		}
	}
	return d.v.Pane(id)
}

// Say implements host.Host.
func (d *tab) Say(role text.Role, s string) { d.m.say(role, s) }

// Focus implements host.Host.
func (d *tab) Focus() layout.ID { return d.m.screen.focus }

// FocusOn implements host.Host.
func (d *tab) FocusOn(id layout.ID) { d.m.screen.setFocus(id) }

// Scope implements host.Host.
func (d *tab) Scope() keymap.Scope {
	for i := range d.screens {
		if d.screens[i].ID == d.m.screen.focus {
			return d.screens[i].Scope
		}
	}
	return d.v.Scope(d.m.screen.focus)
}

// Shows implements host.Host.
func (d *tab) Shows(id layout.ID) bool {
	_, ok := d.m.screen.lay.Of(id)
	return ok
}

// Width implements host.Host.
func (d *tab) Width() int { return d.m.screen.lay.W }

// Settle implements host.Host.
func (d *tab) Settle() tea.Cmd {
	if d.v.State == nil || d != d.m.tab() {
		return nil
	}
	if s := &d.m.screen; view.Divide(d.v, s.focus, s.zoom, &s.lay) != s.lay.Asked {
		s.rearrange()
	}
	return tea.Batch(d.v.Settle(), d.Publish(host.Settling{}))
}

// Travel implements host.Host.
func (d *tab) Travel(rev int64) tea.Cmd {
	if why := d.v.Refusal(rev); why != "" {
		d.Say(text.Warning, why)
		return nil
	}
	d.v.Panes.Object.Pin(0)
	cmd := d.v.Travel(rev)
	d.m.screen.rearrange()
	d.v.Panes.Changes.Sync()
	return tea.Batch(cmd, d.v.Times.Date(), d.Settle())
}

// Jump implements host.Host. What another etcd of the node keeps is shown there.
func (d *tab) Jump(path string) tea.Cmd {
	if d.strange(path) {
		return tea.Batch(d.m.screen.show(d.in), d.in.Jump(path))
	}
	if d.v.Opened.EtcdOf(path) != nil {
		return d.Ask(pane.OpenApart{Path: path})
	}
	return tea.Batch(d.v.Nav.Jump(path), d.Settle())
}

// Carry implements host.Host.
func (d *tab) Carry(i pane.Intent) tea.Cmd {
	switch i := i.(type) {
	case nil:
		return d.Settle()
	case pane.Open:
		if d.v.Panes.Story == nil || d.m.screen.focus != layout.Story {
			d.FocusOn(layout.Object)
		}
		return d.Jump(i.Path)
	case pane.Leave:
		d.FocusOn(layout.Keys)
		return nil
	case pane.Say:
		d.Say(i.Role, i.Text)
		return nil
	case pane.OpenFile:
		return d.m.openTab(host.Target{Path: i.Path})
	}
	if cmd, ok := d.features.Update(i); ok {
		return cmd
	}
	return tea.Batch(d.v.Do(i), d.Settle())
}

// Push implements host.Host.
func (d *tab) Push(x dialog.Dialog) { d.m.typing.dialogs.Push(x) }

// Prompt implements host.Host.
func (d *tab) Prompt(p host.Prompt) {
	d.m.typing.prompt, d.m.typing.input = &p, dialog.NewInput(p.Value)
	d.m.typing.offered.Offer(p.Complete, p.Value)
}

// Ask implements host.Host.
func (d *tab) Ask(request tea.Msg) tea.Cmd {
	cmd, _ := d.features.Update(request)
	return cmd
}

// Publish implements host.Host.
func (d *tab) Publish(event tea.Msg) tea.Cmd { return d.features.Publish(event) }

// Open implements host.Host.
func (d *tab) Open(t host.Target, behind bool) (int, tea.Cmd) {
	at := d.m.current
	cmd := d.m.openTab(t)
	id := d.m.view().ID
	if behind {
		d.m.current = at
		d.m.screen.rearrange()
	}
	return id, cmd
}

// Reopen implements host.Host.
func (d *tab) Reopen() tea.Cmd {
	target, first := d.v.Opening.Again(), d.first()
	if first != d {
		return tea.Batch(d.m.closeTab(d), first.Join(target, true))
	}
	return tea.Batch(d.m.closeTab(d), d.m.openTab(target))
}

// Replace implements host.Host. The cursor stays; the sources that the new one is on are closed after it.
func (d *tab) Replace(o *learn.Opened) tea.Cmd {
	m, old := d.m, d.v.Opened.Source
	n := m.newTab(d.v.Opening.Target)
	m.tabs[slices.Index(m.tabs, d)], n.in = n, d.in
	for _, o := range m.tabs {
		if o.in == d {
			o.in = n
		}
	}
	d.v.Cancel()
	n.v.Opening.Below = d.v.Opening.Below
	closing := tea.Cmd(func() tea.Msg { _ = old.Close(); return nil })
	if !view.IsRecalled(old) {
		n.v.Opening.Below, closing = append(n.v.Opening.Below, old), nil
	}
	cmd := n.attach(o)
	if cursor := d.v.Panes.Keys.Cursor(); cursor != "" {
		n.v.Tree.Goal = cursor
	}
	m.screen.rearrange()
	return tea.Batch(cmd, closing, n.v.Flow.DescribeSource())
}

// Clipboard implements host.Host.
func (d *tab) Clipboard(s string) tea.Cmd { return terminal.Clipboard(d.m.opts.Environ, s) }

// Opened implements host.Host.
func (d *tab) Opened() (out []host.Opened) {
	for i, o := range firsts(d.m) {
		if o == d.first() && o != d {
			o = d
		}
		if o.v.State != nil {
			out = append(out, openedOf(o.v, i+1))
		}
	}
	return out
}

// Deps implements host.Host.
func (d *tab) Deps() *host.Deps { return &d.m.deps }

// Options implements host.Host.
func (d *tab) Options() *host.Options { return &d.m.opts }
