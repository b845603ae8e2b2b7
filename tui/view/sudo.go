package view

import (
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/terminal"
	"github.com/etcdscope/etcdscope/tui/words"
)

// sudoOf is the command line that opens with sudo what could not be opened for want of a right; nil where there is none.
func sudoOf(t *View) []string {
	var p *etcdsource.Problem
	argv := t.Host.Options().Sudo
	if len(argv) == 0 || t.Opening.Err == nil || t.Opening.Target != t.Host.Options().Target || !words.AsProblem(t.Opening.Err, &p) || !strings.Contains(p.Do, "sudo") {
		return nil
	}
	return argv
}

// Enter is the label of enter where the source could not be opened, "" where it does nothing.
func Enter(t *View) string {
	if label := t.Opening.AllTheSame(); label != "" && t.Opening.InPlace() == nil {
		return label
	}
	if sudoOf(t) != nil {
		return "starts etcdscope again with sudo"
	}
	return t.Opening.AllTheSame()
}

// runSudo runs the program with sudo in the place of this one, which ends with it.
func runSudo(argv []string) tea.Cmd {
	run := &terminal.Foreground{Make: func() (*exec.Cmd, func(), error) { return exec.Command(argv[0], argv[1:]...), func() {}, nil }}
	return tea.Exec(run, func(err error) tea.Msg {
		if err != nil {
			return host.FailedMsg{Err: &etcdsource.Problem{Tried: "start etcdscope with sudo", Why: err.Error(), Err: err}}
		}
		return tea.Quit()
	})
}
