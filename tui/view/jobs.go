package view

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"runtime/debug"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
)

// The jobs are all that the program asks of a source. Each captures plain values, runs outside of Update, and answers
// with one message that says what it answers: the view, and the generation of the question. Update drops stale ones.

// pageSize is the number of children that enter the tree at once.
const pageSize = 2000

// pageTime is how long a listing goes on before what it has brought enters the tree: a line from afar is slow.
const pageTime = 100 * time.Millisecond

// childrenMsg is a page of a folder's children.
type childrenMsg struct {
	host.Ask
	listing session.Listing
	kids    []etcdsource.Child
	err     error
	more    *puller // not nil: there are more
	long    bool    // it is not the only page
}

// Drop implements host.Dropper.
func (m childrenMsg) Drop() tea.Cmd {
	if m.more != nil {
		m.more.close()
	}
	return nil
}

// puller is a listing between two of its pages.
type puller struct {
	next   func() (etcdsource.Child, error, bool)
	stop   func()
	cancel context.CancelFunc
	kids   int // handed out so far
}

func (p *puller) close() {
	p.stop()
	p.cancel()
}

// listChildren begins a listing. It outlives one message, so its context is ended by the puller.
func listChildren(ctx context.Context, a host.Ask, src etcdsource.Source, l session.Listing) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithCancel(ctx)
		span := etcdsource.Prefix(l.Path)
		seq, err := src.Children(ctx, span, etcdsource.At{Revision: l.Rev})
		if err != nil {
			cancel()
			return childrenMsg{Ask: a, listing: l, err: err}
		}
		next, stop := iter.Pull2(seq)
		return pullChildren(a, l, &puller{next: next, stop: stop, cancel: cancel})()
	}
}

func pullChildren(a host.Ask, l session.Listing, p *puller) tea.Cmd {
	return func() tea.Msg {
		m := childrenMsg{Ask: a, listing: l, long: p.kids >= pageSize}
		if m.long {
			m.kids = make([]etcdsource.Child, 0, pageSize) // most likely this one is full too
		}
		defer func() { p.kids += len(m.kids) }()
		for began := time.Now(); len(m.kids) < pageSize && (len(m.kids) == 0 || time.Since(began) < pageTime); {
			c, err, ok := p.next()
			if !ok || err != nil {
				p.close()
				m.err = err
				return m
			}
			m.kids = append(m.kids, c)
		}
		m.more = p
		return m
	}
}

// giveBack returns to the system what a long listing took on its way: many times what is kept of it.
func giveBack() tea.Msg {
	debug.FreeOSMemory()
	return nil
}

// maxCounted bounds the rows of a folder's table that are counted though the tree does not show them.
const maxCounted = 200

func (tr *Tree) countable(n *session.Node) bool {
	return n.Dir && n.Keys < 0 && n.Load != session.Apart && !n.Expected && !tr.uncounted[n.Path]
}

// summable reports whether the keys of an open folder are known when those of what is in it are, all of which is counted.
func (tr *Tree) summable(n *session.Node) bool {
	return n.Open && (n.Load == session.Loading || n.Load == session.Loaded) && len(n.Kids) > 0 && len(n.Kids) <= maxCounted &&
		!slices.ContainsFunc(n.Kids, func(k *session.Node) bool { return k.Dir && tr.uncounted[k.Path] })
}

// countedMsg is the number of keys in a folder.
type countedMsg struct {
	host.Ask
	path string
	rev  int64
	keys int64 // -1 when it could not be had
}

func countKeys(ctx context.Context, a host.Ask, src etcdsource.Source, path string, rev int64) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		n, err := src.Count(ctx, etcdsource.Prefix(path), etcdsource.At{Revision: rev})
		if err != nil {
			n = -1
		}
		return countedMsg{a, path, rev, n}
	})
}

// objectMsg is one key at one revision.
type objectMsg struct {
	host.Ask
	key    string
	rev    int64 // asked for
	object *decode.Object
	entry  etcdsource.Entry
	status reconcile.VersionStatus
	absent bool // the key does not exist at that revision
	err    error
}

