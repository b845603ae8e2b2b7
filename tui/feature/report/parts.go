package report

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/report"
	"github.com/etcdscope/etcdscope/tui/view"
)

// copied is the command that prints the list which is shown, and the key under the cursor.
func (f *Feature) copied() *host.Copied {
	s, section := f.v.State, f.report.Section()
	args, recall := []string{"report", "--part", f.report.Part(), "--limit=0"}, s.Info.Running && s.Info.Spare
	if section == report.Deleted {
		args = []string{"log", "-A", "--filter", "is:gone !kind:events"}
	}
	if now := section == report.Waiting && recall && s.At == 0; now {
		recall = false // the present is read without it
	} else if s.At != 0 || s.Info.Running {
		args = append(args, fmt.Sprintf("--until=%d", s.Revision()))
	}
	if recall {
		args = append(args, "--recall")
	}
	key, _ := f.report.At()
	c := &host.Copied{Command: view.Line(f.v, f.host.Options().Source, args...), Key: key}
	if f.report.Sifted() != "" {
		c.Short = "the filter"
	}
	return c
}

// rescue brings back the deleted object under the cursor.
func (f *Feature) rescue() tea.Cmd {
	g := f.report.Gone()
	switch {
	case g == nil:
		f.host.Say(text.Muted, "a brings back what was deleted, in the list Deleted.")
	case g.Unrestorable:
		f.host.Say(text.Warning, "Its last version cannot be decoded, or is no Kubernetes object: it cannot be brought back as YAML.")
	default:
		f.v.Flow.Deleted.Refresh()
		return f.host.Ask(view.Rescue{From: f.v.Opened, Rev: f.v.State.At, Of: clean.End(clean.Key([]byte(f.v.State.Info.Name)), 40),
			Name: strings.TrimPrefix(g.Key, f.v.Opened.Root), Keys: []view.Mark{{Key: g.Key, Rev: g.Revision}}})
	}
	return nil
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
		return f.sumUpAgain(0)
	}
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{
		{Place: 130, Names: []string{"report", "waiting", "hot"}, Help: "What has not converged, who fights whom, who writes most and what", Run: func(string) tea.Cmd {
			f.host.FocusOn(layout.Report)
			return f.showReport()
		}},
		{Place: 140, Names: []string{"fights"}, Help: "Who fights whom: a writer restores its value again and again", Run: f.reportAt(report.Fights)},
		{Place: 150, Names: []string{"converged"}, Help: "What has converged, and how long that took", Run: f.reportAt(report.Converged)},
		{Place: 160, Names: []string{"writers"}, Help: "Who writes most", Run: f.reportAt(report.Writers)},
		{Place: 170, Names: []string{"clocks"}, Help: "Whose clock is off", Run: f.reportAt(report.Clocks)},
	}
}
