package tuitest

import (
	"io"
	"sync/atomic"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"
)

// Terminal is the real program on an emulated terminal.
type Terminal struct {
	t    testing.TB
	emu  *vt.SafeEmulator
	in   *io.PipeWriter
	prog *tea.Program
	done chan struct{}
	w, h int
	sent *counter
}

// counter counts what passes through it.
type counter struct {
	to io.Writer
	n  atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.to.Write(p)
}

// Start runs a model's program. It is ended when the test ends.
func Start(t testing.TB, m tea.Model, w, h int) *Terminal {
	t.Helper()
	emu := vt.NewSafeEmulator(w, h)
	_, _ = emu.Write([]byte("\x1b[20h")) // without a tty the renderer ends lines with a bare line feed
	pr, pw := io.Pipe()
	copied := make(chan struct{})
	go func() { defer close(copied); _, _ = io.Copy(pw, emu) }() // unread replies would block the emulator
	sent := &counter{to: emu}
	p := tea.NewProgram(m, tea.WithInput(pr), tea.WithOutput(sent), tea.WithWindowSize(w, h),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithEnvironment([]string{"TERM=xterm-256color"}),
		tea.WithoutSignalHandler())
	x := &Terminal{t: t, emu: emu, in: pw, prog: p, done: make(chan struct{}), w: w, h: h, sent: sent}
	go func() { defer close(x.done); _, _ = p.Run() }()
	t.Cleanup(func() {
		p.Quit()
		<-x.done
		_ = emu.InputPipe().(io.Closer).Close()
		<-copied
		_ = pw.Close()
	})
	return x
}

// Keys sends bytes as the keyboard would.
func (x *Terminal) Keys(s string) { _, _ = io.WriteString(x.in, s) }

// Resize changes the terminal's size.
func (x *Terminal) Resize(w, h int) {
	x.w, x.h = w, h
	x.emu.Resize(w, h)
	x.prog.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// Text returns what the terminal shows.
func (x *Terminal) Text() string { return Text(x.emu, x.w, x.h) }

// Sent returns how many bytes the program has written to the terminal.
func (x *Terminal) Sent() int64 { return x.sent.n.Load() }

// Cells returns what the terminal shows, cell by cell.
func (x *Terminal) Cells() Cells { return x.emu }

// Ended waits for the program's end and reports whether the terminal was left as it was found.
func (x *Terminal) Ended() bool {
	<-x.done
	return !x.emu.IsAltScreen()
}
