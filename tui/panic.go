package tui

import (
	"fmt"
	"runtime/debug"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// catcher stands between Bubble Tea and the model: a panic while it updates or draws ends the program by the way that
// q takes, and is told afterwards. Bubble Tea's own way closes the terminal under its reader.
type catcher struct {
	tea.Model
	*died
}

// died is how a program died, if it did.
type died struct {
	once sync.Once
	quit func() // set before the program runs
	why  string // "" until then
}

func (d *died) of(r any) {
	d.once.Do(func() {
		d.why = fmt.Sprintf("panic: %s\n\n%s", clean.Text(fmt.Sprint(r)), debug.Stack())
		go d.quit() // it waits for the loop that is standing here
	})
}

func (c catcher) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	if c.why != "" {
		return c, nil
	}
	defer func() {
		if r := recover(); r != nil {
			c.of(r)
			m, cmd = c, nil
		}
	}()
	c.Model, cmd = c.Model.Update(msg)
	return c, cmd
}

func (c catcher) View() (v tea.View) {
	if c.why != "" {
		return v
	}
	defer func() {
		if r := recover(); r != nil {
			c.of(r)
			v = tea.View{}
		}
	}()
	return c.Model.View()
}
