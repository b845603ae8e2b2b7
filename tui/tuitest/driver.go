// Package tuitest drives the terminal UI in tests.
//
//	Driver    the model alone: messages in, commands run until none is left, cells out
//	Terminal  the real program on an emulated terminal: bytes in, screen out, renderer included
//	shot      a screen as an SVG picture
//
// What always holds: the screen is compared cell by cell, never as a stream of bytes, because the renderer writes
// differences; and after each step of a Driver every row of the view is exactly as wide as the screen.
package tuitest

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Driver runs a model without a program.
type Driver struct {
	t     testing.TB
	m     tea.Model
	w, h  int
	queue chan tea.Msg
	busy  int
	// Patience is how long Settle waits for a command that is under way.
	Patience time.Duration
	// Ignore names commands' messages that are dropped: those that come again and again.
	Ignore func(tea.Msg) bool
	Quit   bool
}

// New returns a driver of a model on a screen of w by h. Init is run.
func New(t testing.TB, m tea.Model, w, h int, ignore func(tea.Msg) bool) *Driver {
	d := &Driver{t: t, m: m, w: w, h: h, queue: make(chan tea.Msg, 1024), Patience: 10 * time.Second, Ignore: ignore}
	d.Send(tea.WindowSizeMsg{Width: w, Height: h})
	d.run(m.Init())
	return d
}

// run starts a command; its message arrives in the queue.
func (d *Driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.busy++
	go func() { d.queue <- doneMsg{cmd()} }()
}

type doneMsg struct{ msg tea.Msg }

// Send gives a message to the model.
func (d *Driver) Send(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
		return
	case tea.QuitMsg:
		d.Quit = true
		return
	case tea.WindowSizeMsg:
		d.w, d.h = msg.Width, msg.Height
	}
	if d.Ignore != nil && d.Ignore(msg) {
		return
	}
	m, cmd := d.m.Update(msg)
	d.m = m
	d.run(cmd)
	d.check()
}

// Model returns the model as it is now.
func (d *Driver) Model() tea.Model { return d.m }

// Settle takes messages until the condition holds; it fails the test when it does not within Patience.
func (d *Driver) Settle(what string, ok func() bool) {
	d.t.Helper()
	deadline := time.After(d.Patience)
	for !ok() {
		select {
		case m := <-d.queue:
			d.busy--
			d.Send(m.(doneMsg).msg)
		case <-deadline:
			d.t.Fatalf("%s: waited in vain; the screen is\n%s", what, d.Text())
		}
	}
}

// See waits until the screen shows a text.
func (d *Driver) See(want string) {
	d.t.Helper()
	d.Settle("see "+want, func() bool { return strings.Contains(d.Text(), want) })
}

// Gone waits until the screen no longer shows a text.
func (d *Driver) Gone(text string) {
	d.t.Helper()
	d.Settle("lose "+text, func() bool { return !strings.Contains(d.Text(), text) })
}

// Press presses keys, named as Bubble Tea names them and separated by blanks.
func (d *Driver) Press(keys string) {
	d.t.Helper()
	for _, k := range strings.Fields(keys) {
		d.Send(Key(k))
	}
}

// Type types text, character by character.
func (d *Driver) Type(s string) {
	for _, r := range s {
		d.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// Fill presses a key that asks for a text, types it, and presses enter.
func (d *Driver) Fill(key, text string) {
	d.t.Helper()
	d.Press(key)
	d.Type(text)
	d.Press("enter")
}

// Command types a command.
func (d *Driver) Command(s string) {
	d.t.Helper()
	d.Fill(":", s)
}

var special = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
	"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome,
	"end": tea.KeyEnd, "backspace": tea.KeyBackspace, "f1": tea.KeyF1,
}

// Key returns the message of a key.
func Key(name string) tea.KeyPressMsg {
	k := tea.KeyPressMsg{}
	if s, ok := strings.CutPrefix(name, "ctrl+"); ok {
		k.Mod, name = tea.ModCtrl, s
	} else if s, ok := strings.CutPrefix(name, "shift+"); ok && len(s) > 1 {
		k.Mod, name = tea.ModShift, s
	} else if s, ok := strings.CutPrefix(name, "alt+"); ok {
		k.Mod, name = tea.ModAlt, s
	}
	if c, ok := special[name]; ok {
		k.Code = c
		return k
	}
	if name == "space" {
		k.Code, k.Text = ' ', " "
		return k
	}
	r := []rune(name)
	k.Code = r[0]
	if k.Mod == 0 {
		k.Text = name
	}
	return k
}

// Screen returns the cells of the view, measured as the renderer measures them.
func (d *Driver) Screen() uv.ScreenBuffer {
	b := uv.NewScreenBuffer(d.w, d.h)
	b.Method = ansi.WcWidth
	uv.NewStyledString(d.m.View().Content).Draw(b, b.Bounds())
	return b
}

// Text returns the screen as text, blanks at the ends of rows cut.
func (d *Driver) Text() string { return Text(d.Screen(), d.w, d.h) }

// Row returns what is on the first line that shows a text, from there on, with single blanks; "" where none does.
func (d *Driver) Row(name string) string {
	for l := range strings.Lines(d.Text()) {
		if i := strings.Index(l, name); i >= 0 {
			return strings.Join(strings.Fields(l[i:]), " ")
		}
	}
	return ""
}

// View returns the view as it is, escape sequences included.
func (d *Driver) View() string { return d.m.View().Content }

// Cells is anything that has cells.
type Cells interface{ CellAt(x, y int) *uv.Cell }

// Text returns cells as text.
func Text(c Cells, w, h int) string {
	var b strings.Builder
	for y := range h {
		row := strings.Builder{}
		for x := 0; x < w; x++ {
			cell := c.CellAt(x, y)
			if cell == nil || cell.Width == 0 && cell.Content == "" {
				continue
			}
			if cell.Content == "" {
				row.WriteByte(' ')
			} else {
				row.WriteString(cell.Content)
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// check holds the layout: as many rows as the screen has, each exactly as wide.
func (d *Driver) check() {
	d.t.Helper()
	rows := strings.Split(d.m.View().Content, "\n")
	if len(rows) != d.h {
		d.t.Fatalf("the view has %d rows, the screen %d", len(rows), d.h)
	}
	for y, r := range rows {
		if w := ansi.StringWidth(r); w != d.w {
			d.t.Fatalf("row %d is %d columns wide, the screen %d: %q", y, w, d.w, ansi.Strip(r))
		}
	}
}

// Drain takes the messages that are there, without waiting for more.
func (d *Driver) Drain() {
	for {
		select {
		case m := <-d.queue:
			d.busy--
			d.Send(m.(doneMsg).msg)
		default:
			return
		}
	}
}
