package terminal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// watcher is the monitor in its own process.
type watcher struct {
	tty      *os.File
	stuck    func() // called when the terminal takes nothing for writeLimit
	settings settings
	words    words
	restored sync.Once
}

const (
	writeLimit = 3 * time.Second  // of one write to the terminal
	printLimit = 30 * time.Second // of a whole report, once the program is gone
)

// run returns when the program has ended: at once when it left the terminal by itself.
func (w *watcher) run(control *os.File, crash io.Reader) {
	if json.Unmarshal(firstLine(control), &w.settings) != nil {
		return
	}
	w.words.fd = int(control.Fd())
	if unix.SetNonblock(w.words.fd, true) != nil {
		return
	}
	crashed := make(chan struct{})
	safego.Go(nil, func() {
		defer close(crashed)
		w.report(crash)
	})
	if left := w.words.follow(); left {
		return
	}
	for _, limit := range []time.Duration{endLimit, printLimit} {
		select { // a program that died of a crash has said all before
		case <-crashed:
		case <-time.After(limit):
		}
		if w.words.draw() {
			w.restore()
		}
	}
}

// firstLine reads up to the first newline and nothing beyond it.
func firstLine(r io.Reader) []byte {
	var line []byte
	for b := make([]byte, 1); ; line = append(line, b[0]) {
		if n, err := r.Read(b); n == 0 || err != nil || b[0] == '\n' {
			return line
		}
	}
}

// words are what the program says, as far as it was read. Crash and words come on two pipes: whoever acts on a crash reads
// first what was said before it.
type words struct {
	fd    int // does not block
	mu    sync.Mutex
	draws bool
	ended bool
	left  bool
}

// follow returns when the program says that it left, or is gone.
func (w *words) follow() (left bool) {
	for {
		fds := []unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return false
		}
		w.mu.Lock()
		w.take()
		ended, left := w.ended, w.left
		w.mu.Unlock()
		if ended {
			return left
		}
	}
}

// draw reports whether the program draws, by all that it has said until now.
func (w *words) draw() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take()
	return w.draws
}

// take reads all that was said. mu is held.
func (w *words) take() {
	for b := make([]byte, 64); !w.ended; {
		n, err := unix.Read(w.fd, b)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil || n <= 0:
			w.ended = true
			return
		}
		for _, c := range b[:n] {
			if c == sayLeft {
				w.ended, w.left, w.draws = true, true, false
				return
			}
			w.draws = c == sayDrawing
		}
	}
}

// restore resets the terminal, once. Line settings that are not the program's are left alone: a shell has set its own.
func (w *watcher) restore() {
	w.restored.Do(func() {
		const raw = unix.ICANON | unix.ECHO | unix.ISIG
		if now, err := unix.IoctlGetTermios(int(w.tty.Fd()), getTermios); err == nil && now.Lflag&raw == 0 {
			_ = unix.IoctlSetTermios(int(w.tty.Fd()), setTermios, &w.settings.Termios)
		}
		w.print(string(w.settings.Reset))
	})
}

// print writes to the terminal. One that takes nothing must not keep this process, nor the program that waits for it.
func (w *watcher) print(text string) {
	t := time.AfterFunc(writeLimit, w.stuck)
	defer t.Stop()
	_, _ = w.tty.WriteString(text)
}

const (
	maxShown  = 40       // lines that are printed
	maxReport = 16 << 20 // bytes that are kept
)

// report prints what the runtime says when it dies, and keeps it in a file. Where the program does not draw, the
// runtime's words are on the terminal already.
func (w *watcher) report(crash io.Reader) {
	drew := false
	first := sync.OnceFunc(func() {
		if drew = w.words.draw(); drew {
			w.restore()
		}
	})
	lines := bufio.NewReader(&pieces{from: crash, begin: first})
	var kept *os.File
	n, size := 0, 0
	for {
		line, err := lines.ReadString('\n')
		if drew && line != "" {
			if n++; n == 1 {
				kept = w.head(line)
			} else if size += len(line); kept != nil && size <= maxReport {
				kept = w.keep(kept, line, n)
			}
			switch {
			case n <= maxShown, kept == nil && size <= maxReport:
				w.print(clean.Text(strings.TrimRight(line, "\n")) + "\r\n")
			case n == maxShown+1 && kept != nil:
				w.print("... the rest is in " + clean.Text(kept.Name()) + "\r\n")
			}
		}
		if err != nil {
			return
		}
	}
}

// keep writes a line into the report's file. Where that fails, what comes from there on is printed.
func (w *watcher) keep(f *os.File, line string, n int) *os.File {
	_, err := f.WriteString(line)
	if err == nil {
		return f
	}
	w.print(fmt.Sprintf("... it is in %s up to line %d (%s); the rest:\r\n", clean.Text(f.Name()), n-1, disk.Why(err)))
	_ = f.Close()
	return nil
}

// head says what follows, before the program is gone and a shell writes its prompt, and returns the file for it, which
// holds the first line.
func (w *watcher) head(line string) *os.File {
	kept, also := reportFile(line), ""
	if kept != nil {
		also = "; it is in " + clean.Text(kept.Name()) + " too"
	}
	w.print(fmt.Sprintf("etcdscope: internal error: the program died; please report what follows%s\r\n", also))
	return kept
}

// reportFile makes the file for the report, for its owner only, and writes its first line; nil where there is no room for
// one, and then nothing is left.
func reportFile(line string) *os.File {
	dir, err := os.MkdirTemp("", "etcdscope-crash-*") // 0700
	if err != nil {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, "report.txt"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		if _, err = f.WriteString(line); err == nil {
			return f
		}
		_ = f.Close()
	}
	_ = os.RemoveAll(dir)
	return nil
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
