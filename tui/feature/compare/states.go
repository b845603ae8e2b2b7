package compare

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/dating"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Two states are compared like this: of two open sources, or of one at two revisions.
//
//	c ─► which? ─► comparison ─► rowsMsg, rowsMsg, … ─► the list of differences ─► enter ─► the diff of one key

// end is one of the two states that are compared.
type end struct {
	opened *learn.Opened
	finder *dating.Finder // finds the revision of a moment
	name   string         // safe text
	rev    int64          // 0: the newest
	when   attribution.Moment
	timed  bool      // when counts, not rev
	before time.Time // of a moment at which nothing had been written yet; zero for any other
	live   bool      // it is to be spared
}

// stateList is what is compared in a tab, and what is shown of it.
type stateList struct {
	from, to end
	seq      int // number of the comparison; that of older answers is lower
	cancel   context.CancelFunc
	awaits   int  // the tab that is to be compared once it is open, 0 for none
	running  bool // rows are still coming
	noting   bool // what changed in rows is being read
}

// rowsMsg is a part of what differs.
type rowsMsg struct {
	host.To
	seq      int
	from, to end // with their revisions
	rows     []differences.Row
	dropped  [3]int // by differences.Op: those that are only counted
	keys     int64
	done     bool
	err      error
	next     tea.Cmd
}

// maxRows bounds the rows of a comparison that are kept; what comes after is counted.
const maxRows = 100_000

// endOf returns the state of an open source at a revision, 0 for the newest.
func endOf(o *host.Opened, rev int64) end {
	return end{opened: o.Opened, finder: o.Finder(), rev: rev, live: !o.Past, name: clean.End(o.Name, 40)}
}

// end returns the view's own state at a revision, 0 for the newest.
func (sd *stateDiff) end(rev int64) end {
	return end{opened: sd.f.v.Opened, finder: sd.f.v.Times.Finder(), rev: rev, live: !sd.f.v.AtHand(), name: clean.End(clean.Key([]byte(sd.f.v.State.Info.Name)), 40)}
}

// String names the state.
func (e *end) String() string {
	switch {
	case e.timed && e.rev == 0:
		return e.name
	case !e.before.IsZero():
		return e.name + " before its first write"
	}
	return words.AsOf(e.name, e.rev)
}

func (e *end) side() compare.Side {
	return compare.Side{Source: e.opened.Source, Revision: e.rev, Spare: e.live}
}

// compareStates begins to compare two states.
func (sd *stateDiff) compareStates(from, to end) tea.Cmd {
	sd.stopContrast()
	c := &sd.listing
	ctx, cancel := context.WithCancel(sd.f.v.Ctx)
	c.from, c.to, c.cancel, c.running, c.noting = from, to, cancel, true, false
	c.seq++
	sd.nowShown = false
	sd.f.host.FocusOn(layout.Differences)
	sd.diffs.Begin(title(&from, &to))
	w := stateReader{ctx: ctx, out: make(chan rowsMsg, 1), msg: rowsMsg{To: host.To{Tab: sd.f.v.ID}, seq: c.seq, from: from, to: to}, scope: sd.f.v.Nav.Namespace, locate: func(key string) differences.Row { return nameRow(sd.f.v, key) }}
	var next tea.Cmd
	next = func() tea.Msg {
		r, ok := <-w.out
		if !ok {
			return nil
		}
		r.next = tea.Tick(host.FrameTime, func(time.Time) tea.Msg { return next() })
		return r
	}
	return tea.Batch(w.run, next)
}

func title(from, to *end) string {
	return from.String() + " → " + to.String()
}

func (sd *stateDiff) stopContrast() bool {
	was := sd.listing.running
	if sd.listing.cancel != nil {
		sd.listing.cancel()
	}
	sd.listing.running = false
	return was
}

