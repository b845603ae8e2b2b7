package timeline

import (
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// ID names a change: a revision can hold several.
type ID struct{ Rev, Sub int64 }

// Feed is the pane with the changes of the whole store, newest first. It follows: new changes push the others down,
// until it is paused or the cursor leaves the top.
type Feed struct {
	style  *pane.Style
	state  *session.State
	root   string
	list   widget.List
	fold   *session.Fold
	w, h   int
	said   map[ID]string // what a change did, where it was described
	cursor ID
	paused bool
	held   int64  // while paused: the newest revision that is shown
	only   string // the namespace whose changes are shown, "" for all
	kinds  *kinds.Table
	gone   func(*etcdsource.Event) bool // a deletion is the last one of its key, which is not there again; nil: not known
	writers
	step
	beat
}

// NewFeed returns the pane of a state.
func NewFeed(style *pane.Style, state *session.State, root string, table *kinds.Table) *Feed {
	return &Feed{style: style, state: state, root: root, kinds: table, fold: session.NewFold(state.Feed, root), said: map[ID]string{},
		writers: writers{who: map[ID]attribution.Verdict{}, rates: map[string]*session.Rate{}}}
}

// Resize implements pane.Pane.
func (f *Feed) Resize(w, h int) {
	f.w, f.h = w, h
	f.Sync()
}

// end returns how many of the fold's rows are shown: those up to the screen's time, or to the pause.
func (f *Feed) end() int {
	limit := f.state.At
	if f.paused && (limit == 0 || f.held < limit) {
		limit = f.held
	}
	return f.fold.Len(limit)
}

// item returns what is in row i, its newest change first, and the place of that in the feed; nil behind the last.
func (f *Feed) item(i int) (session.Run, *session.FeedItem, int) {
	j := f.end() - 1 - i
	if i < 0 || j < 0 {
		return session.Run{}, nil, -1
	}
	return f.fold.Row(j)
}

// Only shows the changes of one namespace; "" shows all.
func (f *Feed) Only(namespace string) {
	f.only = namespace
	f.fold.Only(namespace)
	f.Sync()
}

// Sync makes the list follow the feed. A paused list keeps its rows.
func (f *Feed) Sync() {
	if f.paused {
		f.fold.Trim()
	} else {
		f.fold.Sync()
	}
	n := f.end()
	f.list.Resize(f.w, f.h-f.head())
	f.list.SetCount(n)
	if f.cursor == (ID{}) || n == 0 {
		f.list.SetCursor(0)
		return
	}
	if i := f.fold.Find(f.cursor.Rev, f.cursor.Sub); i >= 0 {
		f.list.SetCursor(n - 1 - i)
	}
}

// Paused reports whether the feed is paused.
func (f *Feed) Paused() bool { return f.paused }

// Follow lets the feed run, or holds it.
func (f *Feed) Follow(on bool) {
	f.paused, f.held, f.step = !on, f.state.Head, step{}
	if on {
		f.cursor = ID{}
	}
	f.Sync()
}

// Wanted returns at most limit changes on the screen that have not been described, with at most near rows before and behind each
// of them, and for each the version before it, where the feed still has it.
func (f *Feed) Wanted(limit, near int) (events, before []*etcdsource.Event) {
	top := f.list.Top()
	missing := -1 - near
	for i := top; i < top+f.list.Height() && len(events) < limit; i++ {
		if f.undescribed(i) {
			for j := max(i-near, missing+near+1, top); j < i; j++ {
				events, before = f.want(j, events, before)
			}
			missing = i
		}
		if i-missing <= near {
			events, before = f.want(i, events, before)
		}
	}
	if missing < 0 {
		return nil, nil
	}
	return events, before
}

// undescribed reports whether the change of a row has not been described.
func (f *Feed) undescribed(i int) bool {
	_, it, _ := f.item(i)
	return it != nil && it.Gap.Empty() && f.said[ID{it.Event.Mod, it.Event.Sub}] == ""
}

// want adds the change of a row, and the version before it.
func (f *Feed) want(i int, events, before []*etcdsource.Event) (_, _ []*etcdsource.Event) {
	_, it, j := f.item(i)
	if it == nil || !it.Gap.Empty() {
		return events, before
	}
	e := it.Event
	return append(events, &e), append(before, f.state.Feed.Before(j, e.Key))
}

// Described says what a change did.
func (f *Feed) Described(id ID, summary string) {
	if len(f.said) > 4*4096 {
		clear(f.said)
	}
	f.said[id] = summary
}

// Newest returns at most n of the newest changes, the newest first, one for each row that is not folded; a change that was not described
// has no summary.
func (f *Feed) Newest(n int) []reconcile.Latest {
	var out []reconcile.Latest
	for i := 0; i < f.end() && len(out) < n; i++ {
		run, it, _ := f.item(i)
		if it == nil || !it.Gap.Empty() || run.More() > 0 {
			continue
		}
		e, id := &it.Event, ID{it.Event.Mod, it.Event.Sub}
		out = append(out, reconcile.Latest{Key: string(e.Key), Revision: e.Mod, Type: e.Type, Summary: f.said[id], Verdict: f.who[id]})
	}
	return out
}

// Current returns the change under the cursor, nil when there is none.
func (f *Feed) Current() *etcdsource.Event {
	if _, it, _ := f.item(f.list.Cursor()); it != nil && it.Gap.Empty() {
		return &it.Event
	}
	return nil
}

// Held is the change that the cursor was moved to, the zero one while it is at the top and follows.
func (f *Feed) Held() ID { return f.cursor }

// Restore shows the changes with a filter and the cursor as they were, and returns the change under the cursor, nil for none.
func (f *Feed) Restore(filter string, cursor ID) *etcdsource.Event {
	if f.Filtered() != filter {
		_ = f.Filter(filter)
	}
	f.cursor = cursor
	f.Sync()
	return f.Current()
}

// Do implements pane.Pane.
func (f *Feed) Do(a keymap.Action) pane.Intent {
	if a == keymap.Follow {
		f.Follow(f.paused)
		return nil
	}
	if a == keymap.Noise {
		f.fold.Unfold(!f.fold.Unfolded())
		f.Sync()
		return nil
	}
	if f.list.Do(a) {
		return f.moved()
	}
	if e := f.Current(); e != nil && a == keymap.Open {
		return pane.Open{Path: string(e.Key)}
	}
	return nil
}

// moved remembers the row under the cursor; leaving the top holds the feed, returning to it lets it run.
func (f *Feed) moved() pane.Intent {
	e := f.Current()
	if e == nil {
		return nil
	}
	f.cursor = ID{e.Mod, e.Sub}
	if f.list.Cursor() == 0 && !f.paused {
		f.cursor = ID{}
	}
	return pane.Select{Path: string(e.Key)}
}

// Click implements pane.Clicker.
func (f *Feed) Click(_, y int, double bool) pane.Intent {
	y += f.list.Top() - f.head()
	if _, it, _ := f.item(y); it == nil || y < f.list.Top() {
		return nil
	}
	f.list.SetCursor(y)
	if double {
		return f.Do(keymap.Open)
	}
	return f.moved()
}

// Wheel implements pane.Clicker.
func (f *Feed) Wheel(rows int) pane.Intent {
	f.list.Scroll(rows)
	return nil
}
