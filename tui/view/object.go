package view

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/blame"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/pane"
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
	lines  []int64      // revisions of the lines, for blame
	blame  *blame.Blame // what the lines were written from, for blame
}

// restMsg says that the cursor has rested on a key: its history is worth reading.
type restMsg struct {
	host.Ask
	key string
}

// restTime is how long the cursor must rest before a live store is asked for a key's history.
const restTime = 150 * time.Millisecond

// Again is the next step where something could not be read.
const Again = "ctrl+r tries again."

// folderCard says what a folder is.
func (fo *Folder) folderCard(n *session.Node) []string {
	lines := []string{decode.KeyText([]byte(n.Path))}
	if n.Load == session.Failed {
		return append(lines, "", "This folder cannot be read: "+clean.Text(n.Err)+".", "", Again)
	}
	if e := fo.v.Opened.EtcdOf(n.Path); n.Load == session.Apart && e != nil {
		return append(lines, "", "The API server keeps these keys in an etcd of their own, "+clean.Key([]byte(e.Name))+".",
			"Its revisions are its own: only a time joins the two.", "", fo.v.Panes.Style.Theme.Glyphs.Key("↵")+" opens it at the time that is shown here, esc comes back.")
	}
	if n.Keys >= 0 {
		lines = append(lines, "", widget.Plural(n.Keys, "key"))
	}
	if r, ok := fo.v.Opened.Kinds.Of(fo.v.Opened.Root, []byte(n.Path)); ok {
		lines = append(lines, "", clean.Key([]byte(r.Kind))+"   "+clean.Key([]byte(r.APIVersion())), "kubectl get "+clean.Key([]byte(r.Plural)))
	}
	return append(lines, "", fo.v.Panes.Style.Theme.Glyphs.Key("→ opens it, ← closes it, / filters what is shown."))
}

// onObject shows an object that was read.
func (rd *Reader) onObject(m objectMsg) tea.Cmd {
	rd.objectBusy = false
	if rd.v.Panes.Keys.Cursor() != m.key {
		return rd.v.Sync()
	}
	switch {
	case m.err != nil:
		rd.v.Work.Failed = true
		rd.v.Panes.Object.Card(text.Error, append(words.Sentence("This key cannot be read: ", m.err), "", Again)...)
	case m.absent && rd.v.State.Tree.Find(m.key+"/") != nil: // a folder, typed without its slash
		return tea.Batch(rd.v.Nav.Jump(m.key+"/"), rd.v.Sync())
	case m.absent:
		rd.v.Panes.Object.Card(text.Warning, "This key does not exist at revision "+widget.Thousands(rd.v.revisionOf(m.rev))+".",
			"", "The timeline shows the revisions at which it did; [ there shows its last value.")
	default:
		if rd.v.Panes.History.Key() == m.key && m.rev == rd.shownAt(m.key) { // else the cursor has moved meanwhile
			rd.v.Panes.History.MoveTo(m.object.Mod)
		}
		rd.Course.of(m.key)
		rd.Course.own = m.status
		return tea.Batch(rd.v.Do(rd.v.Panes.Object.Show(m.object, m.entry)), rd.rest(m.key), rd.v.Sync())
	}
	return tea.Batch(rd.rest(m.key), rd.v.Sync())
}

func (t *View) revisionOf(rev int64) int64 {
	if rev == 0 {
		return t.State.Revision()
	}
	return rev
}

// rest waits until the cursor has rested; files need not be spared.
func (rd *Reader) rest(key string) tea.Cmd {
	m := restMsg{rd.v.Ask(), key}
	if !rd.v.State.Info.Spare {
		return func() tea.Msg { return m }
	}
	return tea.Tick(restTime, func(time.Time) tea.Msg { return m })
}

func (rd *Reader) onRest(m restMsg) tea.Cmd {
	if rd.v.Panes.Keys.Cursor() != m.key || rd.historyBusy || rd.v.Panes.History.Known() {
		return nil
	}
	rd.historyBusy = true
	return readHistory(rd.v.Ctx, rd.v.Ask(), rd.v.Opened.Source, rd.v.Describer(), m.key, rd.v.State.At, rd.v.AtHand())
}

// Describer turns events into rows, as the view shows values.
func (t *View) Describer() Describer {
	return Describer{t.Opened.Decoder, t.Opened.Kinds, t.Opened.Root, t.Panes.Object.View(), t.Flow.audit}
}

