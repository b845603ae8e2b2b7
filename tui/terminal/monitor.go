package terminal

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

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
	w := watcher{tty: os.Stdout, stuck: func() { os.Exit(1) }}
	w.run(os.Stdin, os.NewFile(3, "crash"))
	os.Exit(0)
}

// monitor is the program's view of the process.
type monitor struct {
	cmd     *exec.Cmd
	control *os.File
	crash   *os.File // nil once the runtime has its own
	exited  chan struct{}
}

// endLimit is how long a process that should end is waited for.
const endLimit = 2 * time.Second

// startMonitor starts the process. It watches once watch is called.
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
	m := &monitor{control: w, crash: crashW, exited: make(chan struct{})}
	m.cmd = exec.Command(exe)
	m.cmd.Args = []string{title, fmt.Sprint(os.Getpid())}
	m.cmd.Env = []string{monitorEnv + "=1", "TMPDIR=" + os.TempDir()}
	m.cmd.Dir = "/"
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	m.cmd.Stdin, m.cmd.Stdout, m.cmd.ExtraFiles = r, tty, []*os.File{crashR}
	if err := m.cmd.Start(); err != nil {
		w.Close()
		crashW.Close()
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
	return m, nil
}

// watch has the runtime say to the monitor why it dies. What the program does now was said before: else the monitor would
// take a crash for one of a program that does not draw.
func (m *monitor) watch() error {
	defer func() {
		_ = m.crash.Close() // the runtime keeps its own
		m.crash = nil
	}()
	return debug.SetCrashOutput(m.crash, debug.CrashOptions{})
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
	if m.crash != nil {
		_ = m.crash.Close()
	}
	_, _ = m.control.Write([]byte{sayLeft})
	_ = m.control.Close()
	select {
	case <-m.exited:
	case <-time.After(endLimit):
		_ = m.cmd.Process.Kill()
		<-m.exited
	}
}
