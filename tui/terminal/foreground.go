package terminal

import (
	"io"
	"os/exec"
)

// Foreground runs another program on the terminal, in the place of the screen, which is drawn again when it has ended. It is a
// tea.ExecCommand.
type Foreground struct {
	// Make returns the program, and what removes what was made for it.
	Make func() (*exec.Cmd, func(), error)

	in       io.Reader
	out, err io.Writer
	guard    *Guard // nil where the output is not the program's terminal
}

// SetStdin implements tea.ExecCommand.
func (c *Foreground) SetStdin(r io.Reader) { c.in = r }

// SetStdout implements tea.ExecCommand. The other program gets the terminal itself, for its errors too.
func (c *Foreground) SetStdout(w io.Writer) {
	if c.out = w; c.guard == nil {
		if g, ok := w.(*Guard); ok {
			c.guard, c.out, c.err = g, g.File, g.File
		}
	}
}

// SetStderr implements tea.ExecCommand.
func (c *Foreground) SetStderr(w io.Writer) {
	if c.guard == nil {
		c.err = w
	}
}

// Run implements tea.ExecCommand.
func (c *Foreground) Run() error {
	cmd, remove, err := c.Make()
	if err != nil {
		return err
	}
	defer remove()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, c.out, c.err
	if c.guard != nil {
		c.guard.Rest()
		defer c.guard.Draw()
	}
	return cmd.Run()
}
