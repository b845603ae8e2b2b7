package frame

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// header paints the first row.
type header struct{ f *Frame }

// slot remembers that what was painted since column from is a slot.
func (h *header) slot(r *pane.Painter, from int, a keymap.Action) {
	h.f.slots = append(h.f.slots, Slot{from, h.f.Scene.Lay.W - r.Free(), a})
}

// header paints what is open, how it is, and at what time the screen is.
func (h *header) header(b []byte, t *view.View) []byte {
	th := h.f.Scene.Style.Theme
	r := pane.Paint(b, th, h.f.Scene.Lay.W, "")
	h.f.slots = h.f.slots[:0]
	at := func() int { return h.f.Scene.Lay.W - r.Free() }
	r.Gap(1)
	r.Bold(text.Accent, "etcdscope")
	r.Gap(2)
	if t.State == nil {
		r.Text(text.Muted, clean.Key([]byte(t.Opening.Target.String())))
		return r.End()
	}
	if h.f.Scene.Tabs > 1 {
		from := at()
		r.Text(text.Muted, fmt.Sprintf("%d/%d ", h.f.Scene.Tab, h.f.Scene.Tabs))
		h.slot(&r, from, keymap.NextTab)
	}
	if t.Panes.Object.Revealed() {
		r.Bold(text.Warning, "SECRETS REVEALED")
		r.Gap(2)
	}
	if t.State.At != 0 {
		defer h.slot(&r, at(), keymap.Now)
		h.asOf(&r, t)
		return r.End()
	}
	h.present(&r, t)
	return r.End()
}

// present paints the header of a screen that shows now: the name, the state, what is wrong, the revision, the rest.
func (h *header) present(r *pane.Painter, t *view.View) {
	state, role := h.stateSlot(t)
	rev := "rev " + widget.Thousands(t.State.Head)
	need := widget.Width(state) + len(rev) + 5
	if t.Work.Serving != "" {
		need += len("serving") + 2
	}
	members := h.members(t)
	if members != "" {
		need += widget.Width(members) + 2
	}
	trouble, _, full := t.State.Info.Trouble()
	if trouble != "" {
		trouble = h.f.Scene.Style.Theme.Glyphs.Warn + " " + clean.Text(trouble)
		need += widget.Width(trouble) + 2
	}
	if name := h.sourceName(t, r.Free()-need); name != "" {
		r.Text(text.Plain, name)
		r.Gap(2)
	}
	from := h.f.Scene.Lay.W - r.Free()
	r.Bold(role, state)
	if t.State.Status.NoQuorum || silent(t) || cutOffFrom(t) {
		h.slot(r, from, keymap.Pane8)
	} else {
		h.slot(r, from, keymap.Follow)
	}
	if members != "" {
		if from = h.whole(r, text.Warning, members); from >= 0 {
			h.slot(r, from, keymap.Pane8)
		}
	}
	if trouble != "" {
		h.whole(r, map[bool]text.Role{true: text.Error, false: text.Warning}[full], trouble)
	}
	if from = h.whole(r, text.Plain, rev); from >= 0 {
		h.slot(r, from, keymap.TravelTo)
	}
	h.serving(r, t)
	h.slots(r, t)
}

// members says how many members serve, "" where all do, and where the state says what is worse.
func (h *header) members(t *view.View) string {
	if t.Work.Members == "" || t.State.Status.NoQuorum || silent(t) || cutOffFrom(t) {
		return ""
	}
	return h.f.Scene.Style.Theme.Glyphs.Warn + " " + t.Work.Members
}

// serving says what other programs can see of the store; where there is little room, only that they can.
func (h *header) serving(r *pane.Painter, t *view.View) {
	if s := t.Work.Serving; s != "" && h.whole(r, text.Warning, s) < 0 {
		h.whole(r, text.Warning, "serving")
	}
}

