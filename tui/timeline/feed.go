package timeline

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
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

// Title implements pane.Pane.
func (f *Feed) Title() pane.Title {
	t := pane.Title{Left: "Changes", Right: "of the whole store"}
	if f.only != "" {
		t.Right = "in " + clean.Key([]byte(f.only))
	}
	if f.state.Info.Running {
		t.Left = "Live changes"
	}
	if f.rateLine != "" {
		t.Right = f.rateLine + "   " + t.Right
	}
	if f.filter.String() != "" {
		t.Right = "/" + clean.Key([]byte(f.filter.String())) + "  " + widget.Thousands(int64(f.end())) + " rows" + f.looking() + "   esc shows all"
	}
	if f.paused {
		t.Right, t.Role = "paused at "+widget.Thousands(f.held)+"  ] takes the next write  F follows", text.Travel
	} else if f.state.At != 0 {
		t.Left, t.Role = "Changes up to "+widget.Thousands(f.state.At), text.Travel
	}
	return t
}

// Row implements pane.Pane.
func (f *Feed) Row(b []byte, y int) []byte {
	th := f.style.Theme
	head := f.head()
	if y < head {
		return f.headRow(b, y)
	}
	i := f.list.Top() + y - head
	run, it, _ := f.item(i)
	base := ""
	selected := i == f.list.Cursor() && f.style.Focus
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, f.w, base)
	switch {
	case it == nil && i == 0:
		r.Gap(2)
		r.Text(text.Muted, f.emptyText())
	case it == nil:
	case !it.Gap.Empty():
		r.Gap(2)
		r.Text(text.Warning, fmt.Sprintf("revisions %s to %s could not be seen: %s",
			widget.Thousands(it.Gap.From), widget.Thousands(it.Gap.To), clean.Text(it.Gap.Reason)))
	default:
		f.eventRow(&r, run, it, i, selected)
	}
	return r.End()
}

func (f *Feed) emptyText() string {
	if f.filter.String() != "" {
		if more := f.looking(); more != "" {
			return "No change so far" + more + "."
		}
		return "No change matches " + clean.Key([]byte(f.filter.String())) + ": esc shows all."
	}
	if !f.state.Info.Running {
		return "No change is retained before this revision."
	}
	return "No change since the start. New ones appear here; A recalls older ones."
}

// with reports whether the rows above and below hold changes of the same revision: keys that were written in one
// transaction stand together, the revision beside the first of them on the screen.
func (f *Feed) with(i int, rev int64) (above, below bool) {
	same := func(i int) bool {
		run, it, _ := f.item(i)
		return it != nil && it.Gap.Empty() && it.Event.Mod == rev && run.More() == 0
	}
	return i > f.list.Top() && same(i-1), same(i + 1)
}

// The columns of a row, in this order: the clock, the revision where there is room, the grade and the writer, the sign of what
// was done, the object, what was written. They are the same whatever is known of the changes, so that nothing moves.
const (
	revisedW = 100 // width from which rows have their revisions
	timedW   = 130 // and from which their times have milliseconds
	revW     = 10
)

// columns are the widths of the clock, the writer and the object.
func (f *Feed) columns() (clockW, writerW, nameW int) {
	switch {
	case f.w >= timedW:
		return 12, 24, min(f.w*7/20, 52)
	case f.w >= revisedW:
		return 8, 20, 36
	}
	return 8, max(min(f.w/5, 16), 8), max(min(f.w*3/10, 30), 10)
}

func (f *Feed) eventRow(r *pane.Painter, run session.Run, it *session.FeedItem, i int, selected bool) {
	th, e := f.style.Theme, &it.Event
	v := f.who[ID{e.Mod, e.Sub}]
	if selected {
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	} else {
		r.Gap(1)
	}
	clockW, writerW, nameW := f.columns()
	above, below := f.with(i, e.Mod)
	if run.More() > 0 {
		above, below = false, false
	}
	f.timeCell(r, &v, e.Mod, clockW, above)
	if f.w >= revisedW {
		f.revCell(r, e.Mod, above)
	}
	if above || below {
		r.TextW(text.Muted, th.Glyphs.Joint(above, below, false, true), 1)
	} else {
		r.Gap(1)
	}
	f.writerCell(r, &v, writerW)
	sign(r, e.Type)
	r.Gap(1)
	free := r.Free()
	r.Text(text.Plain, clean.Middle(decode.KeyText([]byte(strings.TrimPrefix(string(e.Key), f.root))), nameW))
	r.To(free - nameW - 1)
	f.whatCell(r, run, ID{e.Mod, e.Sub})
}

// revCell draws the revision, once for those that one transaction has written.
func (f *Feed) revCell(r *pane.Painter, mod int64, above bool) {
	rev := widget.Thousands(mod)
	r.Gap(1 + max(0, revW-len(rev)))
	if above {
		r.Gap(len(rev))
		return
	}
	r.TextW(text.Muted, rev, len(rev))
}

// whatCell draws what was written, and what the row stands for beside its newest change.
func (f *Feed) whatCell(r *pane.Painter, run session.Run, id ID) {
	summary, ok := f.said[id]
	if !ok {
		summary = "…"
	}
	if more := folded(run); more != "" {
		free, w := r.Free(), widget.Width(more)
		if w+24 < free {
			r.Text(text.Muted, clean.End(summary, free-w-2))
			r.To(w)
		}
		r.Text(text.Muted, more)
		return
	}
	r.Text(text.Plain, summary)
}

// timeCell draws when a change was made: a time that is only a lower bound has its sign before it. Where nothing dates a row that
// has no room for its revision, that is drawn instead, once for those that one transaction has written.
func (f *Feed) timeCell(r *pane.Painter, v *attribution.Verdict, rev int64, w int, above bool) {
	before, when := "", ""
	switch {
	case !v.Time.IsZero():
		when = v.Time.UTC().Format("15:04:05.000")[:w]
		if v.NotBefore() {
			before = "≥"
		}
	case f.w < revisedW && !above:
		when = widget.Thousands(rev)
		w = max(w, len(when))
	}
	free := r.Free()
	r.TextW(text.Muted, before, widget.Width(before))
	r.To(free - 1)
	r.Gap(max(w-len(when), 0))
	r.TextW(text.Muted, when, len(when))
	r.To(free - w - 1)
}

// folded says what a row counts, "" for a single change.
func folded(run session.Run) string {
	if run.More() == 0 {
		return ""
	}
	var kinds []string
	if n := run.Noise[change.Renewals]; n > 0 {
		kinds = append(kinds, widget.Plural(n, "renewal"))
	}
	if n := run.Noise[change.Events]; n > 0 {
		kinds = append(kinds, widget.Plural(n, "event"))
	}
	return "folded: " + strings.Join(kinds, ", ")
}

// Current returns the change under the cursor, nil when there is none.
func (f *Feed) Current() *etcdsource.Event {
	if _, it, _ := f.item(f.list.Cursor()); it != nil && it.Gap.Empty() {
		return &it.Event
	}
	return nil
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
