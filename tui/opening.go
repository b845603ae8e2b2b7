package tui

import (
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// opening is how the source of a tab is opened.
type opening struct {
	target host.Target
	begun  time.Time
	err    error               // why it could not be opened
	below  []etcdsource.Source // that the source stands on, and that are closed after it
	far    string              // how far it is, "" where that is not known
}

// openedMsg is a source that was opened, or why it was not.
type openedMsg struct {
	host.To
	opened *learn.Opened
	err    error
}

// Drop implements host.Dropper.
func (m openedMsg) Drop() tea.Cmd {
	if m.opened == nil {
		return nil
	}
	return func() tea.Msg { _ = m.opened.Source.Close(); return nil }
}

// connect begins to open the source of a tab.
func (m *Model) connect(t *tab) tea.Cmd {
	open, id, ctx, target := m.deps.Open, t.id, t.ctx, t.target
	t.far = ""
	report, next, end := progress(id)
	return tea.Batch(next, func() (msg tea.Msg) {
		defer end()
		defer host.Recovered(&msg)
		o, err := open(ctx, target, report)
		return openedMsg{host.To{Tab: id}, o, err}
	})
}

// partly reports whether a file that could not be opened can be, as far as it can be read.
func (t *tab) partly() bool {
	var p *etcdsource.Problem
	return t.err != nil && words.AsProblem(t.err, &p) && p.Partly && !t.target.NoVerify
}

// asks is what a packed file takes that is unpacked only when the user allows it, nil for nothing.
func (t *tab) asks() *etcdsource.UnpackError {
	var much *etcdsource.UnpackError
	if !errors.As(t.err, &much) || much.Allow() <= t.target.MaxUnpack {
		return nil
	}
	return much
}

// openAllTheSame opens what was not opened without asking: what can be read of a damaged file, what takes much space.
func (m *Model) openAllTheSame(t *tab) tea.Cmd {
	switch {
	case t.asks() != nil:
		m.askUnpack(t)
	case t.partly():
		t.target.NoVerify, t.err = true, nil
		return m.connect(t)
	}
	return nil
}

// allTheSame is the label of the key for that, "" where there is nothing.
func (t *tab) allTheSame() string {
	switch {
	case t.asks() != nil:
		return "unpacks it all the same"
	case t.partly():
		return "opens what is readable"
	}
	return ""
}

// askUnpack asks whether a packed file may take much space.
func (m *Model) askUnpack(t *tab) {
	much := t.asks()
	title := "Unpack it?"
	if much.Bytes >= 0 {
		title = "Unpack " + widget.Bytes(much.Bytes) + "?"
	}
	m.dialogs.Push(dialog.NewConfirm(title, words.Wrapped(unpackLines(clean.Key([]byte(t.target.String())), much), min(m.lay.W-12, 76)), func() tea.Cmd {
		if t.asks() != much || t.ctx.Err() != nil { // answered already, or closed
			return nil
		}
		t.target.MaxUnpack, t.err = much.Allow(), nil
		return m.connect(t)
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

func (m *Model) waitingLines(t *tab) []styled {
	quit := keymap.Hint{Key: "q", Label: "quits"}
	if t.err == nil {
		out := []styled{{role: text.Muted, text: "Opening " + clean.Key([]byte(t.target.String())) + " …"}, {}, {keys: []keymap.Hint{quit}}}
		if t.far != "" {
			out = slices.Insert(out, 1, styled{role: text.Muted, text: t.far})
		}
		return out
	}
	out := []styled{{role: text.Error, text: "Cannot open " + clean.Key([]byte(t.target.String()))}, {}}
	for _, l := range words.Sentence("", t.err) {
		out = append(out, styled{role: text.Plain, text: l})
	}
	var wrapped []styled
	for _, l := range out {
		for _, piece := range words.SplitLines(ansi.Wrap(l.text, max(m.lay.W-14, 20), "")) {
			wrapped = append(wrapped, styled{role: l.role, text: piece})
		}
	}
	hints := []keymap.Hint{{Key: "ctrl+r", Label: "tries again"}, {Key: ":", Label: "open FILE opens something else"}, quit}
	if label := t.allTheSame(); label != "" {
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