func readObject(ctx context.Context, a host.Ask, src etcdsource.Source, dec *decode.Decoder, key string, rev int64) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		m := objectMsg{Ask: a, key: key, rev: rev}
		span := etcdsource.Key([]byte(key))
		span.Values = true
		page, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
		if err != nil {
			m.err = err
			return m
		}
		if len(page.Entries) == 0 {
			m.absent = true
			return m
		}
		m.entry = page.Entries[0]
		m.object = dec.Object(m.entry.Key, m.entry.Value, m.entry.Mod)
		typ := etcdsource.Updated
		if m.entry.Create == m.entry.Mod {
			typ = etcdsource.Created
		}
		m.status = reconcile.VersionStatusOf(m.entry.Mod, typ, m.object)
		return m
	})
}

// historyMsg is a part of one key's history, newest first.
type historyMsg struct {
	host.Ask
	key      string
	upTo     int64
	rows     []change.Change
	statuses []reconcile.VersionStatus // the convergence of the rows, and what else was looked at before them
	who      map[int64]attribution.Verdict
	edge     etcdsource.Edge
	err      error
}

// historyPage is the number of versions that are walked back at once.
const historyPage = 40

func readHistory(ctx context.Context, a host.Ask, src etcdsource.Source, d Describer, key string, upTo int64, atHand bool) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		m := historyMsg{Ask: a, key: key, upTo: upTo}
		versions, err := etcdsource.As[etcdsource.Versions](src)
		if err != nil {
			m.err = err
			return m
		}
		// One version more than is shown: the oldest row needs its predecessor to say what it changed.
		events, edge, err := versions.Versions(ctx, []byte(key), upTo, historyPage+1)
		m.err, m.edge = err, edge
		n := len(events)
		if edge.Kind == etcdsource.EdgeMore && n > historyPage {
			n = historyPage
		}
		for i := range events[:n] {
			var prev *etcdsource.Event
			if i+1 < len(events) {
				prev = &events[i+1]
			}
			row := d.describe(prev, &events[i])
			row.Number(d.View)
			m.rows = append(m.rows, row)
		}
		m.who, m.statuses = d.Writers(ctx, m.rows), statusesOf(m.rows)
		if atHand && edge.Kind == etcdsource.EdgeMore {
			m.statuses = begun(ctx, versions, d, key, m.statuses)
		}
		return m
	})
}

// Describer turns events into rows that say what changed.
type Describer struct {
	Decoder *decode.Decoder
	Kinds   *kinds.Table
	Root    string
	View    decode.View
	Audit   *learn.AuditLog
}

// describe says what an event did to the version before it, which may be nil.
func (d Describer) describe(prev, cur *etcdsource.Event) change.Change {
	return change.Describe(d.Decoder, d.Kinds, d.Root, prev, cur, d.View)
}

// FeedMsg is a part of the store's changes before the view was opened, oldest first, and what is missing before them.
type FeedMsg struct {
	host.To
	events []etcdsource.Event
	lost   etcdsource.Window
	upTo   int64
	err    error
	rest   tea.Cmd // not nil: these are the newest only, and this reads all
}

const (
	// feedFirst is the number of revisions whose changes are read before all others.
	feedFirst = 512
	// feedWindow is the number of revisions before the shown one whose changes are read for the feed, where the past is
	// available; runningWindow where a server must be asked for it.
	feedWindow    = 100_000
	runningWindow = 4000
	onlyNewest    = "the list holds the newest only"
	// feedValues bounds the values that are kept while they are read, in bytes; the oldest go first.
	feedValues = 32 << 20
)

// readFeed reads the newest changes first, so that they are on the screen at once, then all of the window.
func readFeed(ctx context.Context, tab int, src etcdsource.Source, upTo, window int64) tea.Cmd {
	all := host.Job(ctx, func(ctx context.Context) tea.Msg { return readPast(ctx, tab, src, upTo, max(1, upTo-window)) })
	from := upTo - feedFirst
	if window <= feedFirst || from <= 1 {
		return all
	}
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		m := readPast(ctx, tab, src, upTo, from)
		if m.err != nil {
			m.events = nil // what can be read is read with the rest
		}
		m.lost, m.err, m.rest = etcdsource.Window{}, nil, all
		return m
	})
}

