package terminal

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Filter sees every message before the model does. It knows when the terminal is handed to the shell and comes back.
func Filter(environ []string, g *Guard) func(tea.Model, tea.Msg) tea.Msg {
	size := sizes(environ)
	return func(m tea.Model, msg tea.Msg) tea.Msg {
		switch msg.(type) {
		case tea.SuspendMsg:
			if Orphaned() {
				return nil
			}
			g.Rest()
		case tea.ResumeMsg:
			g.Draw()
		}
		return size(m, msg)
	}
}

// sizes repairs what terminals say of their size: 0×0 on a serial line, nonsense elsewhere.
func sizes(environ []string) func(tea.Model, tea.Msg) tea.Msg {
	number := func(name string, otherwise int) int {
		for _, e := range environ {
			if v, ok := strings.CutPrefix(e, name+"="); ok {
				if n, err := strconv.Atoi(v); err == nil && n > 0 {
					return n
				}
			}
		}
		return otherwise
	}
	return func(_ tea.Model, msg tea.Msg) tea.Msg {
		s, ok := msg.(tea.WindowSizeMsg)
		if !ok {
			return msg
		}
		if s.Width <= 0 {
			s.Width = number("COLUMNS", 80)
		}
		if s.Height <= 0 {
			s.Height = number("LINES", 24)
		}
		if s.Width > 4096 || s.Height > 4096 || s.Width*s.Height > 1<<20 {
			return nil
		}
		return s
	}
}

// Clipboard sends text to the terminal's clipboard, through the multiplexer where there is one.
func Clipboard(environ []string, s string) tea.Cmd {
	cmds := []tea.Cmd{tea.SetClipboard(s)}
	seq := ansi.SetSystemClipboard(s)
	for _, e := range environ {
		switch {
		case strings.HasPrefix(e, "TMUX=") && e != "TMUX=":
			cmds = append(cmds, tea.Raw(ansi.TmuxPassthrough(seq)))
		case strings.HasPrefix(e, "STY=") && e != "STY=":
			cmds = append(cmds, tea.Raw(ansi.ScreenPassthrough(seq, 760)))
		}
	}
	return tea.Batch(cmds...)
}
