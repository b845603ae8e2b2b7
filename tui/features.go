package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/feature/compare"
	"github.com/etcdscope/etcdscope/tui/feature/export"
	"github.com/etcdscope/etcdscope/tui/feature/family"
	"github.com/etcdscope/etcdscope/tui/feature/health"
	"github.com/etcdscope/etcdscope/tui/feature/overview"
	"github.com/etcdscope/etcdscope/tui/feature/recall"
	"github.com/etcdscope/etcdscope/tui/feature/report"
	"github.com/etcdscope/etcdscope/tui/feature/requests"
	"github.com/etcdscope/etcdscope/tui/feature/restore"
	"github.com/etcdscope/etcdscope/tui/feature/roots"
	"github.com/etcdscope/etcdscope/tui/feature/search"
	"github.com/etcdscope/etcdscope/tui/feature/sources"
	"github.com/etcdscope/etcdscope/tui/feature/space"
	"github.com/etcdscope/etcdscope/tui/feature/story"
	"github.com/etcdscope/etcdscope/tui/feature/travel"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
)

// makers are the features of a view, in the order in which they are asked; of two that know an action the first has it.
var makers = []func(host.Host, *view.View) host.Feature{
	recall.New, restore.New, compare.New, export.New, report.New, health.New, space.New, story.New, travel.New, search.New, family.New, requests.New, roots.New, sources.New, overview.New,
}

// features are those of one view.
type features []host.Feature

// act carries an action out, if one of the features knows it.
func (fs features) act(a keymap.Action) (tea.Cmd, bool) {
	for _, f := range fs {
		if cmd, ok := f.Act(a); ok {
			return cmd, true
		}
	}
	return nil, false
}

// update gives a message to the feature that knows it.
func (fs features) update(msg tea.Msg) (tea.Cmd, bool) {
	for _, f := range fs {
		if cmd, ok := f.Update(msg); ok {
			return cmd, true
		}
	}
	return nil, false
}

// publish gives an event to all of them.
func (fs features) publish(event tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, f := range fs {
		if cmd, _ := f.Update(event); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// back undoes one layer of a feature.
func (fs features) back() (tea.Cmd, bool) {
	for _, f := range fs {
		if cmd, ok := f.Back(); ok {
			return cmd, true
		}
	}
	return nil, false
}

// screens are the panes of the features.
func (fs features) screens() (out []host.Screen) {
	for _, f := range fs {
		if s, ok := f.(host.Screens); ok {
			out = append(out, s.Screens()...)
		}
	}
	return out
}

// commands are what can be typed after a colon.
func (fs features) commands() (out []host.Command) {
	for _, f := range fs {
		if c, ok := f.(host.Commands); ok {
			out = append(out, c.Commands()...)
		}
	}
	return out
}

// working says how far the work of a feature is, "" for none.
func (fs features) working(now time.Time) string {
	for _, f := range fs {
		if w, ok := f.(host.Working); ok {
			if s := w.Working(now); s != "" {
				return s
			}
		}
	}
	return ""
}