func (rd *Reader) onHistory(m historyMsg) tea.Cmd {
	rd.historyBusy = false
	if now := rd.v.Panes.History.Key(); now != m.key { // its own history could not be asked for meanwhile
		if now == rd.objectOf && !rd.objectBusy {
			return rd.rest(now)
		}
		return nil
	}
	rd.v.Panes.History.Attribute(m.who)
	rd.Course.of(m.key)
	defer rd.overrule()
	switch {
	case m.err != nil:
		rd.v.Work.Failed = true
		rd.v.Panes.History.Fail(words.Upper(clean.Error(m.err)) + ".")
	case rd.v.Panes.History.Oldest() != 0 && m.upTo != 0 && m.upTo < rd.v.Panes.History.Oldest():
		rd.Course.page(m.statuses, false)
		rd.v.Panes.History.Append(m.rows, m.edge)
	default:
		rd.Course.page(m.statuses, true)
		rd.v.Panes.History.Show(m.rows, m.edge)
		if o := rd.v.Panes.Object.Object(); o != nil && string(o.Key) == m.key {
			rd.v.Panes.History.MoveTo(o.Mod)
		}
	}
	return rd.showRow()
}

// showRow shows the version that a filter of the timeline has put the cursor on, where rows have come since it was typed.
func (rd *Reader) showRow() tea.Cmd {
	h, o := rd.v.Panes.History, rd.v.Panes.Object.Object()
	c := h.Current()
	if h.Filtered() == "" || c == nil || o == nil || string(o.Key) != h.Key() || c.Mod == o.Mod {
		return nil
	}
	return rd.v.Do(pane.Pin{Rev: c.Mod})
}

// older reads the history that lies before what is shown.
func (rd *Reader) older() tea.Cmd {
	if rd.historyBusy || rd.v.Panes.History.Oldest() == 0 {
		return nil
	}
	rd.historyBusy = true
	return readHistory(rd.v.Ctx, rd.v.Ask(), rd.v.Opened.Source, rd.v.Describer(), rd.v.Panes.History.Key(), rd.v.Panes.History.Oldest()-1, rd.v.AtHand())
}

// filterOn reads older versions of the selected key where a filter hides so many that there is room for more. Of a live store only
// the user asks for them, unless they were recalled: each page is a request.
func (rd *Reader) filterOn() tea.Cmd {
	if rd.historyBusy || rd.v.State == nil || !rd.v.AtHand() || !rd.v.Panes.History.Lacks() {
		return nil
	}
	if rd.v.Panes.History.More() == nil {
		return nil
	}
	return rd.older()
}

// draw draws the shown object up outside of Update. What was being drawn up before is not wanted any more.
func (rd *Reader) draw() tea.Cmd {
	o, f, v := rd.v.Panes.Object.Object(), rd.v.Panes.Object.Format(), rd.v.Panes.Object.View()
	if o == nil {
		return nil
	}
	late := rd.late(string(o.Key))
	if f == object.Blame {
		return tea.Batch(rd.drawBlame(), late)
	}
	a := rd.v.Ask()
	return tea.Batch(late, rd.drawing.Job(rd.v.Ctx, func(_ context.Context) tea.Msg {
		return docMsg{a, o, f, v, object.Draw(o, f, v), nil, nil}
	}))
}

// onBatch folds a batch of changes in.
func (fl *Flow) onBatch(b etcdsource.Batch) tea.Cmd {
	now, lost := fl.v.Panes.Style.Now, !fl.v.State.Lost.IsZero()
	was := fl.v.State.Status.State
	c := fl.v.State.Apply(b, now)
	c.Relist = c.Relist || fl.v.Work.Failed && was != etcdsource.Live && fl.v.State.Status.State == etcdsource.Live
	fl.Attributor.Offer(&b)
	fl.v.Times.watchCompaction(b)
	if fl.v.State.At == 0 && fl.Deleted.watch(b, fl.v.Opened.Root) {
		fl.v.Panes.Changes.Again()
	}
	fl.v.Panes.Keys.Touch(c.Keys, now)
	fl.v.Panes.Keys.Sync()
	fl.v.Panes.Changes.Sync()
	var asked tea.Cmd
	if lost && fl.v.State.Lost.IsZero() && fl.v.State.Info.Running { // it may be another member now
		asked = fl.DescribeOnce()
	}
	cmds := []tea.Cmd{asked, fl.feed.Next(fl.v.Ctx), fl.v.Tree.count(), fl.v.Folder.TouchTable(b), fl.v.Host.Publish(Changed{b})}
	if c.Relist {
		cmds = append(cmds, fl.v.Travel(fl.v.State.At))
	} else if key := fl.v.Panes.Keys.Cursor(); fl.v.State.At == 0 && len(b.Events) > 0 && c.Touches([]byte(key)) {
		cmds = append(cmds, fl.v.Reader.follow(b, key))
	}
	return tea.Batch(cmds...)
}

// followed is what the watch has said about the selected key and the timeline does not show yet. Each version is
// described against the one before it, so that one message is under way at a time.
type followed struct {
	host.Ask
	key    string
	busy   bool
	events []*etcdsource.Event
}