// stateReader reads two states outside of Update, and hands on what differs, some at a time.
type stateReader struct {
	ctx    context.Context
	out    chan rowsMsg
	msg    rowsMsg
	kept   int
	scope  string
	locate func(string) differences.Row
	last   time.Time
}

func (w *stateReader) run() (msg tea.Msg) {
	defer close(w.out)
	defer host.Recovered(&msg)
	w.last = time.Now()
	if w.msg.err = w.read(); errors.Is(w.msg.err, context.Canceled) {
		return nil
	}
	w.msg.done = true
	w.hand()
	return nil
}

func (w *stateReader) read() error {
	for _, e := range []*end{&w.msg.from, &w.msg.to} {
		if err := e.find(w.ctx); err != nil {
			return err
		}
	}
	keys, err := compare.Walk(w.ctx, w.msg.from.side(), w.msg.to.side(), etcdsource.Prefix(""), func(keys int64) {
		w.msg.keys = keys
		if time.Since(w.last) > 10*host.FrameTime {
			w.hand()
		}
	}, func(d *compare.Difference) error { w.add(d); return nil })
	w.msg.keys = keys
	return err
}

// find makes a revision of a moment.
func (e *end) find(ctx context.Context) error {
	if !e.timed {
		return nil
	}
	rev, when, err := e.finder.Find(ctx, e.when)
	if gone := (*etcdsource.CompactedError)(nil); errors.Is(err, dating.ErrBeforeAll) {
		rev, err, e.before = 1, nil, when // the revision of a store that is empty
	} else if errors.As(err, &gone) {
		err = fmt.Errorf("nothing from %s is held any more", words.Stamp(when, time.Time{}))
	}
	if err != nil {
		return err
	}
	e.rev, e.timed = rev, false
	return nil
}

var ops = map[string]differences.Op{compare.Added: differences.Added, compare.Removed: differences.Removed, compare.Changed: differences.Changed}

func (w *stateReader) add(d *compare.Difference) {
	r := w.locate(string(d.Key))
	if w.scope != "" && r.NS != clean.Key([]byte(w.scope)) {
		return
	}
	r.Op = ops[d.Op()]
	if w.kept++; w.kept > maxRows {
		w.msg.dropped[r.Op]++
		return
	}
	if d.To != nil {
		r.Rev = d.To.Mod
	}
	switch r.Op {
	case differences.Added:
		r.Note, r.Made = "since "+widget.Thousands(d.To.Create), d.To.Create
	case differences.Removed:
		r.Note = "last written at " + widget.Thousands(d.From.Mod)
	default:
		r.Note, r.Vague = widget.Thousands(d.From.Mod)+" → "+widget.Thousands(d.To.Mod), true
	}
	w.msg.rows = append(w.msg.rows, r)
}

// hand gives away what was found; it waits until the screen has taken what came before.
func (w *stateReader) hand() {
	select {
	case w.out <- w.msg:
	case <-w.ctx.Done():
	}
	w.msg.rows, w.msg.dropped, w.last = nil, [3]int{}, time.Now()
}

func (sd *stateDiff) onRows(msg rowsMsg) tea.Cmd {
	if sd.listing.seq != msg.seq || !sd.listing.running {
		return nil
	}
	if sd.listing.from.timed || sd.listing.to.timed {
		sd.listing.from, sd.listing.to = msg.from, msg.to
		sd.diffs.Rename(title(&msg.from, &msg.to))
		for _, e := range []*end{&msg.from, &msg.to} {
			if !e.before.IsZero() {
				sd.f.host.Say(text.Warning, "The history begins later: nothing had been written at "+words.Stamp(e.before, time.Time{})+", so that every key is listed as created.")
			}
		}
	}
	dateRemoved(sd, msg.rows)
	sd.diffs.Add(msg.rows, msg.keys)
	sd.diffs.Dropped(msg.dropped)
	if !msg.done {
		return tea.Batch(msg.next, sd.f.host.Settle())
	}
	sd.listing.running = false
	why := ""
	if msg.err != nil {
		why = clean.Error(msg.err)
	}
	sd.diffs.End(why)
	return sd.f.host.Settle()
}