// whole paints an item of the header and a gap before it where all of it fits, and returns its first column, -1 where it
// does not: half a number is a wrong one.
func (h *header) whole(r *pane.Painter, role text.Role, s string) int {
	if r.Free() < widget.Width(s)+3 {
		return -1
	}
	r.Gap(2)
	from := h.f.Scene.Lay.W - r.Free()
	r.Text(role, s)
	return from
}

// sourceName names what is open in at most w columns, "" where there is no room for a part that says something.
func (h *header) sourceName(t *view.View, w int) string {
	name := clean.Key([]byte(t.State.Info.Name))
	if e := t.Opening.Target.Etcd; e != "" {
		name += "/" + clean.Key([]byte(e))
	}
	names := []string{clean.Middle(name, max(w, 1))}
	if n := len(t.Opened.Roots); n > 1 || n == 1 && t.Opened.Root != kinds.DefaultRoot {
		named := name + "  " + clean.Key([]byte(t.Opened.Root))
		names = []string{named, names[0]}
		if n > 1 {
			names = append([]string{named + ", 1 of " + strconv.Itoa(n) + " roots"}, names...)
		}
	}
	if t.State.Info.Running && !t.State.Info.Spare {
		names = []string{"written by a real API server; replayed", "demo, replayed", "demo"}
		if h.f.Scene.Lay.W >= 120 {
			names[0] = "demo   a real API server wrote this; the demo replays it"
		}
	}
	for _, n := range names {
		if widget.Width(n) <= w && w >= 4 {
			return n
		}
	}
	return ""
}

// behindSlot is what a member's database lacks of its WAL, or a snapshot of those that follow it; "" for nothing.
func behindSlot(b etcdsource.Behind) string {
	switch {
	case b.Short != "":
		return b.Short
	case b.AtLeast && b.Entries == 0:
		return "WAL damaged"
	case b.Entries == 1 && !b.AtLeast:
		return "1 WAL entry missing"
	case b.AtLeast:
		return "at least " + widget.Thousands(b.Entries) + " WAL entries missing"
	case b.Entries > 0:
		return widget.Thousands(b.Entries) + " WAL entries missing"
	}
	return ""
}

// silent reports that no member of the cluster answered when they were asked last, and that nothing was heard since.
func silent(t *view.View) bool {
	return t.Work.Silent && (t.State.Status.NoQuorum || !t.State.Status.Heard())
}

// cutOffFrom reports that the others said that there is no quorum, when they were asked last, while the member that is read is lost.
func cutOffFrom(t *view.View) bool {
	return t.Work.NoQuorum && !t.State.Status.Heard()
}

// stateSlot is the state of the stream.
func (h *header) stateSlot(t *view.View) (string, text.Role) {
	g, s := h.f.Scene.Style.Theme.Glyphs, t.State.Status
	switch {
	case !t.State.Info.Running:
		switch t.State.Info.Integrity.State {
		case etcdsource.Failed:
			return g.Bad + " FILE DAMAGED", text.Error
		case etcdsource.Checking:
			return g.Half + " FILE, checking its sum", text.Muted
		}
		if say := behindSlot(t.State.Info.Behind); say != "" {
			return g.Warn + " FILE, " + say, text.Warning
		}
		if t.State.Info.Behind.Replayed > 0 {
			return g.Square + " FILE, WAL replayed", text.OK
		}
		return g.Square + " FILE", text.OK
	case silent(t):
		return g.Bad + " NO MEMBER ANSWERS", text.Error
	case s.NoQuorum:
		return fmt.Sprintf("%s NO QUORUM, stale reads", g.Bad), text.Error
	case cutOffFrom(t):
		return g.Bad + " NO QUORUM", text.Error
	case s.State == etcdsource.Live && t.Panes.Changes.Paused():
		return g.Pause + " PAUSED", text.Travel
	case s.State == etcdsource.Live:
		return g.Dot + " LIVE", text.OK
	case s.State == etcdsource.Stale:
		return fmt.Sprintf("%s STALE %s", g.Warn, t.Lost(h.f.Scene.Style.Now)), text.Warning
	case s.State == etcdsource.Retrying:
		return fmt.Sprintf("%s RETRYING %s", g.Warn, t.Lost(h.f.Scene.Style.Now)), text.Warning
	case s.State == etcdsource.Ended:
		return fmt.Sprintf("%s SOURCE GONE %s", g.Bad, t.Lost(h.f.Scene.Style.Now)), text.Error
	}
	return g.Half + " connecting", text.Muted
}

