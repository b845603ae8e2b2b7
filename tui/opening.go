package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// openAllTheSame opens what was not opened without asking: what can be read of a damaged file, what takes much space.
func (m *Model) openAllTheSame(t *view.View) tea.Cmd {
	switch {
	case t.Opening.Asks() != nil:
		m.askUnpack(t)
	case t.Opening.Partly():
		t.Opening.Target.NoVerify, t.Opening.Err = true, nil
		return t.Connect(m.deps.Open)
	}
	return nil
}

// askUnpack asks whether a packed file may take much space.
func (m *Model) askUnpack(t *view.View) {
	much := t.Opening.Asks()
	title := "Unpack it?"
	if much.Bytes >= 0 {
		title = "Unpack " + widget.Bytes(much.Bytes) + "?"
	}
	m.dialogs.Push(dialog.NewConfirm(title, words.Wrapped(unpackLines(clean.Key([]byte(t.Opening.Target.String())), much), min(m.lay.W-12, 76)), func() tea.Cmd {
		if t.Opening.Asks() != much || t.Ctx.Err() != nil { // answered already, or closed
			return nil
		}
		t.Opening.Target.MaxUnpack, t.Opening.Err = much.Allow(), nil
		return t.Connect(m.deps.Open)
	}))
}

// unpackLines say what unpacking takes.
func unpackLines(name string, e *etcdsource.UnpackError) []string {
	first := name + " takes " + widget.Bytes(e.Bytes) + " when it is unpacked."
	where := "It goes into a temporary file without a name in " + clean.Key([]byte(e.Folder))
	if e.Free >= 0 {
		where += ", where " + widget.Bytes(e.Free) + " are free"
	}
	if e.Bytes < 0 {
		first = name + " does not say how large it is when it is unpacked: it is more than " + widget.Bytes(e.Limit) + "."
		where += "; at most " + widget.Bytes(e.Allow()) + " are used"
	}
	return []string{words.Upper(first), where + "; nothing is left of it afterwards.", "", "Go on?"}
}

func (m *Model) waitingLines(t *view.View) []styled {
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
	var wrapped []styled
	for _, l := range out {
		for _, piece := range words.SplitLines(ansi.Wrap(l.text, max(m.lay.W-14, 20), "")) {
			wrapped = append(wrapped, styled{role: l.role, text: piece})
		}
	}
	hints := []keymap.Hint{{Key: "ctrl+r", Label: "tries again"}, {Key: ":", Label: "open FILE opens something else"}, quit}
	if label := t.Opening.AllTheSame(); label != "" {
		hints = append([]keymap.Hint{{Key: m.style.Theme.Glyphs.Key("↵"), Label: label}}, hints...)
	}
	if room := m.lay.Foot - 2; len(wrapped)+1+len(hints) > room { // the key line has the last two
		wrapped = slices.DeleteFunc(wrapped, func(l styled) bool { return l.text == "" || strings.HasSuffix(l.text, ":") })
		wrapped = wrapped[:max(min(len(wrapped), room-1), 1)]
		return append(wrapped, styled{keys: hints[:len(hints)-2]})
	}
	wrapped = append(wrapped, styled{})
	for _, h := range hints {
		wrapped = append(wrapped, styled{keys: []keymap.Hint{h}})
	}
	return wrapped
}
