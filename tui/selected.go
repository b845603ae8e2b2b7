package tui

import (
	"errors"
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Resize implements pane.Pane.
func (s selected) Resize(w, h int) { s.t.selectedW = w }

// Title implements pane.Pane.
func (s selected) Title() pane.Title { return pane.Title{Left: "Selected"} }

// Do implements pane.Pane: the box has no keys of its own.
func (s selected) Do(keymap.Action) pane.Intent { return nil }

// Row implements pane.Pane.
func (s selected) Row(b []byte, y int) []byte {
	r := pane.Paint(b, s.t.style.Theme, s.t.selectedW, "")
	r.Gap(1)
	path := s.t.keys.Cursor()
	if y == 0 && path != "" {
		r.Text(text.Plain, clean.Middle(clean.Key([]byte(path)), max(r.Free()-1, 1)))
	}
	e, o := s.t.object.Entry(), s.t.object.Object()
	if o == nil || e.Key == nil {
		return r.End()
	}
	switch y {
	case 1:
		line := widget.Bytes(max(e.Bytes, int64(len(e.Value)))) + "   " + o.Encoding
		if o.Encryption.Provider != "" {
			line += "   encrypted: " + clean.Key([]byte(o.Encryption.Provider))
		}
		r.Text(text.Muted, line)
	case 2:
		r.Text(text.Muted, strings.TrimSpace(clean.Key([]byte(o.APIVersion))+" "+clean.Key([]byte(o.Kind))))
		if o.Unknown > 0 {
			r.Text(text.Warning, fmt.Sprintf("   +%d bytes this build does not know", o.Unknown))
		}
	case 3:
		r.Text(text.Muted, fmt.Sprintf("create %s   mod %s   ver %d", widget.Thousands(e.Create), widget.Thousands(e.Mod), e.Version))
	case 4:
		switch {
		case o.Problem != "":
			r.Text(text.Warning, o.Problem)
		case e.Lease > 0:
			r.Text(text.Muted, fmt.Sprintf("lease %x", e.Lease))
		case e.Lease == 0:
			r.Text(text.Muted, "no lease")
		}
	}
	return r.End()
}

var _ pane.Pane = selected{}

func asProblem(err error, p **etcdsource.Problem) bool { return errors.As(err, p) }

func splitLines(s string) []string { return strings.Split(s, "\n") }