// rateW is the room that the rate of writes is given: it comes and goes with the width of the screen, never with the rate.
const rateW = len("99.9k writes/s")

// slots paints what fits of the rest: the rate of writes, the size of the database, the member. While nothing arrives
// there is no rate, and no member that answers.
func (h *header) slots(r *pane.Painter, t *view.View) {
	info := &t.State.Info
	arrives := t.State.Lost.IsZero()
	if info.Running && arrives && r.Free() > rateW+2 {
		r.Gap(2)
		n := min(max((r.Free()-46)/2, 0), 24)
		if n >= 4 {
			r.Text(text.Accent, widget.Sparkline(t.State.Rate.History(n, h.f.Scene.Style.Now), n, h.f.Scene.Style.Theme))
			r.Gap(1)
		}
		from := h.f.Scene.Lay.W - r.Free()
		r.Text(text.Muted, widget.Rate(t.State.Rate.PerSecond(h.f.Scene.Style.Now))+" writes/s")
		h.slot(r, from, keymap.Pane3)
	}
	put := func(s string, a keymap.Action) {
		if from := h.whole(r, text.Muted, s); from >= 0 {
			h.slot(r, from, a)
		}
	}
	if info.DBSize > 0 {
		s := "db " + widget.Bytes(info.DBSize)
		if info.Quota > 0 {
			s += fmt.Sprintf(" of %s (%d%%)", widget.Bytes(info.Quota), info.DBSize*100/info.Quota)
		}
		put(s, keymap.Pane4)
	}
	if !info.Running && info.Compacted > 0 {
		h.whole(r, text.Muted, "from "+widget.Thousands(info.Compacted))
	}
	if info.Member != "" && arrives {
		role := "leader"
		if info.Follower {
			role = "follower"
		}
		name, _, _ := strings.Cut(clean.Key([]byte(info.Member)), " (") // its number is in the line at the foot
		put(clean.Middle(name, 32)+" "+role, keymap.Requests)
	}
}

// asOf paints into the header which time is shown: the revision, its date, how long ago that is.
func (h *header) asOf(r *pane.Painter, t *view.View) {
	r.Bold(text.Travel, h.f.Scene.Style.Theme.Glyphs.Diamond+" AS OF rev "+widget.Thousands(t.State.At))
	if members := h.members(t); members != "" {
		h.whole(r, text.Warning, members)
	}
	h.serving(r, t)
	r.Gap(2)
	at, head := t.Times.At(t.State.At), t.Times.At(t.State.Head)
	if at.IsZero() {
		r.Text(text.Travel, widget.Plural(t.State.Head-t.State.At, "revision")+" before now")
	} else {
		ago := words.Lasted(h.f.Scene.Style.Now.Sub(at)) + " ago"
		switch {
		case t.State.Info.Spare:
		case head.IsZero():
			ago = widget.Plural(t.State.Head-t.State.At, "revision") + " before now"
		default:
			ago = words.Lasted(head.Sub(at)) + " before the end"
		}
		day := head
		if head.IsZero() {
			day = at
		}
		if h.f.Scene.Lay.W >= 100 {
			day = time.Time{} // there is room for it
		}
		r.Bold(text.Travel, words.Stamp(at, day))
		if ago = "(" + ago + ")"; widget.Width(ago)+2 <= r.Free() {
			r.Gap(1)
			r.Text(text.Travel, ago)
		}
	}
	if name := h.sourceName(t, r.Free()-3); name != "" {
		h.whole(r, text.Travel, name)
	}
	h.whole(r, text.Muted, "read-only")
}
