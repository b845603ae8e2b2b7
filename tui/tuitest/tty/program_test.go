package tty_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

var program, snapshot string

// TestMain builds the program, and saves a snapshot of its demo to open.
func TestMain(m *testing.M) {
	etcdtest.Child()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if etcdtest.SideBySide(); testing.Short() {
		fmt.Println("the program is not built and run in short mode")
		return 0
	}
	dir, err := os.MkdirTemp("", "tty")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program, snapshot = filepath.Join(dir, "etcdscope"), filepath.Join(dir, "demo.db")
	for _, c := range [][]string{
		{"go", "build", "-o", program, "github.com/etcdscope/etcdscope"},
		{program, "snapshot", "save", snapshot, "--demo"},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %v\n%s", c, err, out)
			return 1
		}
	}
	return m.Run()
}

// clean fails the test when the terminal was not left as it was found.
func clean(t *testing.T, s *tty.Session) tty.Report {
	t.Helper()
	r := tty.Scan(s.Raw())
	if left := r.Leftovers(); len(left) > 0 {
		t.Errorf("it left the terminal behind so: %s; it ended with %q", strings.Join(left, ", "), tail(s.Raw(), 200))
	}
	if !s.Restored() {
		t.Error("it left the terminal raw")
	}
	if e := s.Stderr(); e != "" {
		t.Errorf("it wrote to standard error: %q", e)
	}
	return r
}

func tail(b []byte, n int) []byte { return b[max(len(b)-n, 0):] }

// TestRefuses starts it where no full-screen program can run: one line that names the plain commands, and nothing else.
func TestRefuses(t *testing.T) {
	for _, env := range [][]string{{"TERM=dumb"}, {"TERM="}, {}} {
		for _, args := range [][]string{{snapshot}, {"demo"}, {}} {
			s := tty.Start(t, tty.Config{W: 80, H: 24, Env: env}, append([]string{program}, args...)...)
			if code := s.Wait(); code != 2 {
				t.Errorf("%v %v: exit code %d", env, args, code)
			}
			if b := s.Raw(); len(b) > 0 {
				t.Errorf("%v %v: it wrote %q to the terminal", env, args, b)
			}
			e := s.Stderr()
			if strings.Count(e, "\n") != 1 || !strings.HasPrefix(e, "etcdscope: ") || !strings.Contains(e, "TERM is ") || !strings.Contains(e, "etcdscope ls, get, log, diff") {
				t.Errorf("%v %v: it said %q", env, args, e)
			}
			if !s.Restored() {
				t.Errorf("%v %v: it changed the terminal's settings", env, args)
			}
		}
	}
}

// consoleKinds are the sequences that the Linux console acts on or is known to ignore (drivers/tty/vt/vt.c, 4.20 on).
var consoleKinds = strings.Fields("CSI:A CSI:B CSI:C CSI:D CSI:G CSI:H CSI:J CSI:K CSI:L CSI:M CSI:P CSI:X CSI:@ CSI:` CSI:d CSI:f CSI:m CSI:r " +
	"CSI:?h CSI:?l CSI:>m CSI:>u CSI:<u CSI:?u CSI:?W CSI:=u OSC:0 OSC:2 ESC:7 ESC:8 ESC:M ESC:D")

// consoleRunes are the characters of the Linux console's own font (code page 437) that the program may draw.
const consoleRunes = "─│┌┐└┘├┤┬┴┼═║░▒▓▄█▀▌▐■▲►▼◄·°±≥√»"

