// Package tty runs a program on a pseudo-terminal of its own, for tests of what really reaches a terminal.
//
//	Start ─► program ─► pty ─┬─► Raw      every byte, in order
//	  ▲                      ├─► Screen   an emulated terminal that answers the program's questions
//	  └── Keys, Resize, Hangup, signals
//	Scan(Raw) ─► Report: modes left on, sequences by kind, characters
//
// What always holds:
//   - The test itself needs no terminal: the pty is made here, and closed when the test ends.
//   - The program is the leader of its session, so that a hang-up and ctrl+z reach it as they do in a terminal window.
//   - Its standard error is kept apart: it belongs to nobody's screen.
//   - The environment is what the test gives, and nothing of the developer's own terminal.
package tty

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// Patience is how long a session waits for what it expects; machines that run tests are slow at times.
const Patience = 2 * time.Minute

// Config is the terminal that a program gets.
type Config struct {
	W, H int
	Env  []string // added to PATH, HOME and LANG
	// Mute makes a terminal that never answers a question.
	Mute bool
	// Together sends standard error to the terminal too, as a shell would.
	Together bool
	// Delay and Baud make a slow line: how late bytes arrive, and how many bits a second; 0 for none.
	Delay time.Duration
	Baud  int
}

// Session is a program on its terminal.
type Session struct {
	t       testing.TB
	cmd     *exec.Cmd
	master  *os.File
	slave   *os.File // held open, so that its settings can be compared after the end
	emu     *vt.SafeEmulator
	before  *term.State
	w, h    int
	ended   chan struct{}
	drained chan struct{}
	mu      sync.Mutex
	raw     []byte
	stderr  locked
}

// locked is a buffer that can be read while it is written.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Start runs a program. It is killed when the test ends.
func Start(t testing.TB, c Config, argv ...string) *Session {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	_ = pty.Setsize(master, &pty.Winsize{Cols: uint16(c.W), Rows: uint16(c.H)})
	s := &Session{t: t, master: master, slave: slave, w: c.W, h: c.H, ended: make(chan struct{}), drained: make(chan struct{})}
	if s.w == 0 || s.h == 0 {
		s.w, s.h = 80, 24 // what the program should take such a terminal for
	}
	s.emu = vt.NewSafeEmulator(s.w, s.h)
	s.before, _ = term.GetState(int(slave.Fd()))
	ctx, cancel := context.WithCancel(context.Background())
	s.cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	home := t.TempDir()
	s.cmd.Dir = home
	s.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8"}, c.Env...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, &s.stderr
	if c.Together {
		s.cmd.Stderr = slave
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.read(c)
	if !c.Mute {
		go func() { _, _ = io.Copy(master, s.emu) }()
	} else {
		go func() { _, _ = io.Copy(io.Discard, s.emu) }()
	}
	go func() {
		_ = s.cmd.Wait()
		_ = slave.SetDeadline(time.Time{})
		close(s.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-s.ended
		_ = slave.Close()
		<-s.drained
		_ = s.emu.InputPipe().(io.Closer).Close()
		_ = master.Close()
	})
	return s
}

// read takes what the program writes, as late and as slowly as the line is.
func (s *Session) read(c Config) {
	defer close(s.drained)
	type piece struct {
		at time.Time
		b  []byte
	}
	pieces := make(chan piece, 1)
	if c.Delay > 0 {
		pieces = make(chan piece, 1<<16)
	}
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		for p := range pieces {
			time.Sleep(time.Until(p.at))
			_, _ = s.emu.Write(p.b)
			s.mu.Lock()
			s.raw = append(s.raw, p.b...)
			s.mu.Unlock()
		}
	}()
	size := 32 << 10
	if c.Baud > 0 {
		size = max(c.Baud/10/20, 1) // a twentieth of a second's worth at a time, ten bits a byte
	}
	buf := make([]byte, size)
	for {
		n, err := s.master.Read(buf)
		if n > 0 {
			if c.Baud > 0 {
				time.Sleep(time.Duration(n) * 10 * time.Second / time.Duration(c.Baud))
			}
			pieces <- piece{time.Now().Add(c.Delay), bytes.Clone(buf[:n])}
		}
		if err != nil {
			break
		}
	}
	close(pieces)
	<-shown
}

