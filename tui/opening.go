package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// openAllTheSame opens what was not opened without asking: what can be read of a damaged file, what takes much space.
func openAllTheSame(m *Model, t *view.View) tea.Cmd {
	switch {
	case t.Opening.Asks() != nil:
		askUnpack(m, t)
	case t.Opening.Partly():
		t.Opening.Target.NoVerify, t.Opening.Err = true, nil
		return t.Connect(m.deps.Open)
	}
	return nil
}

// askUnpack asks whether a packed file may take much space.
func askUnpack(m *Model, t *view.View) {
	much := t.Opening.Asks()
	title := "Unpack it?"
	if much.Bytes >= 0 {
		title = "Unpack " + widget.Bytes(much.Bytes) + "?"
	}
	m.typing.dialogs.Push(dialog.NewConfirm(title, words.Wrapped(unpackLines(clean.Key([]byte(t.Opening.Target.String())), much), min(m.screen.lay.W-12, 76)), func() tea.Cmd {
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
