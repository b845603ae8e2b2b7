package frame

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// keyLine paints what can be pressed now; help and quit always stay.
func (f *Frame) keyLine(b []byte) []byte {
	th := f.Scene.Style.Theme
	r := pane.Paint(b, th, f.Scene.Lay.W, "")
	scopes := f.Scene.Scopes
	hints := keymap.KeyLine(scopes[0], scopes[1:]...)
	if f.Scene.View.State == nil {
		hints = keymap.Unopened()
	}
	hints = slices.DeleteFunc(hints, func(h keymap.Hint) bool { return f.idle(scopes[0], h.Actions[0]) })
	if i := slices.IndexFunc(hints, func(h keymap.Hint) bool { return h.Actions[0] == keymap.Rescue }); i > 0 && scopes[0] == keymap.Changes {
		hints = slices.Concat(hints[i:i+1], hints[:i], hints[i+1:]) // what the list is for
	}
	width := func(h *keymap.Hint) int { return ansi.StringWidth(h.Key) + 1 + ansi.StringWidth(h.Label) + 2 }
	keep := 0
	for i := range hints {
		hints[i].Key = th.Glyphs.Key(hints[i].Key)
		if hints[i].Stays {
			keep += width(&hints[i])
		}
	}
	f.hints = f.hints[:0]
	full := false
	r.Gap(1)
	for i := range hints {
		h := &hints[i]
		if full = full || !h.Stays && r.Free()-width(h) < keep; full && !h.Stays {
			continue
		}
		from := f.Scene.Lay.W - r.Free()
		r.Text(text.Accent, h.Key)
		middle := f.Scene.Lay.W - r.Free()
		r.Gap(1)
		r.Text(text.Muted, h.Label)
		to := f.Scene.Lay.W - r.Free()
		if len(h.Actions) == 2 { // "[ ] write": its first key is the first half
			middle = from + (middle-from)/2 + 1
			f.hints = append(f.hints, Slot{from, middle, h.Actions[0]}, Slot{middle, to, h.Actions[1]})
		} else {
			f.hints = append(f.hints, Slot{from, to, h.Actions[0]})
		}
		r.Gap(2)
	}
	return r.End()
}

// idle reports whether an action would do nothing now, or is left out: a folder has no value and no versions, a file cannot be saved, and
// among changes the key that brings an object back is shown only where nothing but deletions are listed, and one is.
func (f *Frame) idle(scope keymap.Scope, a keymap.Action) bool {
	v := f.Scene.View
	switch {
	case v.State == nil:
		return false
	case a == keymap.Snapshot:
		return !v.State.Info.Running
	case a == keymap.Rescue:
		return scope == keymap.Changes && (!v.Panes.Changes.OnlyGone() || v.Panes.Changes.Current() == nil)
	case a == keymap.Format || a == keymap.Diff:
		return scope == keymap.Tree && strings.HasSuffix(v.Panes.Keys.Cursor(), "/")
	}
	return false
}
