package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/table"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The namespaces, the biggest first. Where all of the store is at hand, its keys are read with the sizes of their
// values; a live store is asked for numbers of keys only, type by type and, where a type has many, namespace by namespace.
//
//	g s ─► countSpaces ─► spaceMsg (what is counted so far, ten times a second) ─► table ─► ↵ only that namespace

const (
	// fewKeys is the number of keys of a type up to which they are read instead of counted by namespace.
	fewKeys = 5000
	noSpace = "in no namespace"
	elseAll = "anything else"
)

// spaceMsg is what has been counted so far.
type spaceMsg struct {
	ask
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
	c := &counter{ctx: ctx, src: t.opened.Source, known: t.opened.Known, rev: t.state.Revision(), out: out, msg: spaceMsg{ask: t.ask()}}
	c.values = t.state.Info.Running && !t.state.Info.Spare // its server is our own
	count := c.ask
	if t.atHand() {
		count = c.read
	}
	run := func() (msg tea.Msg) {
		defer close(out)
		defer recovered(&msg)
		c.msg.err = count()
		c.msg.done = true
		c.put()
		return nil
	}
	return tea.Batch(run, handOn(out, func(m spaceMsg, next tea.Cmd) tea.Msg {
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

// counter counts by namespace.
type counter struct {
	ctx    context.Context
	src    etcdsource.Source
	known  *learn.Known
	rev    int64
	values bool // sizes are known only of values that are read
	sums   space.Spaces
	seen   int64
	when   time.Time
	out    chan spaceMsg
	msg    spaceMsg
}

// put hands over what is counted so far; one that nobody has taken is replaced.
func (c *counter) put() {
	c.msg.rows = c.sums.Rows()
	select {
	case <-c.out:
	default:
	}
	c.out <- c.msg // there is room: nobody else puts
}

func (c *counter) progress(how string) {
	if now := time.Now(); now.Sub(c.when) > publishEvery {
		c.when, c.msg.how = now, how
		c.put()
	}
}

// add counts a key that was read.
func (c *counter) add(key []byte, size int64) {
	ns, kind := "", "other"
	if ref, ok := c.known.Kinds.Locate(c.known.Root, key); ok {
		ns, kind = ref.Namespace, ref.FullName()
	}
	c.sums.Add(ns, kind, space.Sum{Keys: 1, Bytes: size})
}

// read reads all keys, with the sizes of their values.
func (c *counter) read() error {
	span := etcdsource.Prefix("")
	if span.Values = c.values; !c.values {
		span.Limit = 10000
	}
	return etcdsource.Each(c.ctx, c.src, span, c.rev, func(e etcdsource.Entry) error {
		c.add(e.Key, e.Bytes)
		if c.seen++; c.seen%1000 == 0 {
			c.progress(widget.Count(c.seen) + " keys read")
		}
		return c.ctx.Err()
	})
}

// ask asks for numbers only. What lies in no type that is known, or in a namespace that does not exist, is the rest.
func (c *counter) ask() error {
	names, err := c.namespaces()
	if err != nil {
		return err
	}
	at := etcdsource.At{Revision: c.rev}
	total, err := c.src.Count(c.ctx, etcdsource.Prefix(c.known.Root), at)
	if err != nil {
		return err
	}
	types := slices.DeleteFunc(slices.Clone(c.known.Kinds.All()), func(r kinds.Resource) bool { return !r.Namespaced })
	for i, r := range types {
		c.progress(fmt.Sprintf("%d of %d types counted", i, len(types)))
		n, err := c.kind(r, names, at)
		if err != nil {
			return err
		}
		total -= n
	}
	if total > 0 {
		c.sums.Add("", "other", space.Sum{Keys: total, Bytes: -1})
	}
	return nil
}

// kind counts a type and returns how many of its keys have got a namespace.
func (c *counter) kind(r kinds.Resource, names []string, at etcdsource.At) (found int64, err error) {
	prefix := c.known.Kinds.Prefix(c.known.Root, r, "")
	left, err := c.src.Count(c.ctx, etcdsource.Prefix(prefix), at)
	switch {
	case err != nil || left == 0:
		return 0, err
	case left <= fewKeys:
		err = etcdsource.Each(c.ctx, c.src, etcdsource.Prefix(prefix), c.rev, func(e etcdsource.Entry) error {
			found++
			c.add(e.Key, -1)
			return nil
		})
		return found, err
	}
	for i, ns := range names {
		if found == left {
			break
		}
		c.progress(fmt.Sprintf("%s: %d of %d namespaces counted", clean.Key([]byte(r.FullName())), i, len(names)))
		n, err := c.src.Count(c.ctx, etcdsource.Prefix(c.known.Kinds.Prefix(c.known.Root, r, ns)), at)
		if err != nil {
			return found, err
		}
		if n > 0 {
			c.sums.Add(ns, r.FullName(), space.Sum{Keys: n, Bytes: -1})
			found += n
		}
	}
	return found, nil
}

// namespaces reads the names of the namespaces.
func (c *counter) namespaces() (names []string, err error) {
	prefix := c.known.Root + "namespaces/"
	err = etcdsource.Each(c.ctx, c.src, etcdsource.Prefix(prefix), c.rev, func(e etcdsource.Entry) error {
		names = append(names, strings.TrimPrefix(string(e.Key), prefix))
		return nil
	})
	return names, err
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
