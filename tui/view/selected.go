package view

import (
	"fmt"
	"strconv"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Resize implements pane.Pane.
func (s selected) Resize(w, h int) { s.t.Panes.selectedW = w }

// Title implements pane.Pane.
func (s selected) Title() pane.Title { return pane.Title{Left: "Selected"} }

// Do implements pane.Pane: the box has no keys of its own.
func (s selected) Do(keymap.Action) pane.Intent { return nil }

// Row implements pane.Pane.
func (s selected) Row(b []byte, y int) []byte {
	r := pane.Paint(b, s.t.Panes.Style.Theme, s.t.Panes.selectedW, "")
	r.Gap(1)
	path := s.t.Panes.Keys.Cursor()
	if y == 0 && path != "" {
		r.Text(text.Plain, clean.Middle(decode.KeyText([]byte(path)), max(r.Free()-1, 1)))
	}
	e, o := s.t.Panes.Object.Entry(), s.t.Panes.Object.Object()
	if o == nil || e.Key == nil || s.t.Panes.Table.Folder() != "" {
		if lines := widget.Wrap("Size, encoding, revisions and lease of a key are shown here.", max(s.t.Panes.selectedW-2, 8)); y > 0 && y <= len(lines) && (path == "" || path[len(path)-1] == '/') {
			r.Text(text.Muted, lines[y-1])
		}
		return r.End()
	}
	s.fact(&r, y)
	return r.End()
}

// fact writes a line of what is known of the object: its size, type, revisions, and its lease or what is wrong.
func (s selected) fact(r *pane.Painter, y int) {
	e, o := s.t.Panes.Object.Entry(), s.t.Panes.Object.Object()
	switch y {
	case 1:
		r.Text(text.Muted, widget.Bytes(max(e.Bytes, int64(len(e.Value)))))
		r.Gap(3)
		r.Text(text.Muted, o.Encoding)
		if o.Encryption.Provider != "" {
			r.Text(text.Muted, "   encrypted: "+clean.Key([]byte(o.Encryption.Provider)))
		}
	case 2:
		r.Text(text.Muted, words.OneLine(o.APIVersion))
		if o.APIVersion != "" {
			r.Gap(1)
		}
		r.Text(text.Muted, words.OneLine(o.Kind))
		if o.Unknown > 0 {
			r.Text(text.Warning, fmt.Sprintf("   +%d bytes this build does not know", o.Unknown))
		}
	case 3:
		r.Text(text.Muted, "create ")
		r.Text(text.Muted, widget.Thousands(e.Create))
		r.Text(text.Muted, "   mod ")
		r.Text(text.Muted, widget.Thousands(e.Mod))
		r.Text(text.Muted, "   ver ")
		r.Text(text.Muted, strconv.FormatInt(e.Version, 10))
	case 4:
		switch {
		case o.Problem != "":
			r.Text(text.Warning, o.Problem)
		case e.Lease > 0:
			r.Text(text.Muted, fmt.Sprintf("lease %x", e.Lease))
		case e.Lease == 0:
			r.Text(text.Muted, "no lease")
		}
		if done := s.t.Reader.Course.done; done != "" && o.Problem == "" {
			r.Gap(3)
			r.Text(text.Muted, done)
		}
	}
}

var _ pane.Pane = selected{}
