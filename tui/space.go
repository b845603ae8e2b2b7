package tui

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

// showSpaces goes to the namespaces.
func (m *Model) showSpaces(t *tab) tea.Cmd {
	m.setFocus(layout.Spaces)
	return m.settle(t)
}

// fillSpaces begins to count, unless that is under way or done; it ends when nobody looks any more.
func (m *Model) fillSpaces(t *tab) tea.Cmd {
	if m.focus != layout.Spaces {
		if t.stopSpace != nil {
			t.forgetSpaces()
		}
		return nil
	}
	if t.stopSpace != nil || t.spaces.Known() {
		return nil
	}
	t.spaces.Select("/", "Namespaces, counting")
	ctx, cancel := context.WithCancel(t.ctx)
	t.stopSpace = cancel
	out := make(chan spaceMsg, 1)
	c := &counter{out: out, msg: spaceMsg{Ask: t.ask()}, Counter: space.Counter{Source: t.opened.Source, Known: t.opened.Known, Revision: t.state.Revision(),
		Whole: t.atHand(), Values: t.state.Info.Running && !t.state.Info.Spare}} // that server is our own: it knows no sizes
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

// forgetSpaces ends a count; the next look begins anew.
func (t *tab) forgetSpaces() {
	if t.stopSpace != nil {
		t.stopSpace()
		t.stopSpace = nil
	}
	t.spaces.Select("", "")
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
func (t *tab) onSpace(m spaceMsg) tea.Cmd {
	if t.stopSpace == nil {
		return nil
	}
	first, top := !t.spaces.Known(), t.spaces.AtTop()
	p := table.Page{Heads: []string{"NAMESPACE", "KEYS", "BYTES", "MOSTLY"}}
	if !t.atHand() {
		p.Heads = []string{"NAMESPACE", "KEYS", "MOSTLY"}
		p.Note = "Sizes are not asked of a live store: its values would have to be read. A recalls them."
	}
	for _, r := range m.rows {
		name := clean.Key([]byte(r.Namespace))
		if r.Namespace == "" {
			name = noSpace
			if !t.atHand() {
				name = elseAll
			}
		}
		cells := []string{name, widget.Thousands(r.Keys)}
		if t.atHand() {
			cells = append(cells, sizeOf(r.Bytes))
		}
		p.Rows = append(p.Rows, table.Row{Path: r.Namespace, Cells: append(cells, clean.Key([]byte(r.Mostly)))})
	}
	title := "Namespaces, the biggest first"
	switch {
	case m.err != nil:
		p.Note = "The namespaces cannot be counted: " + clean.Error(m.err) + ". " + again
	case !m.done:
		title = "Namespaces, " + m.how
	}
	t.spaces.Select("/", title)
	t.spaces.Set(p)
	switch {
	case first:
		t.spaces.Largest(1)
	case top: // the biggest so far, not the one that was it before
		t.spaces.Do(keymap.First)
	}
	if m.done {
		t.stopSpace()
		t.stopSpace = nil
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
func (m *Model) openSpace(t *tab) tea.Cmd {
	ns := t.spaces.Cursor()
	if ns == "" {
		m.say(text.Muted, "These keys are in no namespace: the tree shows them, 1 goes there.")
		return nil
	}
	return m.scopeTo(t, ns)
}

// actSpaces carries out what means something else among the namespaces.
func (m *Model) actSpaces(t *tab, a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.Open, keymap.Expand:
		return m.openSpace(t), true
	case keymap.Collapse:
		return m.back(t), true
	}
	return nil, false
}