// TestTerminals looks at every kind of terminal: what is shown, what is sent, and what is left behind after q.
func TestTerminals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config tty.Config
		args   []string
		check  func(*testing.T, tty.Report)
	}{
		{"linux", tty.Config{W: 100, H: 30, Env: []string{"TERM=linux"}}, nil, func(t *testing.T, r tty.Report) {
			for k := range r.Kinds {
				if !slices.Contains(consoleKinds, strings.Replace(k, " ", ":", 1)) {
					t.Errorf("the console was sent %s", k)
				}
			}
			for c := range r.Runes {
				if !strings.ContainsRune(consoleRunes, c) {
					t.Errorf("the console's font has no %q", c)
				}
			}
		}},
		{"linux without answers", tty.Config{W: 80, H: 25, Env: []string{"TERM=linux"}, Mute: true}, nil, nil},
		{"screen", tty.Config{W: 80, H: 24, Env: []string{"TERM=screen-256color"}}, nil, func(t *testing.T, r tty.Report) {
			if r.Kinds["OSC 52"] > 0 {
				t.Error("it wrote to the clipboard unasked")
			}
		}},
		{"in GNU screen", tty.Config{W: 80, H: 24, Env: []string{"TERM=screen", "STY=1.pts"}}, nil, func(t *testing.T, r tty.Report) {
			if _, named := r.Modes["?1002"]; named {
				t.Error("it took the mouse, with which GNU screen keeps esc to itself until the next key")
			}
		}},
		{"over ssh", tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color", "SSH_TTY=/dev/pts/9", "SSH_CONNECTION=10.0.0.1 5 10.0.0.2 22"}}, nil,
			func(t *testing.T, r tty.Report) {
				if _, named := r.Modes["?2026"]; !named {
					t.Error("frames are not wrapped in synchronized output")
				}
			}},
		{"no colour", tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=yes"}}, nil, uncoloured},
		{"no colour by flag", tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color"}}, []string{"--no-color"}, uncoloured},
		{"no size", tty.Config{Env: []string{"TERM=xterm-256color"}}, nil, nil},
		{"ascii", tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color"}}, []string{"--ascii"}, onlyASCII},
		{"no utf-8", tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color", "LC_ALL=C"}}, nil, onlyASCII},
		{"small", tty.Config{W: 40, H: 10, Env: []string{"TERM=vt220"}}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := tty.Start(t, c.config, append([]string{program, snapshot}, c.args...)...)
			s.See("FILE")
			s.See("apiextensions")
			s.Keys("j\x1b[B") // in both forms of a key
			s.Keys("?")
			s.See("In keys")
			s.Keys("qq") // the first one closes the help
			if code := s.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			r := clean(t, s)
			if c.check != nil {
				c.check(t, r)
			}
		})
	}
}

func uncoloured(t *testing.T, r tty.Report) {
	for style := range r.Styles {
		for _, p := range strings.Split(style, ";") {
			if n := strings.TrimLeft(p, "0"); len(n) == 2 && (n[0] == '3' || n[0] == '4') || len(n) > 2 || len(n) == 2 && n[0] == '9' {
				t.Fatalf("a colour was sent: %q", style)
			}
		}
	}
}

func onlyASCII(t *testing.T, r tty.Report) {
	for c := range r.Runes {
		t.Errorf("%q is not ASCII", c)
	}
}

// TestEnds ends it in every way while changes flow in: the terminal must be as it was found.
func TestEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(*tty.Session)
		code int
	}{
		{"q", func(s *tty.Session) { s.Keys("q") }, 0},
		{"ctrl+c", func(s *tty.Session) { s.Keys("\x03") }, 0},
		{"SIGTERM", func(s *tty.Session) { s.Signal(syscall.SIGTERM) }, 0},
		{"SIGHUP", func(s *tty.Session) { s.Signal(syscall.SIGHUP) }, 0},
		{"SIGINT", func(s *tty.Session) { s.Signal(syscall.SIGINT) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := tty.Start(t, tty.Config{W: 120, H: 40, Env: []string{"TERM=xterm-256color"}}, program, "demo", "--autoplay", "--speed", "8")
			s.See("LIVE")
			s.See("2 of")
			c.end(s)
			if code := s.Wait(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			clean(t, s)
		})
	}
}

// TestDumps asks for a dump of the goroutines: it comes on the restored terminal.
func TestDumps(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := tty.Start(t, tty.Config{W: 120, H: 40, Env: []string{"TERM=xterm-256color"}, Together: true}, program, "demo", "--autoplay", "--speed", "8")
			s.See("LIVE")
			children := childrenOf(t, s.Pid())
			s.Signal(sig)
			if code := s.Wait(); code != 2 {
				t.Errorf("exit code %d", code)
			}
			clean(t, s)
			_, dump, found := strings.Cut(string(s.Raw()), "\x1b[?1049l")
			if !found || !strings.Contains(dump, "goroutine ") || strings.Contains(dump, "\x1b[H") {
				t.Errorf("after the screen was left it wrote %q", dump)
			}
			s.Until("end its etcd and its monitor", func() bool { return gone(children) })
		})
	}
}

