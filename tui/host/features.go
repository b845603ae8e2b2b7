package host

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/keymap"
)

// Features are those of one view, in the order in which they are asked.
type Features []Feature

// Act carries an action out, if one of the features knows it.
func (fs Features) Act(a keymap.Action) (tea.Cmd, bool) {
	for _, f := range fs {
		if cmd, ok := f.Act(a); ok {
			return cmd, true
		}
	}
	return nil, false
}

// Update gives a message to the feature that knows it.
func (fs Features) Update(msg tea.Msg) (tea.Cmd, bool) {
	for _, f := range fs {
		if cmd, ok := f.Update(msg); ok {
			return cmd, true
		}
	}
	return nil, false
}

// Publish gives an event to all of them.
func (fs Features) Publish(event tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, f := range fs {
		if cmd, _ := f.Update(event); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// Back undoes one layer of a feature.
func (fs Features) Back() (tea.Cmd, bool) {
	for _, f := range fs {
		if cmd, ok := f.Back(); ok {
			return cmd, true
		}
	}
	return nil, false
}

// Screens are the panes of the features.
func (fs Features) Screens() (out []Screen) {
	for _, f := range fs {
		if s, ok := f.(Screens); ok {
			out = append(out, s.Screens()...)
		}
	}
	return out
}

// Commands are what can be typed after a colon.
func (fs Features) Commands() (out []Command) {
	for _, f := range fs {
		if c, ok := f.(Commands); ok {
			out = append(out, c.Commands()...)
		}
	}
	return out
}

// Working says how far the work of a feature is, "" for none.
func (fs Features) Working(now time.Time) string {
	for _, f := range fs {
		if w, ok := f.(Working); ok {
			if s := w.Working(now); s != "" {
				return s
			}
		}
	}
	return ""
}
