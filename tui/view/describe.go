package view

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
)

// describedSourceMsg is what a source says of itself now.
type describedSourceMsg struct {
	host.To
	info etcdsource.Info
	err  error
}

// Passing implements host.Passing: it comes by itself.
func (describedSourceMsg) Passing() {}

// describedOnceMsg is the same, asked out of turn.
type describedOnceMsg struct {
	host.To
	info etcdsource.Info
	err  error
}

// DescribeEvery is how often a source is asked about itself.
const DescribeEvery = 10 * time.Second

// DescribeSource asks the source about itself: the size of its database, the check of its sum.
func (fl *Flow) DescribeSource() tea.Cmd {
	src, to, ctx := fl.v.Opened.Source, host.To{Tab: fl.v.ID}, fl.v.Ctx
	wait := DescribeEvery
	if fl.v.State.Info.Integrity.State == etcdsource.Checking {
		wait = time.Second
	} else if !fl.v.State.Info.Running {
		return nil
	}
	return tea.Tick(wait, func(time.Time) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, host.JobTimeout)
		defer cancel()
		info, err := src.Describe(ctx)
		return describedSourceMsg{to, info, err}
	})
}

// DescribeOnce asks the source about itself out of turn.
func (fl *Flow) DescribeOnce() tea.Cmd {
	src, to := fl.v.Opened.Source, host.To{Tab: fl.v.ID}
	return host.Job(fl.v.Ctx, func(ctx context.Context) tea.Msg {
		info, err := src.Describe(ctx)
		return describedOnceMsg{to, info, err}
	})
}

func (fl *Flow) takeInfo(info etcdsource.Info, err error) {
	if err == nil {
		fl.v.State.Info = info
	}
}
