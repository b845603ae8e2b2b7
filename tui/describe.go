package tui

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

// describeEvery is how often a source is asked about itself.
const describeEvery = 10 * time.Second

// describeSource asks the source about itself: the size of its database, the check of its sum.
func (t *tab) describeSource() tea.Cmd {
	src, to, ctx := t.opened.Source, host.To{Tab: t.id}, t.ctx
	wait := describeEvery
	if t.state.Info.Integrity.State == etcdsource.Checking {
		wait = time.Second
	} else if !t.state.Info.Running {
		return nil
	}
	return tea.Tick(wait, func(time.Time) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, host.JobTimeout)
		defer cancel()
		info, err := src.Describe(ctx)
		return describedSourceMsg{to, info, err}
	})
}

// describeOnce asks the source about itself out of turn.
func (t *tab) describeOnce() tea.Cmd {
	src, to := t.opened.Source, host.To{Tab: t.id}
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		info, err := src.Describe(ctx)
		return describedOnceMsg{to, info, err}
	})
}

func (t *tab) takeInfo(info etcdsource.Info, err error) {
	if err == nil {
		t.state.Info = info
	}
}
