package compare

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// What differs between the screen's time and now is compared as a whole where the past is available (a file, the demo, a
// recalled store); of a live store, folder by folder as they are opened.

// thenMsg is what differs in the whole store or, where path is set, directly in a folder.
type thenMsg struct {
	host.Ask
	path string
	list []session.Difference
	err  error
}

// compareThen begins to compare the screen's time with now.
func (sd *stateDiff) compareThen() tea.Cmd {
	if sd.f.v.State.At == 0 || !sd.f.v.AtHand() {
		return nil
	}
	a, src, then, now := sd.f.v.Ask(), sd.f.v.Opened.Source, sd.f.v.State.At, sd.f.v.State.Head
	return host.Job(sd.f.v.Ctx, func(ctx context.Context) tea.Msg {
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
func (sd *stateDiff) compareFolder(path string) tea.Cmd {
	if sd.f.v.State.Then == nil {
		return nil
	}
	n := sd.f.v.State.Tree.Find(path)
	if sd.f.v.State.At == 0 || sd.f.v.AtHand() || n == nil || n.Load != session.Loaded || len(n.Kids) > compare.MaxFolder {
		return nil
	}
	then := make([]etcdsource.Child, 0, len(n.Kids))
	for _, k := range n.Kids {
		then = append(then, etcdsource.Child{Path: []byte(k.Path), Dir: k.Dir, Entry: etcdsource.Entry{Mod: k.Mod}})
	}
	a, src := sd.f.v.Ask(), sd.f.v.Opened.Source
	return host.Job(sd.f.v.Ctx, func(ctx context.Context) tea.Msg {
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
		x.Mark, x.Made = session.Later, d.To.Create
	default:
		x.Mark = session.Differs
	}
	m.list = append(m.list, x)
}

// onThen marks what differs.
func (sd *stateDiff) onThen(msg thenMsg) {
	switch {
	case sd.f.v.State.Then == nil:
		return
	case msg.err != nil:
		sd.f.host.Say(text.Warning, "What differs from now cannot be read: "+clean.Error(msg.err))
		return
	}
	sd.f.v.State.Then.Add(msg.list)
	sd.f.v.State.Then.Whole = sd.f.v.AtHand()
	sd.f.v.State.Tree.Annotate(msg.path, sd.f.v.State.Then)
	sd.f.v.Panes.Keys.Sync()
	if sd.f.host.Focus() == layout.Differences && sd.nowShown {
		key := ""
		if row := sd.diffs.Current(); row != nil {
			key = row.Key
		}
		sd.fillThen(key)
	}
}

// listThen shows what differs between the screen's time and now.
func (sd *stateDiff) listThen() {
	if sd.f.v.State.At == 0 {
		return
	}
	sd.stopContrast()
	sd.listing.seq++
	sd.f.host.FocusOn(layout.Differences)
	sd.fillThen("")
}

// fillThen lists the differences, with the cursor on one of the keys; "" is the top.
func (sd *stateDiff) fillThen(key string) {
	sd.nowShown = true
	d := sd.f.v.State.Then
	sd.diffs.Begin(fmt.Sprintf("then %s → now %s", widget.Thousands(sd.f.v.State.At), widget.Thousands(sd.f.v.State.Head)))
	rows := make([]differences.Row, 0, len(d.All()))
	for _, x := range d.All() {
		rows = append(rows, sd.differenceRow(x))
	}
	dateRemoved(sd, rows)
	sd.diffs.Add(rows, 0)
	if d.Whole || !sd.f.v.AtHand() {
		sd.diffs.End("")
	}
	sd.diffs.Go(key)
}

// row names a key that differs.
func (sd *stateDiff) differenceRow(d session.Difference) differences.Row {
	r := nameRow(sd.f.v, d.Key)
	r.Rev = d.Now
	switch d.Mark {
	case session.Gone:
		r.Op, r.Note = differences.Removed, widget.Thousands(d.Then)+", gone now"
	case session.Later:
		r.Op, r.Note, r.Made = differences.Added, "later: "+widget.Thousands(cmp.Or(d.Made, d.Now)), d.Made
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
func nameRow(v *view.View, key string) differences.Row {
	r := differences.Row{Key: key}
	if ref, ok := v.Opened.Kinds.Locate(v.Opened.Root, []byte(key)); ok && ref.Name != "" {
		r.Type, r.NS, r.Name = clean.Key([]byte(ref.FullName())), clean.Key([]byte(ref.Namespace)), decode.NameText(key, ref.Name)
		return r
	}
	r.Name = decode.KeyText([]byte(key))
	return r
}

// showDifference shows the difference of a key of the list.
func (sd *stateDiff) showDifference(key string) tea.Cmd {
	if !sd.nowShown {
		return sd.showContrast(key)
	}
	if strings.HasSuffix(key, "/") {
		sd.f.host.FocusOn(layout.Keys)
		return sd.f.v.Tree.Reveal(key)
	}
	cmd := sd.f.v.Tree.Reveal(key)
	return tea.Batch(cmd, sd.f.key.compare(comparison{from: point{key: key, rev: sd.f.v.State.At, label: "then"}, to: point{key: key, label: "now"}}))
}
