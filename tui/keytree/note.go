package keytree

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Note is what is said behind a key that was found.
type Note struct {
	Field    string // where Text is, safe; "" for none
	Text     string // safe
	From, To int    // the bytes of Text that are marked, none where both are 0
}

// String is the note as one text.
func (n Note) String() string { return n.label() + n.Text }

func (n Note) label() string {
	if n.Field == "" {
		return ""
	}
	return n.Field + ": "
}

// cut returns the note in at most w columns, in three parts. What is marked stays as long as there is room for it: what is before it
// is cut first, then the field.
func (n Note) cut(w int) (before, marked, behind string) {
	label := n.label()
	before, marked, behind = n.Text[:n.From], n.Text[n.From:n.To], n.Text[n.To:]
	room := w - widget.Width(marked)
	if behind != "" {
		room-- // for what says that there is more
	}
	if marked != "" && widget.Width(label+before) > room {
		if widget.Width(label) >= room {
			label = ""
		}
		if room -= widget.Width(label); room < 1 {
			before = ""
		} else {
			before = tail(before, room)
		}
	}
	before = clean.End(label+before, w)
	marked = clean.End(marked, w-widget.Width(before))
	return before, marked, clean.End(behind, w-widget.Width(before)-widget.Width(marked))
}

func (n Note) paint(r *pane.Painter) {
	before, marked, behind := n.cut(r.Free())
	r.Text(text.Muted, before)
	r.Text(text.Match, marked)
	r.Text(text.Muted, behind)
}