// readPast reads the changes from a revision up to another one.
func readPast(ctx context.Context, tab int, src etcdsource.Source, upTo, from int64) (m FeedMsg) {
	m = FeedMsg{To: host.To{Tab: tab}, upTo: upTo}
	if from > 1 {
		m.lost = etcdsource.Window{From: 1, To: from - 1, Reason: onlyNewest}
	}
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), from)
	if err != nil {
		m.err = err
		return m
	}
	defer stream.Close()
	for g := (gathered{FeedMsg: &m}); ; {
		b, err := stream.Next(ctx)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				m.err = err
			}
			return m
		}
		if len(m.events) == 0 {
			m.lost = m.lost.Join(b.Lost)
		}
		for i := range b.Events {
			if b.Events[i].Mod > upTo {
				return m
			}
			g.add(&b.Events[i])
		}
		if b.Revision >= upTo {
			return m
		}
	}
}

// gathered are the changes of a feedMsg while they are read: the newest, and the values of the newest of them.
type gathered struct {
	*FeedMsg
	bytes  int // of values
	valued int // changes before this one have no value
}

func (g *gathered) add(e *etcdsource.Event) {
	if n := len(g.events); n >= 2*feedWindow && g.events[n-1].Mod != e.Mod { // revisions can hold many changes
		cut := n - feedWindow
		for cut < n-1 && g.events[cut].Mod == g.events[cut-1].Mod {
			cut++
		}
		g.lost = g.lost.Join(etcdsource.Window{From: g.events[0].Mod, To: g.events[cut-1].Mod, Reason: onlyNewest})
		g.events = append(g.events[:0], g.events[cut:]...)
		g.valued = max(g.valued-cut, 0)
	}
	g.events = append(g.events, *e)
	for g.bytes += len(e.Value); g.bytes > feedValues; g.valued++ {
		old := &g.events[g.valued]
		g.bytes -= len(old.Value)
		old.Key, old.Value = bytes.Clone(old.Key), nil // they may lie in one piece of memory
	}
}

// describedMsg says what changes of the feed did.
type describedMsg struct {
	host.Ask
	rows map[rowID]change.Change
	who  map[rowID]attribution.Verdict // by what these versions say alone
}

// rowID names a change: revisions can hold several.
type rowID struct{ rev, sub int64 }

// describeEvents compares each event with the version before it, which is taken from prev where it is known and read
// back from the source otherwise.
func describeEvents(ctx context.Context, a host.Ask, src etcdsource.Source, d Describer, events, prev []*etcdsource.Event) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		m := describedMsg{Ask: a, rows: map[rowID]change.Change{}}
		var list []change.Change
		describe(ctx, src, d, events, prev, func(e *etcdsource.Event, c change.Change) {
			m.rows[rowID{e.Mod, e.Sub}] = c
			list = append(list, c)
		})
		m.who = d.firstWriters(list)
		return m
	})
}

// describe hands on each event with what it did.
func describe(ctx context.Context, src etcdsource.Source, d Describer, events, prev []*etcdsource.Event, take func(*etcdsource.Event, change.Change)) {
	versions, _ := etcdsource.As[etcdsource.Versions](src)
	for i, e := range events {
		p := prev[i]
		if ctx.Err() != nil {
			return
		}
		if e.Value == nil && e.Type != etcdsource.Deleted {
			ok := false
			if e, p, ok = readBack(ctx, versions, e); !ok {
				take(e, change.Change{Event: *e, Summary: "value dropped"})
				continue
			}
		}
		if p == nil && e.Type != etcdsource.Created && versions != nil {
			if found, _, err := versions.Versions(ctx, e.Key, e.Mod-1, 1); err == nil && len(found) > 0 {
				p = &found[0]
			}
		}
		take(e, d.describe(p, e))
	}
}

// readBack reads a change whose value was dropped again, and the version before it; ok is false where it is gone.
func readBack(ctx context.Context, versions etcdsource.Versions, e *etcdsource.Event) (cur, prev *etcdsource.Event, ok bool) {
	if versions == nil {
		return e, nil, false
	}
	found, _, err := versions.Versions(ctx, e.Key, e.Mod, 2)
	if err != nil || len(found) == 0 || found[0].Mod != e.Mod {
		return e, nil, false
	}
	found[0].Sub = e.Sub
	if len(found) > 1 {
		prev = &found[1]
	}
	return &found[0], prev, true
}