// TestDies kills it in ways that it cannot act on: its monitor leaves the terminal clean, and nothing stays.
func TestDies(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the moment from which the monitor watches is read from /proc")
	}
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSEGV, syscall.SIGBUS} {
		t.Run(sig.String(), func(t *testing.T) {
			tmp := t.TempDir()
			s := tty.Start(t, tty.Config{W: 120, H: 40, Env: []string{"TERM=xterm-256color", "TMPDIR=" + tmp}, Together: true}, program, "demo", "--autoplay", "--speed", "8")
			s.See("LIVE")
			s.Watched()
			children := childrenOf(t, s.Pid())
			s.Signal(sig)
			s.Wait()
			s.Until("leave the terminal clean", func() bool {
				r := tty.Scan(s.Raw())
				return len(r.Leftovers()) == 0 && s.Restored()
			})
			if sig != syscall.SIGKILL {
				s.Crashed(tmp, "\ngoroutine ")
			}
			s.Until("end its etcd and its monitor", func() bool { return gone(children) })
			if left, _ := filepath.Glob(filepath.Join(tmp, "etcdscope-demo-*")); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
		})
	}
}

// TestKilledWhileAnotherHasTheTerminal kills it while it is stopped and while its pager runs: the terminal is another
// program's then, and stays as it is.
func TestKilledWhileAnotherHasTheTerminal(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the moment from which the monitor watches is read from /proc")
	}
	for name, c := range map[string]struct{ key, sees string }{"stopped": {"\x1a", "stopped 14"}, "pager": {"e", "PAGING"}} {
		t.Run(name, func(t *testing.T) {
			const script = `set -m; "$@"; echo "stopped $?"; read -r line`
			s := tty.Start(t, tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color", "TMPDIR=" + t.TempDir(), "PAGER=echo PAGING; read x; true"}, Together: true},
				"bash", "-c", script, "bash", program, snapshot)
			s.See("FILE")
			pid := childrenOf(t, s.Pid())[0]
			s.Until("start its monitor", func() bool {
				to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/2", pid))
				return err == nil && to == os.DevNull
			})
			children := childrenOf(t, pid)
			s.Keys("/web-tls\r")
			s.See("Secret demo/web-tls")
			s.Keys(c.key)
			s.See(c.sees)
			for _, child := range childrenOf(t, pid) { // the pager outlives it, and would keep the terminal open
				defer syscall.Kill(child, syscall.SIGKILL)
			}
			before := len(s.Raw())
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			s.Until("end its monitor", func() bool { return gone(children) })
			s.Drain()
			if more := string(s.Raw()[before:]); strings.Contains(more, "\x1b") {
				t.Errorf("the terminal of another program was sent %q", more)
			}
		})
	}
}

