package terminal

import (
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Catcher is between Bubble Tea and the model: a panic while it updates, draws or does a job ends the program by
// the way that q takes, and is printed afterwards. Bubble Tea's own way closes the terminal under its reader.
type Catcher struct {
	tea.Model
	*Died
	Pace *Pace // nil: the rate stays as it is
}

// Died is the panic that the program died of, if it did.
type Died struct {
	Panic atomic.Pointer[safego.Panic]
	Quit  func() // set before the program runs
}

// Of notes the first panic, of any goroutine, and ends the program.
func (d *Died) Of(p *safego.Panic) {
	if d.Panic.CompareAndSwap(nil, p) {
		safego.Go(nil, d.Quit) // it waits for the loop that may be standing here
	}
}

// Update implements tea.Model.
func (c Catcher) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	if c.Panic.Load() != nil {
		return c, nil
	}
	defer func() {
		if r := recover(); r != nil {
			c.Of(safego.Caught(r))
			m, cmd = c, nil
		}
	}()
	c.Pace.see(msg)
	c.Model, cmd = c.Model.Update(msg)
	return c, c.guarded(cmd)
}

// guarded is the command, or all commands of a batch, with a panic caught: Bubble Tea runs each in its own goroutine.
func (c Catcher) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				c.Of(safego.Caught(r))
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
func (c Catcher) Init() tea.Cmd { return c.guarded(c.Model.Init()) }

// View implements tea.Model.
func (c Catcher) View() (v tea.View) {
	if c.Panic.Load() != nil {
		return v
	}
	defer func() {
		if r := recover(); r != nil {
			c.Of(safego.Caught(r))
			v = tea.View{}
		}
	}()
	v = c.Model.View()
	c.Pace.show(v.Content)
	return v
}
