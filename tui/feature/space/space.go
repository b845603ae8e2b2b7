package space

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The namespaces, the biggest first. Where all of the store is at hand, its keys are read with the sizes of their
// values; a live store is asked for numbers of keys only, type by type and, where a type has many, namespace by namespace.
//
//	g s ─► countSpaces ─► spaceMsg (what is counted so far, ten times a second) ─► table ─► ↵ only that namespace

const (
	noSpace = "in no namespace"
	elseAll = "anything else"
)

// spaceMsg is what has been counted so far.
type spaceMsg struct {
	host.Ask
	rows []space.Row
	how  string // how far it is
	done bool
	err  error
	next tea.Cmd
}

// Feature lists the namespaces, the biggest first.
type Feature struct {
	host      host.Host
	v         *view.View
	spaces    *table.Pane
	stopSpace context.CancelFunc // of the count that is under way
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature {
	return &Feature{host: h, v: v, spaces: table.New(v.Panes.Style, func(string) bool { return false })}
}

// Screens implements host.Screens.
func (f *Feature) Screens() []host.Screen {
	return []host.Screen{{ID: layout.Spaces, Pane: f.spaces, Scope: keymap.Spaces}}
}

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a == keymap.ShowSpaces {
		return f.showSpaces(), true
	}
	if f.host.Focus() != layout.Spaces {
		return nil, false
	}
	switch a {
	case keymap.Open, keymap.Expand:
		return f.openSpace(), true
	case keymap.Collapse:
		f.host.FocusOn(layout.Keys)
		return nil, true
	case keymap.Sort:
		view.SortMenu(f.host, f.spaces)
		return f.host.Settle(), true
	}
	return nil, false
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case spaceMsg:
		return f.onSpace(msg), true
	case host.Settling:
		return f.fillSpaces(), true
	case view.Travelled:
		f.forgetSpaces()
	case host.FocusMoved:
		if msg.From == layout.Spaces && msg.To != layout.Spaces {
			f.forgetSpaces()
		}
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 50, Names: []string{"space", "namespaces-by-size", "biggest"}, Help: "The namespaces, the biggest first: keys and bytes of each", Run: func(string) tea.Cmd { return f.showSpaces() }}}
}

// showSpaces goes to the namespaces.
func (f *Feature) showSpaces() tea.Cmd {
	f.host.FocusOn(layout.Spaces)
	return f.host.Settle()
}

// fillSpaces begins to count, unless that is under way or done; it ends when nobody looks any more.
func (f *Feature) fillSpaces() tea.Cmd {
	if f.host.Focus() != layout.Spaces {
		if f.stopSpace != nil {
			f.forgetSpaces()
		}
		return nil
	}
	if f.stopSpace != nil || f.spaces.Known() {
		return nil
	}
	f.spaces.Select("/", "Namespaces, counting")
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.stopSpace = cancel
	out := make(chan spaceMsg, 1)
	c := &counter{out: out, msg: spaceMsg{Ask: f.v.Ask()}, Counter: space.Counter{Source: f.v.Opened.Source, Known: f.v.Opened.Known, Revision: f.v.State.Revision(),
		Whole: f.v.AtHand(), Values: f.v.State.Info.Running && !f.v.State.Info.Spare}} // that server is our own: it knows no sizes
	run := func() (msg tea.Msg) {
		defer close(out)
		defer host.Recovered(&msg)
		c.msg.err = c.Count(ctx, c.progress)
		c.msg.done = true
		c.put()
		return nil
	}
	return tea.Batch(run, host.HandOn(out, func(m spaceMsg, next tea.Cmd) tea.Msg {
		m.next = next
		return m
	}))
}

// forgetSpaces ends a count; the next look begins again.
func (f *Feature) forgetSpaces() {
	if f.stopSpace != nil {
		f.stopSpace()
		f.stopSpace = nil
	}
	f.spaces.Select("", "")
}

// counter counts by namespace and hands on how far it is.
type counter struct {
	space.Counter
	when time.Time // of the last message
	out  chan spaceMsg
	msg  spaceMsg
}

// put hands over what is counted so far; one that nobody has taken is replaced.
func (c *counter) put() {
	c.msg.rows = c.Rows()
	select {
	case <-c.out:
	default:
	}
	c.out <- c.msg // there is room: nobody else puts
}

func (c *counter) progress(p space.Progress) {
	now := time.Now()
	if now.Sub(c.when) <= host.PublishEvery {
		return
	}
	switch c.when = now; {
	case p.Kind != "":
		c.msg.how = fmt.Sprintf("%s: %d of %d namespaces counted", clean.Key([]byte(p.Kind)), p.Spaces, p.AllSpaces)
	case p.AllTypes > 0:
		c.msg.how = fmt.Sprintf("%d of %d types counted", p.Types, p.AllTypes)
	default:
		c.msg.how = widget.Count(p.Keys) + " keys read"
	}
	c.put()
}

// onSpace shows what has been counted.
func (f *Feature) onSpace(m spaceMsg) tea.Cmd {
	if f.stopSpace == nil {
		return nil
	}
	first, top := !f.spaces.Known(), f.spaces.AtTop()
	p := table.Page{Heads: []string{"NAMESPACE", "KEYS", "BYTES", "MOSTLY"}}
	if !f.v.AtHand() {
		p.Heads = []string{"NAMESPACE", "KEYS", "MOSTLY"}
		p.Note = "Sizes are not asked of a live store: its values would have to be read. A recalls them."
	}
	for _, r := range m.rows {
		name := clean.Key([]byte(r.Namespace))
		if r.Namespace == "" {
			name = noSpace
			if !f.v.AtHand() {
				name = elseAll
			}
		}
		cells := []string{name, widget.Thousands(r.Keys)}
		if f.v.AtHand() {
			cells = append(cells, sizeOf(r.Bytes))
		}
		p.Rows = append(p.Rows, table.Row{Path: r.Namespace, Cells: append(cells, clean.Key([]byte(r.Mostly)))})
	}
	title := "Namespaces, the biggest first"
	switch {
	case m.err != nil:
		p.Note = "The namespaces cannot be counted: " + clean.Error(m.err) + ". " + view.Again
	case !m.done:
		title = "Namespaces, " + m.how
	}
	f.spaces.Select("/", title)
	f.spaces.Set(p)
	switch {
	case first:
		f.spaces.Largest(1)
	case top: // the biggest so far, not the one that was it before
		f.spaces.Do(keymap.First)
	}
	if m.done {
		f.stopSpace()
		f.stopSpace = nil
	}
	return m.next
}

func sizeOf(bytes int64) string {
	if bytes < 0 {
		return "?"
	}
	return widget.Thousands(bytes)
}

// openSpace shows all that is in the namespace under the cursor.
func (f *Feature) openSpace() tea.Cmd {
	ns := f.spaces.Cursor()
	if ns == "" {
		f.host.Say(text.Muted, "These keys are in no namespace: the tree shows them, 1 goes there.")
		return nil
	}
	return f.host.Ask(host.ScopeTo{Namespace: ns})
}
