// Package pane is what the panes of the screen have in common, and what they ask of the program.
//
//	key → keymap.Action → Pane.Do → Intent → the program carries it out
//	answer, batch ──────► Pane's own Show… methods         (the program calls them, nobody else)
//	frame ──────────────► Pane.Row, row by row, into one buffer
//
// What always holds:
//   - A pane does no I/O and starts nothing: it returns an Intent, which the program carries out at once.
//   - Row appends exactly the width that Resize set, whatever the content, and changes nothing.
//   - A pane remembers its cursor as an identity (a key, a revision), never as a row.
package pane

import (
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// Pane is a rectangle of the screen.
type Pane interface {
	// Resize sets the size of the content, the title rule left out.
	Resize(w, h int)
	// Title is the text in the title rule.
	Title() Title
	// Row appends row y of the content to b, exactly as wide as the pane.
	Row(b []byte, y int) []byte
	// Do carries out an action and returns what the program should do about it, nil for nothing.
	Do(a keymap.Action) Intent
}

// Clicker is a pane that understands the mouse.
type Clicker interface {
	// Click is a press at a column and row of the content; double reports that it was the second one.
	Click(x, y int, double bool) Intent
	// Wheel scrolls by rows, negative is up.
	Wheel(rows int) Intent
}

// Title is what a title rule says. Both texts are safe to draw.
type Title struct {
	Left  string
	Right string
	Role  text.Role // of Left when the pane has not the focus
	Named bool      // Left ends with a name: it is cut in the middle
}

// Style is what the drawing of every pane depends on. The program owns it; panes read it when they draw.
type Style struct {
	Theme *theme.Theme
	Now   time.Time // for ages
	Focus bool      // set while the focused pane draws
}
