package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// docMsg is a document that was drawn up.
type docMsg struct {
	host.Ask
	object *decode.Object
	format object.Format
	view   decode.View
	doc    *text.Doc
	lines  []int64 // revisions of the lines, for blame
}

// restMsg says that the cursor has rested on a key: its history is worth reading.
type restMsg struct {
	host.Ask
	key string
}

// restTime is how long the cursor must rest before a live store is asked for a key's history.
const restTime = 150 * time.Millisecond

// again is the next step where something could not be read.
const again = "ctrl+r tries again."

// folderCard says what a folder is.
func (fo *folder) folderCard(n *session.Node) []string {
	lines := []string{clean.Key([]byte(n.Path))}
	if n.Load == session.Failed {
		return append(lines, "", "This folder cannot be read: "+clean.Text(n.Err)+".", "", again)
	}
	if n.Keys >= 0 {
		lines = append(lines, "", widget.Plural(n.Keys, "key"))
	}
	if r, ok := fo.v.opened.Kinds.Of(fo.v.opened.Root, []byte(n.Path)); ok {
		lines = append(lines, "", clean.Key([]byte(r.Kind))+"   "+clean.Key([]byte(r.APIVersion())), "kubectl get "+clean.Key([]byte(r.Plural)))
	}
	return append(lines, "", fo.v.style.Theme.Glyphs.Key("→ opens it, ← closes it, / filters what is shown."))
}

// onObject shows an object that was read.
func (rd *reader) onObject(m objectMsg) tea.Cmd {
	rd.objectBusy = false
	if rd.v.keys.Cursor() != m.key {
		return rd.v.sync()
	}
	switch {
	case m.err != nil:
		rd.v.failed = true
		rd.v.object.Card(text.Error, append(words.Sentence("This key cannot be read: ", m.err), "", again)...)
	case m.absent:
		rd.v.object.Card(text.Warning, "This key does not exist at revision "+widget.Thousands(rd.v.revisionOf(m.rev))+".",
			"", "The timeline shows the revisions at which it did; [ there shows its last value.")
	default:
		if pin := rd.v.object.Pinned(); rd.v.history.Key() == m.key && (pin == 0 || pin == m.rev) { // else the cursor is farther
			rd.v.history.MoveTo(m.object.Mod)
		}
		rd.course.of(m.key)
		rd.course.own = m.stand
		return tea.Batch(rd.v.do(rd.v.object.Show(m.object, m.entry)), rd.rest(m.key), rd.v.sync())
	}
	return tea.Batch(rd.rest(m.key), rd.v.sync())
}

func (t *tab) revisionOf(rev int64) int64 {
	if rev == 0 {
		return t.state.Revision()
	}
	return rev
}

// rest waits until the cursor has rested; files need not be spared.
func (rd *reader) rest(key string) tea.Cmd {
	m := restMsg{rd.v.ask(), key}
	if !rd.v.state.Info.Spare {
		return func() tea.Msg { return m }
	}
	return tea.Tick(restTime, func(time.Time) tea.Msg { return m })
}

func (rd *reader) onRest(m restMsg) tea.Cmd {
	if rd.v.keys.Cursor() != m.key || rd.historyBusy || rd.v.history.Known() {
		return nil
	}
	rd.historyBusy = true
	return readHistory(rd.v.ctx, rd.v.ask(), rd.v.opened.Source, rd.v.describer(), m.key, rd.v.state.At, rd.v.atHand())
}

func (t *tab) describer() describer {
	return describer{t.opened.Decoder, t.opened.Kinds, t.opened.Root, t.object.View(), t.audit}
}

func (rd *reader) onHistory(m historyMsg) {
	rd.historyBusy = false
	if rd.v.history.Key() != m.key {
		return
	}
	rd.v.history.Attribute(m.who)
	rd.course.of(m.key)
	defer rd.overrule()
	switch {
	case m.err != nil:
		rd.v.failed = true
		rd.v.history.Fail(words.Upper(clean.Error(m.err)) + ".")
	case rd.v.history.Oldest() != 0 && m.upTo != 0 && m.upTo < rd.v.history.Oldest():
		rd.course.page(m.stands, false)
		rd.v.history.Append(m.rows, m.edge)
	default:
		rd.course.page(m.stands, true)
		rd.v.history.Show(m.rows, m.edge)
		if o := rd.v.object.Object(); o != nil && string(o.Key) == m.key {
			rd.v.history.MoveTo(o.Mod)
		}
	}
}

// older reads the history that lies before what is shown.
func (rd *reader) older() tea.Cmd {
	if rd.historyBusy || rd.v.history.Oldest() == 0 {
		return nil
	}
	rd.historyBusy = true
	return readHistory(rd.v.ctx, rd.v.ask(), rd.v.opened.Source, rd.v.describer(), rd.v.history.Key(), rd.v.history.Oldest()-1, rd.v.atHand())
}

