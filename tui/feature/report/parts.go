package report

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/report"
	"github.com/etcdscope/etcdscope/tui/view"
)

// copied is the command that lists what was deleted, and the key of the one under the cursor.
func (f *Feature) copied() *host.Copied {
	args := []string{"log", "-A", "--filter", "is:gone !kind:events"}
	if f.v.State.At != 0 || f.v.State.Info.Running {
		args = append(args, fmt.Sprintf("--until=%d", f.v.State.Revision()))
	}
	if f.v.State.Info.Running && f.v.State.Info.Spare {
		args = append(args, "--recall")
	}
	key, _ := f.report.At()
	return &host.Copied{Command: view.Line(f.v, f.host.Options().Source, args...), Key: key}
}

// showScreen goes to the report, or to one of its sections.
func (f *Feature) showScreen(to host.ShowScreen) (tea.Cmd, bool) {
	switch to.Name {
	case "report":
		f.host.FocusOn(layout.Report)
		return tea.Batch(f.showReport(), f.host.Settle()), true
	case "report/writers":
		f.report.SeekWriter(to.Writer)
		return f.reportAt(report.Writers)(""), true
	case "report/deleted": // what no owner had made is what the overview counts
		f.report.OwnerlessFirst()
		return f.reportAt(report.Deleted)(""), true
	}
	return nil, false
}

// reportAt shows a section of the report.
func (f *Feature) reportAt(s report.Section) func(string) tea.Cmd {
	return func(string) tea.Cmd {
		f.host.FocusOn(layout.Report)
		f.report.To(s)
		return f.sumUpAgain()
	}
}
