package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

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
	deps := Deps{Open: func(ctx context.Context, _ Target) (*learn.Opened, error) {
		switch where {
		case "view":
			return nil, bomb{}
		case "job":
			panic("the job")
		}
		src := badWatch{shop()}
		known, err := learn.From(ctx, src, learn.Options{})
		return &learn.Opened{Known: known, Source: src}, err
	}}
	err := Run(t.Context(), deps, Options{Mouse: true, Environ: os.Environ()}, os.Stdin, os.Stdout, true)
	fmt.Println("RETURNED", err)
	if want := map[string]error{"view": ErrPanic}[where]; !errors.Is(err, want) {
		t.Errorf("it returned %v", err)
	}
}

// TestPanicLeavesACleanTerminal lets the program die on a real terminal: where it draws, in a job, in its watch.
func TestPanicLeavesACleanTerminal(t *testing.T) {
	for where, sees := range map[string]string{"view": "", "job": "internal error: the job", "watch": "internal error in the watch"} {
		t.Run(where, func(t *testing.T) {
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
			if e := s.Stderr(); (where == "view") != strings.Contains(e, "the bomb") || where != "view" && e != "" {
				t.Errorf("it said %q", e)
			}
			if !strings.Contains(s.Screen(), "RETURNED") {
				t.Errorf("the screen is\n%s", s.Screen())
			}
		})
	}
}
