package timeline

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

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
		t.Right = "/" + clean.Key([]byte(f.filter.String())) + "  " + widget.Plural(f.end(), "row") + f.looking() + f.untested() + "   esc shows all"
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

// Gone is the filter of what was deleted: it leaves out what is there again, and what comes and goes by itself.
const Gone = "is:gone !kind:events,leases"

func (f *Feed) emptyText() string {
	if info := &f.state.Info; !f.state.Feed.PastRead() && (info.Past == etcdsource.PastWhole || !info.Spare) {
		return "Reading the newest changes …"
	}
	if f.filter.String() != "" {
		if more := f.looking(); more != "" {
			return "No change so far" + more + "."
		}
		only, unseen := clean.Key([]byte(f.filter.String())), f.state.Older()
		switch {
		case only == Gone && unseen:
			return "No deletion since " + f.Since() + ", Events and Leases aside; A recalls older ones."
		case only == Gone:
			return "Nothing was deleted for good here, Events and Leases aside; esc shows all."
		case unseen:
			return "No change since " + f.Since() + " matches " + only + f.lacks() + "; A recalls older ones."
		}
		return "No change matches " + only + f.lacks() + ": esc shows all."
	}
	if !f.state.Info.Running {
		return "No change is retained before this revision."
	}
	return "No change since the start. New ones appear here; A recalls older ones."
}

// lacks names what the filter asks for and no change has, "" for nothing.
func (f *Feed) lacks() string {
	if s := f.filter.Lacks(); s != "" {
		return ", " + s
	}
	return ""
}

// Since is from where on all changes are known, in words.
func (f *Feed) Since() string {
	if rev := f.state.Feed.Since(); rev > 0 {
		return "revision " + widget.Thousands(rev)
	}
	return "the start"
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
		return 8, 20, max(36, f.w*7/20)
	}
	clockW, writerW, nameW = 8, max(min(f.w/5, 16), 8), max(min(f.w*3/10, 30), 10)
	if f.OnlyGone() { // each says no more than that it was deleted
		nameW = max(f.w-clockW-writerW-len("deleted")-10, nameW)
	}
	return clockW, writerW, nameW
}

func (f *Feed) eventRow(r *pane.Painter, run session.Run, it *session.FeedItem, i int, selected bool) {
	th, e := f.style.Theme, &it.Event
	v := f.who[ID{e.Mod, e.Sub}]
	if f.came != nil && v.Time.IsZero() {
		v = f.came(e.Mod, v)
	}
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
	row := pane.Clock{Layout: "15:04:05.000"[:clockW], W: clockW}
	if f.w < revisedW && !above {
		row.Undated = widget.Thousands(e.Mod)
	}
	row.Cell(r, &v)
	if f.w >= revisedW {
		f.revCell(r, e.Mod, above)
	}
	if above || below {
		r.TextW(text.Muted, th.Glyphs.Joint(above, below, false, true), 1)
	} else {
		r.Gap(1)
	}
	if v.Writer == "" && v.OutOfBand == "" && !f.unsigned(e.Mod) { // it is still looked for
		free := r.Free()
		r.Gap(2)
		r.Text(text.Muted, "…")
		r.To(free - writerW - 3)
	} else {
		pane.WriterCell(r, th, &v, writerW)
	}
	name := text.Plain
	role, sign := signOf(e.Type)
	if run.Noise[change.NoNoise] == 0 { // noise is less bright than a change
		name, role = text.Muted, text.Muted
	}
	r.TextW(role, sign, 1)
	r.Gap(1)
	free := r.Free()
	r.Text(name, clean.Middle(decode.KeyText([]byte(strings.TrimPrefix(string(e.Key), f.root))), nameW))
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
