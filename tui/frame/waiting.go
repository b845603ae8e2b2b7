package frame

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

func (f *Frame) waitingLines(t *view.View) []styled {
	quit := keymap.Hint{Key: "q", Label: "quits"}
	if t.Opening.Err == nil {
		out := []styled{{role: text.Muted, text: "Opening " + clean.Key([]byte(t.Opening.Target.String())) + " …"}, {}, {keys: []keymap.Hint{quit}}}
		if t.Opening.Far != "" {
			out = slices.Insert(out, 1, styled{role: text.Muted, text: t.Opening.Far})
		}
		return out
	}
	out := []styled{{role: text.Error, text: "Cannot open " + clean.Key([]byte(t.Opening.Target.String()))}, {}}
	for _, l := range words.Sentence("", t.Opening.Err) {
		out = append(out, styled{role: text.Plain, text: l})
	}
	for i, l := range t.Opening.Members(t.Host.Options().Source) {
		if i == 0 {
			out = append(out, styled{})
		}
		out = append(out, styled{role: text.Muted, text: l})
	}
	var wrapped []styled
	for _, l := range out {
		for _, piece := range widget.Wrap(l.text, max(f.Scene.Lay.W-14, 20)) {
			wrapped = append(wrapped, styled{role: l.role, text: piece})
		}
	}
	now := "tries again"
	if itself := t.Opening.Itself(f.Scene.Style.Now); itself != "" {
		now += " now; by itself it " + itself
	}
	hints := []keymap.Hint{{Key: "ctrl+r", Label: now}, {Key: ":", Label: "open FILE opens something else"}, quit}
	attempts := t.Opening.Attempts()
	for i := range attempts {
		hints = slices.Insert(hints, i, keymap.Hint{Key: view.AttemptKey(i), Label: view.AttemptLabel(&attempts[i])})
	}
	if label := view.Enter(t); label != "" {
		hints = append([]keymap.Hint{{Key: f.Scene.Style.Theme.Glyphs.Key("↵"), Label: label}}, hints...)
	}
	if room := f.Scene.Lay.Foot - 2; len(wrapped)+1+len(hints) > room { // the key line has the last two
		wrapped = slices.DeleteFunc(wrapped, func(l styled) bool { return l.text == "" || strings.HasSuffix(l.text, ":") })
		keys := f.packed(hints[:len(hints)-2])
		return append(wrapped[:max(min(len(wrapped), room-len(keys)), 1)], keys...)
	}
	wrapped = append(wrapped, styled{})
	for _, h := range hints {
		wrapped = append(wrapped, styled{keys: []keymap.Hint{h}})
	}
	return wrapped
}

// packed puts as many keys into each line as fit.
func (f *Frame) packed(hints []keymap.Hint) (lines []styled) {
	room, used := f.Scene.Lay.W-8, 0
	for _, h := range hints {
		width := widget.Width(h.Key) + widget.Width(h.Label) + 3
		if used += width; len(lines) == 0 || used > room {
			lines, used = append(lines, styled{}), width
		}
		last := &lines[len(lines)-1]
		last.keys = append(last.keys, h)
	}
	return lines
}

// waitingRow paints the screen of a source that is not open: connecting, or why it could not be opened.
func (f *Frame) waitingRow(b []byte, t *view.View, y int) []byte {
	r := pane.Paint(b, f.Scene.Style.Theme, f.Scene.Lay.W, "")
	lines := f.waitingLines(t)
	top := max((f.Scene.Lay.Foot-len(lines))/3, 1)
	if i := y - top; i >= 0 && i < len(lines) {
		r.Gap(min(6, f.Scene.Lay.W/10))
		r.Text(lines[i].role, lines[i].text)
		for _, h := range lines[i].keys {
			r.Text(text.Accent, h.Key)
			r.Gap(1)
			if len(lines[i].keys) == 1 {
				r.Gap(7 - widget.Width(h.Key))
			}
			r.Text(text.Muted, h.Label)
			r.Gap(2)
		}
	}
	return r.End()
}

type styled struct {
	role text.Role
	text string
	keys []keymap.Hint // instead of the text
}
