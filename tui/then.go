package tui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// What differs between the screen's time and now is compared as a whole where the past is at hand (a file, the demo, a
// recalled store); of a live store, folder by folder as they are opened.

// thenMsg is what differs in the whole store or, where path is set, directly in a folder.
type thenMsg struct {
	host.Ask
	path string
	list []session.Difference
	err  error
}

// atHand reports whether all of the past can be read without a burden to anybody.
func (t *tab) atHand() bool {
	return !t.state.Info.Spare || t.state.Info.Past == etcdsource.PastWhole
}

// compareThen begins to compare the screen's time with now.
func (t *tab) compareThen() tea.Cmd {
	if t.state.At == 0 || !t.atHand() {
		return nil
	}
	a, src, then, now := t.ask(), t.opened.Source, t.state.At, t.state.Head
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		m := thenMsg{Ask: a}
		for d, err := range compare.Keys(ctx, src, then, now) {
			if err != nil {
				m.err = err
				break
			}
			m.add(&d)
		}
		return m
	})
}

// compareFolder compares a folder of a live store that has just been read.
func (t *tab) compareFolder(path string) tea.Cmd {
	n := t.state.Tree.Find(path)
	if t.state.At == 0 || t.atHand() || n == nil || n.Load != session.Loaded || len(n.Kids) > compare.MaxFolder {
		return nil
	}
	then := make([]etcdsource.Child, 0, len(n.Kids))
	for _, k := range n.Kids {
		then = append(then, etcdsource.Child{Path: []byte(k.Path), Dir: k.Dir, Entry: etcdsource.Entry{Mod: k.Mod}})
	}
	a, src := t.ask(), t.opened.Source
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		list, err := compare.Folder(ctx, src, path, then)
		m := thenMsg{Ask: a, path: path, err: err}
		for i := range list {
			m.add(&list[i])
		}
		return m
	})
}

// add takes a difference as the tree shows it.
func (m *thenMsg) add(d *compare.Difference) {
	x := session.Difference{Key: string(d.Key)}
	if d.From != nil {
		x.Then = d.From.Mod
	}
	if d.To != nil {
		x.Now = d.To.Mod
	}
	switch d.Op() {
	case compare.Removed:
		x.Mark = session.Gone
	case compare.Added:
		x.Mark = session.Later
	default:
		x.Mark = session.Differs
	}
	m.list = append(m.list, x)
}

// onThen marks what differs.
func (m *Model) onThen(t *tab, msg thenMsg) {
	switch {
	case t.state.Then == nil:
		return
	case msg.err != nil:
		m.say(text.Warning, "What differs from now cannot be told: "+clean.Error(msg.err))
		return
	}
	t.state.Then.Add(msg.list)
	t.state.Then.Whole = t.atHand()
	t.state.Tree.Annotate(msg.path, t.state.Then)
	t.keys.Sync()
	if m.focus == layout.Differences && m.thenShown {
		m.fillThen(t)
	}
}

// listThen shows what differs between the screen's time and now.
func (m *Model) listThen(t *tab) {
	if t.state.At == 0 {
		return
	}
	t.stopContrast()
	t.contrast.seq++
	m.setFocus(layout.Differences)
	m.fillThen(t)
}

func (m *Model) fillThen(t *tab) {
	m.thenShown = true
	d := t.state.Then
	t.diffs.Begin(fmt.Sprintf("then %s %s now %s", widget.Thousands(t.state.At), m.style.Theme.Glyphs.Arrow, widget.Thousands(t.state.Head)))
	rows := make([]differences.Row, 0, len(d.All()))
	for _, x := range d.All() {
		rows = append(rows, t.differenceRow(x))
	}
	t.diffs.Add(rows, 0)
	if d.Whole || !t.atHand() {
		t.diffs.End("")
	}
	t.diffs.Go(t.keys.Cursor())
}

// row names a key that differs.
func (t *tab) differenceRow(d session.Difference) differences.Row {
	r := t.nameRow(d.Key)
	switch d.Mark {
	case session.Gone:
		r.Op, r.Note = differences.Removed, widget.Thousands(d.Then)+", gone now"
	case session.Later:
		r.Op, r.Note = differences.Added, "later: "+widget.Thousands(d.Now)
	default:
		r.Note, r.Vague = widget.Thousands(d.Then)+" → "+widget.Thousands(d.Now), true
	}
	if strings.HasSuffix(d.Key, "/") {
		r.Note = map[session.Mark]string{session.Gone: "the whole folder is gone now", session.Later: "the whole folder came later"}[d.Mark]
		r.Vague = false
	}
	return r
}

// nameRow fills in what a key says of itself.
func (t *tab) nameRow(key string) differences.Row {
	r := differences.Row{Key: key}
	if ref, ok := t.opened.Kinds.Locate(t.opened.Root, []byte(key)); ok && ref.Name != "" {
		r.Type, r.NS, r.Name = clean.Key([]byte(ref.FullName())), clean.Key([]byte(ref.Namespace)), clean.Key([]byte(ref.Name))
		return r
	}
	r.Name = clean.Key([]byte(key))
	return r
}

// showDifference shows the difference of a key of the list.
func (m *Model) showDifference(t *tab, key string) tea.Cmd {
	if !m.thenShown {
		return m.showContrast(t, key)
	}
	if strings.HasSuffix(key, "/") {
		m.setFocus(layout.Keys)
		return t.reveal(key)
	}
	cmd := t.reveal(key)
	return tea.Batch(cmd, m.compare(t, comparison{from: point{key: key, rev: t.state.At, label: "then"}, to: point{key: key, label: "now"}}))
}