// TestEndedWhileItsPagerRuns: the program and its pager end with each signal, and the file that the pager showed is removed; what
// a kill leaves the next screen removes.
func TestEndedWhileItsPagerRuns(t *testing.T) {
	tmp := t.TempDir()
	left := func() int {
		list, _ := filepath.Glob(filepath.Join(tmp, "*"))
		return len(list)
	}
	paging := func() *tty.Session {
		s := tty.Start(t, tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color", "TMPDIR=" + tmp, "PAGER=echo PAGING; read x; true"}, Together: true}, program, snapshot)
		s.See("FILE")
		s.Keys("/web-tls\r")
		s.See("Secret demo/web-tls")
		s.Keys("e")
		s.See("PAGING")
		return s
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		s := paging()
		if left() != 1 {
			t.Errorf("%d files while the pager runs", left())
		}
		s.Signal(sig)
		s.Wait()
		if left() != 0 {
			t.Errorf("%d files after %v", left(), sig)
		}
	}
	s := paging()
	s.Signal(syscall.SIGKILL)
	s.Wait()
	if left() != 1 {
		t.Errorf("%d files after a kill", left())
	}
	next := tty.Start(t, tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color", "TMPDIR=" + tmp}}, program, snapshot)
	next.Until("remove what was left", func() bool { return left() == 0 })
	next.Keys("q")
	next.Wait()
}

// gone reports whether all processes have ended, also where nobody has asked for their exit codes.
func gone(pids []int) bool {
	return !slices.ContainsFunc(pids, func(pid int) bool {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return syscall.Kill(pid, 0) == nil && !strings.Contains(string(stat), ") Z ")
	})
}

// TestResizeWhileDataFlows changes the size again and again: the screen is whole each time.
func TestResizeWhileDataFlows(t *testing.T) {
	s := tty.Start(t, tty.Config{W: 120, H: 40, Env: []string{"TERM=xterm-256color"}}, program, "demo", "--autoplay", "--speed", "8")
	s.See("LIVE")
	for _, size := range [][2]int{{80, 24}, {40, 10}, {200, 60}, {30, 5}, {1, 1}, {100, 30}} {
		s.Resize(size[0], size[1])
		time.Sleep(50 * time.Millisecond)
	}
	s.Until("fill the last row", func() bool {
		rows := strings.Split(strings.TrimSuffix(s.Screen(), "\n"), "\n")
		return len(rows) == 30 && strings.Contains(rows[0], "etcdscope") && strings.Contains(rows[29], "quit")
	})
	s.Keys("q")
	if code := s.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	clean(t, s)
}

// TestSuspend stops it with ctrl+z, and with a signal from elsewhere, and brings it back with fg, as a shell does.
func TestSuspend(t *testing.T) {
	const script = `set -m; bash -c 'echo $$ >"$0"; exec "$@"' "$@"; echo "stopped $?"; read -r line; fg >/dev/null; echo "ended $?"`
	for name, stop := range map[string]func(*tty.Session, int){
		"ctrl+z":  func(s *tty.Session, _ int) { s.Keys("\x1a") },
		"SIGTSTP": func(_ *tty.Session, pid int) { _ = syscall.Kill(pid, syscall.SIGTSTP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			s := tty.Start(t, tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color"}, Together: true}, "bash", "-c", script, "bash", file, program, snapshot)
			s.See("FILE")
			text, err := os.ReadFile(file)
			pid, bad := strconv.Atoi(strings.TrimSpace(string(text)))
			if err := errors.Join(err, bad); err != nil {
				t.Fatal(err)
			}
			stop(s, pid)
			s.See("stopped 14")
			if r := tty.Scan(s.Raw()); len(r.Leftovers()) > 0 {
				t.Errorf("while it is stopped, %v", r.Leftovers())
			}
			s.Keys("\n")
			s.See("FILE")
			s.Keys("q")
			s.See("ended 0")
			if code := s.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			clean(t, s)
		})
	}
}

// TestSuspendWithoutShell has no shell that could bring it back: it goes on.
func TestSuspendWithoutShell(t *testing.T) {
	t.Parallel()
	s := tty.Start(t, tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color"}}, program, snapshot)
	s.See("FILE")
	s.Signal(syscall.SIGTSTP)
	s.Keys("\x1a")
	s.Keys("q")
	if code := s.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	clean(t, s)
}

// TestSlowLine uses it over 9,600 bits a second, and over a line that is 200 ms late: the first screen is a few seconds'
// worth, keys that were typed ahead arrive, and nothing is left behind.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]tty.Config{"9600 baud": {W: 80, H: 24, Baud: 9600}, "200 ms": {W: 100, H: 30, Delay: 200 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.Env = []string{"TERM=xterm-256color", "SSH_TTY=/dev/pts/9", "SSH_CONNECTION=10.0.0.1 5 10.0.0.2 22"}
			s := tty.Start(t, c, program, snapshot)
			s.See("quit")
			if n := len(s.Raw()); n > 8<<10 {
				t.Errorf("the first screen is %d bytes", n)
			}
			s.Keys(strings.Repeat("j", 20) + "/web-tls\r")
			s.See("Secret demo/web-tls")
			s.Keys("q")
			if code := s.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			clean(t, s)
		})
	}
}

// TestHangup takes the terminal away: the program and the etcd of its demo end.
func TestHangup(t *testing.T) {
	s := tty.Start(t, tty.Config{W: 80, H: 24, Env: []string{"TERM=xterm-256color"}}, program, "demo")
	s.See("LIVE")
	children := childrenOf(t, s.Pid())
	s.Hangup()
	s.Wait()
	s.Until("end its etcd", func() bool { return gone(children) })
}

func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ps", "-o", "pid=", "--ppid", fmt.Sprint(pid)).Output()
	if err != nil {
		t.Skip("ps is not here: ", err)
	}
	var pids []int
	for _, f := range strings.Fields(string(out)) {
		var n int
		if _, err := fmt.Sscan(f, &n); err == nil {
			pids = append(pids, n)
		}
	}
	if len(pids) == 0 {
		t.Fatal("the demo has no child")
	}
	return pids
}
