package tui

import (
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// catcher is between Bubble Tea and the model: a panic while it updates, draws or does a job ends the program by
// the way that q takes, and is printed afterwards. Bubble Tea's own way closes the terminal under its reader.
type catcher struct {
	tea.Model
	*died
}

// died is the panic that the program died of, if it did.
type died struct {
	panic atomic.Pointer[safego.Panic]
	quit  func() // set before the program runs
}

// of notes the first panic, of any goroutine, and ends the program.
func (d *died) of(p *safego.Panic) {
	if d.panic.CompareAndSwap(nil, p) {
		safego.Go(nil, d.quit) // it waits for the loop that may be standing here
	}
}

// Update implements tea.Model.
func (c catcher) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	if c.panic.Load() != nil {
		return c, nil
	}
	defer func() {
		if r := recover(); r != nil {
			c.of(safego.Caught(r))
			m, cmd = c, nil
		}
	}()
	c.Model, cmd = c.Model.Update(msg)
	return c, c.guarded(cmd)
}

// guarded is the command, or all commands of a batch, with a panic caught: Bubble Tea runs each in its own goroutine.
func (c catcher) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				c.of(safego.Caught(r))
				msg = nil
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			all := make(tea.BatchMsg, len(batch))
			for i, one := range batch {
				all[i] = c.guarded(one)
			}
			return all
		}
		return msg
	}
}

// Init implements tea.Model.
func (c catcher) Init() tea.Cmd { return c.guarded(c.Model.Init()) }

// View implements tea.Model.
func (c catcher) View() (v tea.View) {
	if c.panic.Load() != nil {
		return v
	}
	defer func() {
		if r := recover(); r != nil {
			c.of(safego.Caught(r))
			v = tea.View{}
		}
	}()
	return c.Model.View()
}
