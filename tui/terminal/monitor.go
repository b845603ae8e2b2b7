package terminal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// monitorEnv, when set, makes Monitor the monitor of the program that started it.
const monitorEnv = "ETCDSCOPE_TERMINAL_MONITOR"

// title is the monitor's name in a list of processes.
const title = "terminal-monitor"

// What the program says to the monitor, a byte each, after the settings.
const (
	sayDrawing = '+'
	sayResting = '-'
	sayLeft    = 'q'
)

// settings are what the monitor restores.
type settings struct {
	Termios unix.Termios
	Reset   []byte
}

// able says that this program's main calls Monitor: only such a program may be started as one.
var able atomic.Bool

// Monitor returns at once, unless this process was started to be the monitor of a terminal: then it ends with the
// program that it watches. main and TestMain call it before anything else.
func Monitor() {
	if os.Getenv(monitorEnv) == "" {
		able.Store(true)
		return
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	rename()
	watcher{tty: os.Stdout}.run(os.Stdin, os.NewFile(3, "crash"))
	os.Exit(0)
}

// monitor is the program's view of the process.
type monitor struct {
	cmd     *exec.Cmd
	control *os.File
	exited  chan struct{}
}

// endLimit is how long a process that should end is waited for.
const endLimit = 2 * time.Second

func startMonitor(tty *os.File, s settings) (*monitor, error) {
	exe, err := ownFile()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	crashR, crashW, err := stepPipe()
	if err != nil {
		w.Close()
		return nil, err
	}
	defer crashR.Close()
	defer crashW.Close() // the runtime keeps its own
	m := &monitor{control: w, exited: make(chan struct{})}
	m.cmd = exec.Command(exe)
	m.cmd.Args = []string{title, fmt.Sprint(os.Getpid())}
	m.cmd.Env = []string{monitorEnv + "=1", "TMPDIR=" + os.TempDir()}
	m.cmd.Dir = "/"
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	m.cmd.Stdin, m.cmd.Stdout, m.cmd.ExtraFiles = r, tty, []*os.File{crashR}
	if err := m.cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	safego.Go(nil, func() {
		_ = m.cmd.Wait()
		close(m.exited)
	})
	if err := json.NewEncoder(w).Encode(s); err != nil {
		m.close()
		return nil, err
	}
	if err := debug.SetCrashOutput(crashW, debug.CrashOptions{}); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *monitor) say(drawing bool) {
	word := []byte{sayResting}
	if drawing {
		word[0] = sayDrawing
	}
	_, _ = m.control.Write(word)
}

// close lets the process end, and waits for it.
func (m *monitor) close() {
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	_, _ = m.control.Write([]byte{sayLeft})
	_ = m.control.Close()
	select {
	case <-m.exited:
	case <-time.After(endLimit):
		_ = m.cmd.Process.Kill()
		<-m.exited
	}
}

// watcher is the monitor in its own process.
type watcher struct {
	tty *os.File
}

// run returns when the program has ended: at once when it left the terminal by itself.
func (w watcher) run(control, crash io.Reader) {
	c := bufio.NewReader(control)
	line, err := c.ReadBytes('\n')
	var s settings
	if err != nil || json.Unmarshal(line, &s) != nil {
		return
	}
	var draws atomic.Bool
	ended, crashed := make(chan bool, 1), make(chan struct{})
	safego.Go(nil, func() { ended <- follow(c, &draws) })
	safego.Go(nil, func() {
		defer close(crashed)
		w.report(crash, func() (drew bool) {
			if drew = draws.Swap(false); drew {
				w.restore(&s)
			}
			return drew
		})
	})
	if left := <-ended; left {
		return
	}
	select { // a program that died of a crash has said all before
	case <-crashed:
	case <-time.After(endLimit):
	}
	if draws.Swap(false) {
		w.restore(&s)
	}
}

// follow keeps draws up to date until the program says that it left, or is gone.
func follow(c io.ByteReader, draws *atomic.Bool) (left bool) {
	for {
		switch b, err := c.ReadByte(); {
		case err != nil:
			return false
		case b == sayLeft:
			return true
		default:
			draws.Store(b == sayDrawing)
		}
	}
}

// restore resets the terminal. Line settings that are not the program's are left alone: a shell has set its own.
func (w watcher) restore(s *settings) {
	const raw = unix.ICANON | unix.ECHO | unix.ISIG
	if now, err := unix.IoctlGetTermios(int(w.tty.Fd()), getTermios); err == nil && now.Lflag&raw == 0 {
		_ = unix.IoctlSetTermios(int(w.tty.Fd()), setTermios, &s.Termios)
	}
	safego.Go(nil, func() { // a terminal that takes nothing must not keep this process
		time.Sleep(endLimit)
		os.Exit(1)
	})
	_, _ = w.tty.Write(s.Reset)
}

const (
	maxShown  = 40       // lines that are printed
	maxReport = 16 << 20 // bytes that are kept
)

// report prints what the runtime says when it dies, and keeps it in a file. begin is called before anything is printed;
// where it returns false the runtime's words are on the terminal already.
func (w watcher) report(crash io.Reader, begin func() bool) {
	var drew bool
	first := sync.OnceFunc(func() { drew = begin() })
	lines := bufio.NewReader(&pieces{from: crash, begin: first})
	var kept *os.File
	n, size := 0, 0
	for {
		line, err := lines.ReadString('\n')
		if drew && line != "" {
			if n++; n == 1 {
				kept = w.head()
			}
			if size += len(line); kept != nil && size <= maxReport {
				_, _ = kept.WriteString(line)
			}
			switch {
			case n <= maxShown:
				fmt.Fprintf(w.tty, "%s\r\n", clean.Text(strings.TrimRight(line, "\n")))
			case n == maxShown+1 && kept != nil:
				fmt.Fprintf(w.tty, "... the rest is in %s\r\n", clean.Text(kept.Name()))
			}
		}
		if err != nil {
			return
		}
	}
}

// head says what follows, before the program is gone and a shell writes its prompt, and returns the file for it.
func (w watcher) head() *os.File {
	kept, also := reportFile(), ""
	if kept != nil {
		also = "; it is in " + clean.Text(kept.Name()) + " too"
	}
	fmt.Fprintf(w.tty, "etcdscope: internal error: the program died; please report what follows%s\r\n", also)
	return kept
}

// reportFile makes the file for the report, for its owner only; nil where there is no room for one.
func reportFile() *os.File {
	dir, err := os.MkdirTemp("", "etcdscope-crash-*") // 0700
	if err != nil {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, "report.txt"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		_ = os.Remove(dir)
		return nil
	}
	return f
}

// pieces reads what the runtime writes, a whole piece at a time: what of a piece is not read at once is lost. begin is
// called when a piece has come; the writer waits meanwhile.
type pieces struct {
	from  io.Reader
	begin func()
	buf   [64 << 10]byte
	rest  []byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		n, err := p.from.Read(p.buf[:])
		if n == 0 {
			return 0, err
		}
		p.begin()
		p.rest = p.buf[:n]
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