// follow shows the selected key's newest version, and adds its new versions to the timeline, from the events alone.
func (rd *Reader) follow(b etcdsource.Batch, key string) tea.Cmd {
	f := &rd.followed
	if f.Ask != rd.v.Ask() || f.key != key {
		*f = followed{Ask: rd.v.Ask(), key: key}
	}
	for i := range b.Events {
		if string(b.Events[i].Key) == key {
			f.events = append(f.events, &b.Events[i])
		}
	}
	return rd.followNext()
}

// followNext describes the versions that wait, unless some are being described.
func (rd *Reader) followNext() tea.Cmd {
	f := &rd.followed
	if f.busy || len(f.events) == 0 {
		return nil
	}
	var prev *etcdsource.Event
	if rd.v.Panes.History.Key() == f.key {
		prev = rd.v.Panes.History.Top()
	}
	m, d, events := followMsg{Ask: f.Ask, key: f.key}, rd.v.Describer(), f.events
	f.busy, f.events = true, nil
	return host.Job(rd.v.Ctx, func(ctx context.Context) tea.Msg {
		for _, e := range events {
			if !precedes(prev, e) {
				prev, m.hole = nil, m.hole || e.Type == etcdsource.Updated
			}
			row := d.describe(prev, e)
			row.Number(d.View)
			m.rows, prev = append(m.rows, row), e
		}
		m.who, m.statuses = d.Writers(ctx, newestFirst(m.rows)), statusesOf(m.rows)
		return m
	})
}

// precedes reports whether e is the next version of the key after prev. A deletion has no version.
func precedes(prev, e *etcdsource.Event) bool {
	return prev != nil && (e.Type != etcdsource.Updated || prev.Create == e.Create && prev.Version == e.Version-1)
}

// followMsg is what the watch said about the selected key, oldest first.
type followMsg struct {
	host.Ask
	key      string
	hole     bool // the version before one of them is not in the timeline
	rows     []change.Change
	statuses []reconcile.VersionStatus // the convergence of the rows
	who      map[int64]attribution.Verdict
}

func (rd *Reader) onFollow(m followMsg) tea.Cmd {
	f := &rd.followed
	if f.Ask != m.Ask || f.key != m.key {
		return nil // another key is shown since
	}
	f.busy = false
	if rd.v.Panes.History.Key() != m.key {
		return rd.followNext()
	}
	rd.v.Panes.History.Attribute(m.who)
	for i := range m.rows {
		rd.v.Panes.History.Prepend(m.rows[i])
	}
	rd.overrule()
	next := rd.followNext()
	if m.hole && rd.v.Panes.History.Known() && !rd.historyBusy {
		rd.historyBusy = true
		next = tea.Batch(next, readHistory(rd.v.Ctx, rd.v.Ask(), rd.v.Opened.Source, rd.v.Describer(), m.key, rd.v.State.At, rd.v.AtHand()))
	}
	return tea.Batch(next, rd.showFollowed(m))
}

// showFollowed shows the newest of the versions.
func (rd *Reader) showFollowed(m followMsg) tea.Cmd {
	last := &m.rows[len(m.rows)-1]
	rd.Course.of(m.key)
	rd.Course.follow(m.statuses)
	rd.Course.own = m.statuses[len(m.statuses)-1]
	if rd.v.Panes.Object.Pinned() != 0 || rd.v.State.At != 0 {
		return nil
	}
	if last.Type == etcdsource.Deleted {
		rd.v.Panes.Object.Card(text.Warning, "This key was deleted at revision "+widget.Thousands(last.Mod)+".",
			"", "[ shows its last value.")
		return nil
	}
	e := etcdsource.Entry{Key: last.Key, Value: last.Value, Create: last.Create, Mod: last.Mod, Version: last.Version,
		Lease: last.Lease, Bytes: int64(len(last.Value))}
	return rd.v.Do(rd.v.Panes.Object.Show(last.Object, e))
}

// describeFeed asks what the changes on the screen did, some at a time.
func (fl *Flow) describeFeed() tea.Cmd {
	if fl.Describing {
		return nil
	}
	limit, near := 32, 0
	if fl.v.AtHand() { // the rows beside it date a change, and tell more of its writer
		limit, near = 96, 6
	}
	events, before := fl.v.Panes.Changes.Wanted(limit, near)
	if len(events) == 0 {
		return nil
	}
	fl.Describing = true
	return describeEvents(fl.v.Ctx, fl.v.Ask(), fl.v.Opened.Source, fl.v.Describer(), events, before)
}

func (fl *Flow) onDescribed(m describedMsg) {
	fl.Describing = false
	for id, c := range m.rows {
		s := c.Summary
		if s == "" {
			s = c.Aspect
		}
		fl.v.Panes.Changes.Described(timeline.ID{Rev: id.rev, Sub: id.sub}, s)
		if v, ok := m.who[id]; ok {
			fl.v.Panes.Changes.Suggest(timeline.ID{Rev: id.rev, Sub: id.sub}, fl.arrivals.date(id.rev, v))
		}
	}
}
