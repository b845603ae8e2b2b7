package dialog

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// Completion is what tab makes of a line that is being typed.
type Completion struct {
	list []string
	at   int // the next one
}

// Offer works out what a text can become; complete is nil where nothing completes it.
func (c *Completion) Offer(complete func(string) []string, s string) {
	*c = Completion{}
	if complete != nil {
		c.list = complete(s)
	}
}

// Offered returns what the text can become, the likeliest first.
func (c *Completion) Offered() []string { return c.list }

// Take puts what is offered next into the line, and calls typed with it: tab again takes the one after it.
func (c *Completion) Take(in *textinput.Model, typed func() tea.Cmd) tea.Cmd {
	if len(c.list) == 0 {
		return nil
	}
	list, at := c.list, c.at
	in.SetValue(list[at%len(list)])
	in.CursorEnd()
	cmd := typed()
	if len(list) > 1 {
		*c = Completion{list, at + 1}
	}
	return cmd
}
