package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/terminal"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// ErrNoTerminal says that the program cannot run here; the plain commands can.
var ErrNoTerminal = errors.New("no terminal")

// Run runs the program on the terminal until it is quit or the context ends.
func Run(ctx context.Context, deps host.Deps, opts host.Options, in, out *os.File, tty bool) error {
	look := theme.Look(opts.Environ, tty)
	if look.Refuse != "" {
		return fmt.Errorf("%w: %s; the plain commands (ls, get, log, diff, snapshot) work everywhere", ErrNoTerminal, look.Refuse)
	}
	th, err := theme.Choose(look, opts.Theme, opts.ASCII)
	if err != nil {
		return err
	}
	th.Anim = opts.Anim
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	context.AfterFunc(ctx, cancel) // a second signal ends it at once
	screen := inside(opts.Environ, "STY")
	opts.Mouse = opts.Mouse && !screen // with the mouse on, GNU screen keeps esc to itself until the next key
	m := New(ctx, deps, opts, th)
	defer m.closeAll()
	tail := ""
	switch {
	case look.Console:
		tail = "\x1b[m\x1b[H\x1b[2J" // it has no alternate screen: the last frame would stay
	case screen:
		tail = "\r\x1b[J" // GNU screen keeps the last frame where its alternate screen is off: not under the prompt
	}
	err = m.draw(ctx, look, in, terminal.New(in, out, tail))
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// draw runs the program on a terminal that is left as it was found. A panic of any goroutine of ours ends it, and is
// printed after that.
func (m *Model) draw(ctx context.Context, look theme.Terminal, in *os.File, g *terminal.Guard) error {
	end := new(terminal.Died)
	defer safego.Handle(end.Of)()
	pace := &terminal.Pace{Rate: framesPerSecond, Quiet: func(msg tea.Msg) bool { _, ok := msg.(host.Passing); return ok }}
	p := tea.NewProgram(terminal.Catcher{Model: m, Died: end, Pace: pace}, programOptions(look, m.opts, in, g)...)
	pace.Of(p)
	end.Quit = p.Quit
	g.Suspend(func() { p.Send(tea.SuspendMsg{}) })
	defer context.AfterFunc(ctx, p.Quit)()
	if look.Sync {
		safego.Go(nil, func() { p.Send(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset}) })
	}
	err := running(p, g, end)
	g.Left()
	if why := end.Panic.Load(); why != nil {
		fmt.Fprintln(os.Stderr, clean.Text(why.Trace()))
		return fmt.Errorf("%w; please report the lines above", safego.ErrDied)
	}
	return err
}

// running runs the program. Where Bubble Tea itself panics it has not restored the terminal.
func running(p *tea.Program, g *terminal.Guard, end *terminal.Died) (err error) {
	defer func() {
		if r := recover(); r != nil {
			end.Panic.CompareAndSwap(nil, safego.Caught(r))
			g.Restore()
		}
	}()
	_, err = p.Run()
	return err
}

// inside reports whether an environment has a variable that says something.
func inside(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, name+"=") && e != name+"=" })
}

// framesPerSecond is how often Bubble Tea looks for something to draw. Its ticker is nearly all that an idle program costs:
// 155 wake-ups a second and 0.8 % of a core at 30, 303 and 1.6 % at 60, until terminal.Pace lowers the rate while nothing happens.
const framesPerSecond = 30

// gcPercent is how far the heap grows before it is collected. The program is a guest on a control plane: with 100,000 keys
// in the tree it holds 24 MiB, and at Go's 100 it would take as much again; 50,000 changes a second cost 5 % more.
const gcPercent = 40

func programOptions(look theme.Terminal, opts host.Options, in *os.File, g *terminal.Guard) []tea.ProgramOption {
	environ := opts.Environ
	if look.Console {
		environ = append(environ[:len(environ):len(environ)], "SSH_TTY=1") // no mode queries: old consoles print them
	}
	o := []tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(g), tea.WithEnvironment(environ), tea.WithFPS(framesPerSecond),
		tea.WithoutSignalHandler(), tea.WithoutCatchPanics(), tea.WithFilter(terminal.Filter(environ, g)),
	}
	if p, ok := look.Profile(); ok {
		o = append(o, tea.WithColorProfile(p))
	}
	return o
}

// closeAll closes every source, also those of a program that was killed.
func (m *Model) closeAll() {
	for _, d := range m.tabs {
		if cmd := d.close(); cmd != nil {
			cmd()
		}
	}
}
