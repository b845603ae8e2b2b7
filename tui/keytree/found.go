package keytree

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Hits is a list of keys, in order.
type Hits interface {
	Len() int
	Key(i int) string
	Index(key string) int // -1 when it is none of them
}

// Found is what is shown instead of the tree while something is looked for.
type Found struct {
	Hits  Hits
	Query find.Query            // what to mark in the keys
	Note  func(key string) Note // said behind a key; nil for nothing
	Title string                // of the rule, at the right
	Short string                // the same in a narrow pane; "" for none
	Typed string                // the filter, at the left of the rule, safe; "" for none
	Left  string                // of the rule, at the left; "" is that of the tree
	Empty []string              // said when there is no hit
	Below string                // said below the last hit, safe
	Texts bool                  // the notes are texts that need room
	Whole bool                  // no hit will come before those that are there: a cursor whose key is none of them goes to one near it, or to nothing
}

// ShowFound shows a list instead of the tree; nil shows the tree again.
func (p *Pane) ShowFound(f *Found) {
	switch {
	case f == nil:
	case p.found == nil:
		p.list.SetCursor(0)
		p.picked = f.Query.Empty()
	case f.Query.String() != p.found.Query.String():
		p.picked = f.Query.Empty()
	}
	p.found = f
	p.Sync()
}

// Width returns the columns of the pane.
func (p *Pane) Width() int { return p.w }

// Searching reports whether a list is shown instead of the tree.
func (p *Pane) Searching() bool { return p.found != nil }

// Texts reports whether a list of texts is shown, which needs more room than keys do.
func (p *Pane) Texts() bool { return p.found != nil && p.found.Texts }

// Pick keeps the cursor on its hit, whatever comes in above it.
func (p *Pane) Pick() { p.picked = true }

// syncFound keeps the cursor on its key, else near its row once all hits are there; on the first hit until one was picked, whatever
// comes in above it.
func (p *Pane) syncFound() {
	h := p.found.Hits
	p.list.SetCount(h.Len())
	i := h.Index(p.cursor)
	switch {
	case !p.picked:
		i = min(0, h.Len()-1)
	case i < 0 && p.found.Whole:
		i = min(p.list.Cursor(), h.Len()-1)
	}
	if i >= 0 {
		p.list.SetCursor(i)
		p.cursor = h.Key(i)
	} else if p.found.Whole {
		p.cursor = ""
	}
}

// movedFound selects the hit under the list's cursor.
func (p *Pane) movedFound() pane.Intent {
	i := p.list.Cursor()
	if i >= p.found.Hits.Len() {
		return nil
	}
	if key := p.found.Hits.Key(i); key != p.cursor {
		p.cursor = key
		return pane.Select{Path: key}
	}
	return nil
}

func (p *Pane) doFound(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		p.picked = true
		return p.movedFound()
	}
	if (a == keymap.Open || a == keymap.Expand) && p.found.Hits.Len() > 0 {
		return pane.Open{Path: p.cursor}
	}
	return nil
}

func (p *Pane) clickFound(y int, double bool) pane.Intent {
	i := p.list.Top() + y
	if i < 0 || i >= p.found.Hits.Len() {
		return nil
	}
	p.list.SetCursor(i)
	p.picked = true
	if double {
		p.cursor = p.found.Hits.Key(i)
		return pane.Open{Path: p.cursor}
	}
	return p.movedFound()
}

func (p *Pane) foundRow(b []byte, y int) []byte {
	th, h := p.style.Theme, p.found.Hits
	i := p.list.Top() + y
	if i >= h.Len() {
		r := pane.Paint(b, th, p.w, "")
		if n := y - 1; h.Len() == 0 && n >= 0 && n < len(p.found.Empty) {
			r.Gap(2)
			r.Text(text.Muted, p.found.Empty[n])
		}
		if h.Len() > 0 && i == h.Len()+1 {
			r.Gap(2)
			r.Text(text.Warning, p.found.Below)
		}
		return r.End()
	}
	base, selected := "", i == p.list.Cursor() && h.Key(i) == p.cursor
	if selected {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	key := h.Key(i)
	switch {
	case selected:
		r.TextW(text.Accent, th.Glyphs.Pointer, 1)
	case p.marked(key):
		r.TextW(text.Accent, "*", 1)
	default:
		r.Gap(1)
	}
	var note Note
	if p.found.Note != nil {
		note = p.found.Note(key)
	}
	name, room := decode.KeyText([]byte(strings.TrimPrefix(key, p.root))), r.Free()
	noteW := widget.Width(note.String())
	if sign, _, ok := strings.Cut(note.Text, " "); ok && note.Field == "" && widget.Width(sign) == 1 && widget.Width(name)+2+noteW > room {
		note.Text, noteW = sign, 1 // the sign alone says it, and the name has more to say
	}
	if noteW > 0 {
		room = min(room, max(room-2-noteW, room/2, 24))
	}
	p.hitName(&r, name, room)
	if noteW > 0 {
		r.Gap(2)
		note.paint(&r)
	}
	return r.End()
}

// hitName paints a key that was found, the matches marked. What does not fit is cut at its left: names differ at the
// end.
func (p *Pane) hitName(r *pane.Painter, name string, w int) {
	name = tail(name, w)
	at := 0
	for _, s := range p.found.Query.Spans(name) {
		r.Text(text.Plain, name[at:s.From])
		r.Text(text.Match, name[s.From:s.To])
		at = s.To
	}
	r.Text(text.Plain, name[at:])
}

// tail is the end of safe text in at most w columns.
func tail(s string, w int) string {
	over := widget.Width(s) - w
	if over <= 0 {
		return s
	}
	cut := 0
	for i := range s {
		if widget.Width(s[:i]) > over {
			cut = i
			break
		}
	}
	if cut == 0 {
		return clean.End(s, w)
	}
	return "…" + s[cut:]
}

// Columns of the title rule beside a text at its right, and beside both texts.
const (
	besideRight = 16
	besideBoth  = 8
	besideLeft  = 5
)

func (p *Pane) foundTitle() pane.Title {
	t := pane.Title{Left: first(p.found.Left, "Keys"), Right: p.found.Title, Role: text.Accent}
	if p.state.At != 0 {
		t.Left, t.Role = t.Left+" as of "+widget.Thousands(p.state.At), text.Travel
	}
	if t.Right = p.counted(); t.Right == "" {
		t.Left = p.named(t.Left, p.w-besideLeft)
		return t
	}
	t.Left = p.named(t.Left, p.w-widget.Width(t.Right)-besideBoth)
	return t
}

// counted is the count at the right of the title: the longest one that leaves room for the filter, else for the beginning of it.
func (p *Pane) counted() string {
	least := widget.Width(p.found.Typed)
	for _, room := range []int{least, min(least, 8)} {
		for _, s := range []string{p.found.Title, p.found.Short} {
			if w := widget.Width(s); s != "" && w+besideRight <= p.w && w+besideBoth+room <= p.w {
				return s
			}
		}
	}
	return ""
}

// named adds the filter to the left of the title where there is room for it, and takes it alone where there is room for no more.
func (p *Pane) named(left string, room int) string {
	if p.found.Typed == "" {
		return left
	}
	const least = 4 // columns of a filter that is cut
	whole := left + "  " + p.found.Typed
	switch {
	case widget.Width(whole) <= room:
		return whole
	case p.found.Left == "" && p.state.At == 0 && room >= least:
		return clean.End(p.found.Typed, room)
	case widget.Width(left)+2+least <= room:
		return clean.End(whole, room)
	}
	return left
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