// draw draws the shown object up outside of Update.
func (rd *reader) draw() tea.Cmd {
	o, f, v := rd.v.object.Object(), rd.v.object.Format(), rd.v.object.View()
	if o == nil {
		return nil
	}
	if f == object.Blame {
		return rd.drawBlame()
	}
	a := rd.v.ask()
	return host.Job(rd.v.ctx, func(_ context.Context) tea.Msg {
		return docMsg{a, o, f, v, object.Draw(o, f, v), nil}
	})
}

// onBatch folds a batch of changes in.
func (t *tab) onBatch(b etcdsource.Batch) tea.Cmd {
	now, lost := t.style.Now, !t.state.Lost.IsZero()
	was := t.state.Status.State
	c := t.state.Apply(b, now)
	c.Relist = c.Relist || t.failed && was != etcdsource.Live && t.state.Status.State == etcdsource.Live
	t.witness.Offer(&b)
	t.watchCompaction(b)
	if t.state.At == 0 {
		t.gone.watch(b, t.opened.Root)
	}
	t.keys.Touch(c.Keys, now)
	t.keys.Sync()
	t.changes.Sync()
	var asked tea.Cmd
	if lost && t.state.Lost.IsZero() && t.state.Info.Running { // it may be another member now
		asked = t.describeOnce()
	}
	cmds := []tea.Cmd{asked, t.feed.next(t.ctx), t.count(), t.touchTable(b), t.host.Tell(Changed{b})}
	if c.Relist {
		cmds = append(cmds, t.travel(t.state.At))
	} else if key := t.keys.Cursor(); t.state.At == 0 && len(b.Events) > 0 && c.Touches([]byte(key)) {
		cmds = append(cmds, t.follow(b, key))
	}
	return tea.Batch(cmds...)
}

// follow shows the selected key's newest version, and adds its new versions to the timeline, from the events alone.
func (rd *reader) follow(b etcdsource.Batch, key string) tea.Cmd {
	var events []*etcdsource.Event
	for i := range b.Events {
		if string(b.Events[i].Key) == key {
			events = append(events, &b.Events[i])
		}
	}
	if len(events) == 0 {
		return nil
	}
	a, d, prev := rd.v.ask(), rd.v.describer(), rd.v.history.Top()
	return host.Job(rd.v.ctx, func(ctx context.Context) tea.Msg {
		m := followMsg{Ask: a, key: key}
		for _, e := range events {
			row := d.describe(prev, e)
			m.rows, prev = append(m.rows, row), e
		}
		m.who, m.stands = d.writers(ctx, newestFirst(m.rows)), standsOf(m.rows)
		return m
	})
}

// followMsg is what the watch said about the selected key, oldest first.
type followMsg struct {
	host.Ask
	key    string
	rows   []change.Change
	stands []reconcile.Stand // how the rows stood
	who    map[int64]attribution.Verdict
}

func (rd *reader) onFollow(m followMsg) tea.Cmd {
	if rd.v.keys.Cursor() != m.key && rd.v.history.Key() != m.key {
		return nil
	}
	rd.v.history.Attribute(m.who)
	for i := range m.rows {
		rd.v.history.Prepend(m.rows[i])
	}
	last := &m.rows[len(m.rows)-1]
	rd.course.of(m.key)
	rd.course.follow(m.stands)
	rd.course.own = m.stands[len(m.stands)-1]
	if rd.v.object.Pinned() != 0 || rd.v.state.At != 0 {
		return nil
	}
	if last.Type == etcdsource.Deleted {
		rd.v.object.Card(text.Warning, "This key was deleted at revision "+widget.Thousands(last.Mod)+".",
			"", "[ shows its last value.")
		return nil
	}
	e := etcdsource.Entry{Key: last.Key, Value: last.Value, Create: last.Create, Mod: last.Mod, Version: last.Version,
		Lease: last.Lease, Bytes: int64(len(last.Value))}
	return rd.v.do(rd.v.object.Show(last.Object, e))
}

// describeFeed asks what the changes on the screen did, some at a time.
func (fl *flow) describeFeed() tea.Cmd {
	if fl.describing {
		return nil
	}
	events, before := fl.v.changes.Wanted(32)
	if len(events) == 0 {
		return nil
	}
	fl.describing = true
	return describeEvents(fl.v.ctx, fl.v.ask(), fl.v.opened.Source, fl.v.describer(), events, before)
}

func (fl *flow) onDescribed(m describedMsg) {
	fl.describing = false
	for id, c := range m.rows {
		s := c.Summary
		if s == "" {
			s = c.Aspect
		}
		fl.v.changes.Described(timeline.ID{Rev: id.rev, Sub: id.sub}, s)
	}
}
