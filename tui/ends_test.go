package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/terminal"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

func TestMain(m *testing.M) {
	terminal.Monitor()
	os.Exit(m.Run())
}

// panicEnv makes TestPanics be the program on the terminal of TestPanicLeavesACleanTerminal.
const panicEnv = "TUI_TEST_PANIC"

// bomb is an error that cannot be shown.
type bomb struct{}

func (bomb) Error() string { panic("the bomb") }

// badWatch is a source whose watch dies.
type badWatch struct{ *tuitest.Memory }

func (badWatch) Watch(context.Context, etcdsource.Span, int64) (etcdsource.Stream, error) {
	panic("the watch")
}

func TestPanics(t *testing.T) {
	where := os.Getenv(panicEnv)
	if where == "" {
		t.Skip("it is run by TestPanicLeavesACleanTerminal")
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1) // before it can be watched: else Go drops the signal
	deps := host.Deps{Open: func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		switch where {
		case "view":
			return nil, bomb{}
		case "job":
			panic("the job")
		case "goroutine":
			safego.Go(nil, func() { panic("the goroutine") })
		case "library":
			go func() {
				<-signals
				panic("the library")
			}()
		}
		src := badWatch{shop()}
		known, err := learn.From(ctx, src, learn.Options{})
		return &learn.Opened{Known: known, Source: src}, err
	}}
	err := Run(t.Context(), deps, host.Options{Mouse: true, Environ: os.Environ()}, os.Stdin, os.Stdout, true)
	fmt.Println("RETURNED", err)
	if want := map[string]error{"view": safego.ErrDied, "goroutine": safego.ErrDied}[where]; !errors.Is(err, want) {
		t.Errorf("it returned %v", err)
	}
}

// TestPanicLeavesACleanTerminal lets the program die on a real terminal: where it draws, in a goroutine, in a job, in
// its watch.
func TestPanicLeavesACleanTerminal(t *testing.T) {
	for where, sees := range map[string]string{"view": "", "goroutine": "", "job": "internal error: the job", "watch": "internal error: the watch"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := tty.Start(t, tty.Config{W: 120, H: 40, Env: []string{"TERM=xterm-256color", panicEnv + "=" + where}},
				os.Args[0], "-test.run=^TestPanics$", "-test.v")
			if sees != "" {
				s.See(sees)
				s.Keys("q")
			}
			if code := s.Wait(); code != 0 {
				t.Errorf("exit code %d: %s", code, s.Raw())
			}
			r := tty.Scan(s.Raw())
			if left := r.Leftovers(); len(left) > 0 || !s.Restored() {
				t.Errorf("it left the terminal behind so: %v, line settings restored: %v", left, s.Restored())
			}
			says := map[string]string{"view": "the bomb", "goroutine": "panic: the goroutine\n\ngoroutine "}[where]
			if e := s.Stderr(); !strings.Contains(e, says) || says == "" && e != "" {
				t.Errorf("it said %q", e)
			}
			s.See("RETURNED")
		})
	}
}

// TestPanicOfALibrary lets a goroutine die that nobody can recover: the monitor restores the terminal and prints why.
func TestPanicOfALibrary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the moment from which the monitor watches is read from /proc")
	}
	tmp := t.TempDir()
	s := tty.Start(t, tty.Config{W: 120, H: 40, Together: true, Env: []string{"TERM=xterm-256color", "TMPDIR=" + tmp, panicEnv + "=library"}},
		os.Args[0], "-test.run=^TestPanics$", "-test.v")
	s.Watched()
	s.Signal(syscall.SIGUSR1)
	if code := s.Wait(); code != 2 {
		t.Errorf("exit code %d", code)
	}
	s.See("panic: the library")
	r := tty.Scan(s.Raw())
	if left := r.Leftovers(); len(left) > 0 || !s.Restored() {
		t.Errorf("it left the terminal behind so: %v, line settings restored: %v", left, s.Restored())
	}
	s.Crashed(tmp, "panic: the library")
}