// Keys sends bytes as the keyboard would.
func (s *Session) Keys(k string) { _, _ = io.WriteString(s.master, k) }

// Resize changes the terminal's size.
func (s *Session) Resize(w, h int) {
	s.w, s.h = w, h
	s.emu.Resize(w, h)
	_ = pty.Setsize(s.master, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
}

// Signal sends a signal to the program.
func (s *Session) Signal(sig os.Signal) { _ = s.cmd.Process.Signal(sig) }

// Pid returns the number of the program's process.
func (s *Session) Pid() int { return s.cmd.Process.Pid }

// Screen returns what the terminal shows.
func (s *Session) Screen() string { return tuitest.Text(s.emu, s.w, s.h) }

// Raw returns every byte so far.
func (s *Session) Raw() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.raw)
}

// Stderr returns what the program wrote to its standard error.
func (s *Session) Stderr() string { return s.stderr.String() }

// See waits until the terminal shows a text.
func (s *Session) See(want string) {
	s.t.Helper()
	s.Until("show "+want, func() bool { return strings.Contains(s.Screen(), want) })
}

// Until waits until a condition holds.
func (s *Session) Until(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(Patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("it does not %s; the screen is\n%s\nstandard error is %q", what, s.Screen(), s.Stderr())
		}
	}
}

// Wait waits for the program's end and returns its exit code, -1 when a signal ended it.
func (s *Session) Wait() int {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(Patience):
		s.t.Fatalf("it does not end; the screen is\n%s", s.Screen())
	}
	s.Drain()
	return s.cmd.ProcessState.ExitCode()
}

// mark is written behind what the program wrote. Terminals ignore it.
const mark = "\x1b]5379;drained\a"

// Drain waits until everything that is in the pty and on the line has arrived.
func (s *Session) Drain() {
	s.t.Helper()
	if _, err := s.slave.WriteString(mark); err != nil {
		return // the terminal was taken away
	}
	s.Until("hand over all that it wrote", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		at := bytes.Index(s.raw, []byte(mark))
		if at >= 0 {
			s.raw = append(s.raw[:at:at], s.raw[at+len(mark):]...)
		}
		return at >= 0
	})
}

// Restored reports whether the terminal's line settings (echo, raw mode) are those from before.
func (s *Session) Restored() bool {
	now, err := term.GetState(int(s.slave.Fd()))
	return err == nil && s.before != nil && *now == *s.before
}

// Hangup takes the terminal away, as a closed window or a lost connection does.
func (s *Session) Hangup() {
	_ = s.master.Close() // once the read that waits for the program has ended: a byte ends it
	_, _ = s.slave.WriteString(" ")
	_ = s.slave.Close()
}

// Watched waits until the program's monitor watches it. The session's standard error must be its terminal.
func (s *Session) Watched() {
	s.t.Helper()
	s.Until("start its monitor", func() bool {
		to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/2", s.Pid()))
		return err == nil && to == os.DevNull
	})
}

// Crashed checks that the folder for temporary files holds a report that holds the text, for its owner only.
func (s *Session) Crashed(tmp, text string) {
	s.t.Helper()
	found, _ := filepath.Glob(filepath.Join(tmp, "etcdscope-crash-*", "report.txt"))
	if len(found) != 1 {
		s.t.Fatalf("the reports are %q", found)
	}
	if !bytes.Contains(s.Raw(), []byte("please report what follows; it is in "+found[0]+" too")) {
		s.t.Errorf("it does not say where the report is: %q", s.Raw())
	}
	dir, err := os.Stat(filepath.Dir(found[0]))
	if err != nil || dir.Mode().Perm() != 0o700 {
		s.t.Errorf("its folder is %v, %v", dir, err)
	}
	file, err := os.Stat(found[0])
	if err != nil || file.Mode().Perm() != 0o600 {
		s.t.Errorf("it is %v, %v", file, err)
	}
	s.Until("write its report", func() bool {
		b, err := os.ReadFile(found[0])
		return err == nil && bytes.Contains(b, []byte(text))
	})
}
