// Package terminal leaves the terminal as it was found, however the screen program ends.
//
//	SIGTSTP ─► Guard ─► as ctrl+z: Rest ─► the process stops ─► SIGCONT ─► Draw
//	program ─► Guard.Write ─► terminal            one mutex: nothing is drawn after Restore
//	SIGQUIT, SIGABRT ─► Guard ─► disk.Dying, Restore ─► the same signal again ─► Go's dump of all goroutines
//	   │ pipe: settings, drawing or not      │ pipe: what the Go runtime says when it dies
//	   ▼                                     ▼
//	Monitor, a small process beside it: restores the terminal when the program dies without having done it
//
// What always holds:
//   - The modes and the line settings are restored before anything is printed of a crash.
//   - The monitor is in a session of its own: no key and no hang-up reaches it. It ends with the program, at the latest.
//   - While the program draws, what is written to standard error, if that is a terminal, goes nowhere: it would be
//     written across the screen. What the runtime says when it dies reaches the monitor, which prints it.
package terminal

import (
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// reset ends what the program may have switched on: a sequence that was cut in the middle, synchronized output, the
// keyboard protocols, colours, a scroll region, the alternate screen, the hidden cursor, pasting, focus, mouse, title.
const reset = "\x18\x1b\\\x1b[?2026l\x1b[?2027l\x1b[>4m\x1b[<1u\x1b[m\x1b[r\x1b[999;1H\r\n" +
	"\x1b[?1049l\x1b[?25h\x1b[?2004l\x1b[?1004l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b]2;\a"

// lockWait is how long Restore waits for a frame that the terminal does not take.
const lockWait = time.Second

// Guard is the terminal while the program draws on it: what is drawn is written to it.
type Guard struct {
	*os.File          // where is drawn
	in       *os.File // whose line settings are changed
	before   *unix.Termios
	tail     string // written after the modes are reset

	writing sync.Mutex // held while a frame is written
	mu      sync.Mutex // guards what follows
	state   state
	first   bool // something was drawn
	stderr  int  // the true standard error while it is led away, -1 otherwise
	monitor *monitor
	signals chan os.Signal
	stops   chan os.Signal // SIGTSTP from another process, nil while nobody asked for it
}

type state uint8

const (
	drawing  state = iota
	resting        // the terminal belongs to another program: a pager, the shell
	restored       // for good
)

// New returns the guard of a terminal that the program is about to draw on. tail is what the terminal is sent after
// everything else is reset, "" for most.
func New(in, out *os.File, tail string) *Guard {
	g := &Guard{File: out, in: in, tail: tail, stderr: -1, signals: make(chan os.Signal, 1)}
	g.before, _ = unix.IoctlGetTermios(int(in.Fd()), getTermios)
	signal.Notify(g.signals, syscall.SIGQUIT, syscall.SIGABRT)
	guards.Add(1)
	safego.Go(nil, g.listen)
	return g
}

// Write draws. Once the terminal is restored it does nothing. The first call starts the monitor, beside everything else.
func (g *Guard) Write(b []byte) (int, error) {
	g.writing.Lock()
	defer g.writing.Unlock()
	g.mu.Lock()
	s, first := g.state, !g.first
	g.first = true
	g.mu.Unlock()
	if s == restored {
		return len(b), nil
	}
	if first {
		safego.Go(nil, g.watch)
	}
	return g.File.Write(b)
}

// watch starts the monitor, and leads standard error away once it runs.
func (g *Guard) watch() {
	if !able.Load() || g.before == nil {
		return
	}
	m, err := startMonitor(g.File, settings{Termios: *g.before, Reset: []byte(reset + g.tail)})
	if err != nil {
		return // the program itself restores the terminal in all cases but those of a sudden death
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == restored {
		m.close()
		return
	}
	m.say(g.state == drawing)
	if m.watch() != nil {
		m.close()
		return
	}
	g.monitor = m
	g.lead()
}

// Suspend has suspend called when another process stops this one (SIGTSTP) while it draws: the program hands the terminal
// over, as it does for ctrl+z, and stops. While the terminal is another program's, both stop together.
func (g *Guard) Suspend(suspend func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == restored || g.stops != nil || signal.Ignored(syscall.SIGTSTP) {
		return
	}
	stops := make(chan os.Signal, 1)
	g.stops = stops
	safego.Go(nil, func() {
		for range stops {
			g.mu.Lock()
			s := g.state
			g.mu.Unlock()
			switch {
			case s == drawing:
				suspend()
			case s == resting && !Orphaned():
				_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) // Go does not give a signal's default back
			}
		}
	})
	signal.Notify(stops, syscall.SIGTSTP)
}

// lead sends the state to the monitor, and leads standard error away while the program draws. mu is held.
func (g *Guard) lead() {
	if g.monitor == nil {
		return
	}
	g.monitor.say(g.state == drawing)
	switch away := g.stderr >= 0; {
	case g.state == drawing && !away && term.IsTerminal(2):
		g.stderr = leadAway(2)
	case g.state != drawing && away:
		_ = dup(g.stderr, 2)
		_ = unix.Close(g.stderr)
		g.stderr = -1
	}
}

// leadAway lets what is written to a file go nowhere, and returns where it went before; -1 where that cannot be done.
func leadAway(fd int) int {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return -1
	}
	defer nowhere.Close()
	before, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	if dup(int(nowhere.Fd()), fd) != nil {
		_ = unix.Close(before)
		return -1
	}
	return before
}

// Rest is called before the terminal is handed to another program, Draw when it is back.
func (g *Guard) Rest() { g.set(drawing, resting) }

// Draw is called when the terminal is the program's again.
func (g *Guard) Draw() { g.set(resting, drawing) }

func (g *Guard) set(from, to state) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == from {
		g.state = to
		g.lead()
	}
}

// Restore resets the modes and the line settings, unless the terminal was left already. Nothing is drawn afterwards.
func (g *Guard) Restore() {
	for end := time.Now().Add(lockWait); !g.writing.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			g.restore() // the frame is stuck in the terminal; so will this be, but not the line settings
			return
		}
	}
	defer g.writing.Unlock()
	g.restore()
}

func (g *Guard) restore() {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.state
	g.state = restored
	if was == drawing && g.before != nil {
		_ = unix.IoctlSetTermios(int(g.in.Fd()), setTermios, g.before)
		_ = g.SetWriteDeadline(time.Now().Add(lockWait))
		_, _ = g.WriteString(reset + g.tail)
	}
	g.lead()
}

// Left is called when the program has restored the terminal by itself: there is nothing more to do for the monitor.
func (g *Guard) Left() {
	g.mu.Lock()
	g.state = restored
	if g.stops != nil {
		signal.Stop(g.stops)
		close(g.stops)
		g.stops = nil
	}
	g.lead()
	m := g.monitor
	g.monitor = nil
	g.mu.Unlock()
	signal.Stop(g.signals)
	close(g.signals)
	guards.Add(-1)
	if m != nil {
		m.close()
	}
}

// listen waits for the signals that make Go dump its goroutines, and lets it do so on the restored terminal.
func (g *Guard) listen() {
	s, ok := <-g.signals
	if !ok {
		return
	}
	disk.Dying()
	g.Restore()
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{}) // what it prints is seen
	signal.Reset(s)
	_ = syscall.Kill(os.Getpid(), s.(syscall.Signal))
}