// notesMsg says what changed in rows of the list.
type notesMsg struct {
	host.To
	seq   int
	of    string // the filter that the notes answer
	notes map[string]differences.Note
}

const (
	notesAtOnce = 32
	notesSpared = 4 // of a running store, a second
)

// noteRows asks what changed in the rows that are on the screen.
func (sd *stateDiff) noteRows() tea.Cmd {
	if sd.f.host.Focus() != layout.Differences || sd.listing.noting {
		return nil
	}
	c := &sd.listing
	from, to := sd.listed(sd.nowShown)
	if from.opened == nil {
		return nil
	}
	n := notesAtOnce
	if from.live || to.live {
		n = notesSpared
	}
	keys := sd.diffs.Wanted(n)
	if len(keys) == 0 {
		return nil
	}
	c.noting = true
	view, x, root := sd.f.v.Panes.Object.View(), sd.diffs.Chosen(), sd.f.v.Opened.Root
	msg := notesMsg{host.To{Tab: sd.f.v.ID}, c.seq, x.String(), map[string]differences.Note{}}
	read := host.Job(sd.f.v.Ctx, func(ctx context.Context) tea.Msg {
		for _, k := range keys {
			n := differences.Note{Passes: filter.No}
			if d := compare.Change(ctx, from.side(), to.side(), from.opened.Known, to.opened.Known, []byte(k), view); d != nil {
				n.What = d.Summary
				if x.Needs()&filter.NeedsChange != 0 {
					n.Passes = x.Describes(&filter.Item{Root: root, Key: []byte(k), Type: d.Type, Change: d, View: view, Judged: true})
				}
			}
			msg.notes[k] = n
		}
		return msg
	})
	if from.live || to.live {
		return tea.Tick(time.Second, func(time.Time) tea.Msg { return read() })
	}
	return read
}

// listed returns the states whose differences are listed.
func (sd *stateDiff) listed(then bool) (from, to end) {
	if !then {
		return sd.listing.from, sd.listing.to
	}
	if sd.f.v.State.At == 0 {
		return from, to
	}
	return sd.end(sd.f.v.State.At), sd.end(0)
}

func (sd *stateDiff) onNotes(msg notesMsg) tea.Cmd {
	sd.listing.noting = false
	if msg.seq == sd.listing.seq {
		sd.diffs.Noted(msg.of, msg.notes)
	}
	return sd.f.host.Settle()
}

// showContrast shows the difference of a key of two compared states.
func (sd *stateDiff) showContrast(key string) tea.Cmd {
	c := &sd.listing
	at := func(e *end, label string) point {
		return point{key: key, rev: e.rev, label: label, src: e.opened.Source, dec: e.opened.Decoder}
	}
	x, y := "", ""
	if c.from.opened.Source != c.to.opened.Source {
		x, y = "in "+c.from.name, "in "+c.to.name
	}
	return sd.f.key.compare(comparison{from: at(&c.from, x), to: at(&c.to, y)})
}

// confirmContrast asks before every value of a large running store is read.
func (sd *stateDiff) confirmContrast(from, to end) tea.Cmd {
	for _, e := range []*end{&from, &to} {
		if size := e.opened.Info.DBSize; e.live && size > askAbove {
			sd.f.host.Push(dialog.NewConfirm("Compare with a running store?", []string{
				"Every value of " + e.name + " is read, page by page, folder by folder (" + widget.Bytes(size) + " in its database).",
				"It is slower and gentler than a snapshot; esc ends it at any time.", "", "Go on?",
			}, func() tea.Cmd { return sd.compareStates(from, to) }))
			return nil
		}
	}
	return sd.compareStates(from, to)
}

// askAbove is the size of a running store's database above which it is asked first, in bytes.
const askAbove = 256 << 20
