package view

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
)

// How many changes are described at once for a filter that asks for it: at first few, so that something is shown at once; of a
// server, which may be asked for each of them, always few.
const (
	decideFirst  = 256
	decideMore   = 4096
	decideSpared = 32
)

// decidedMsg is what a filter says of changes that were described for it.
type decidedMsg struct {
	host.Ask
	text         string
	pass, unread map[timeline.ID]bool
}

// decide describes changes of the feed where its filter asks what they have written.
func (fl *Flow) decide() tea.Cmd {
	if fl.deciding {
		return nil
	}
	limit := decideMore
	switch {
	case fl.v.State.Info.Spare:
		limit = decideSpared
	case !fl.v.Panes.Changes.Decided():
		limit = decideFirst
	}
	events, before := fl.v.Panes.Changes.Undecided(limit)
	if len(events) == 0 {
		return nil
	}
	fl.deciding = true
	f, d, src, root := fl.v.Panes.Changes.Chosen(), fl.v.Describer(), fl.v.Opened.Source, fl.v.Opened.Root
	m := decidedMsg{Ask: fl.v.Ask(), text: f.String(), pass: make(map[timeline.ID]bool, len(events)), unread: map[timeline.ID]bool{}}
	return host.Job(fl.v.Ctx, func(ctx context.Context) tea.Msg {
		describe(ctx, src, d, events, before, func(e *etcdsource.Event, c change.Change) {
			it := filter.Item{Root: root, Key: e.Key, Type: e.Type, Rev: e.Mod, Change: &c, View: d.View}
			id, untested := timeline.ID{Rev: e.Mod, Sub: e.Sub}, f.Untested(&it)
			m.pass[id] = !untested && f.Describes(&it) == filter.Yes
			if untested {
				m.unread[id] = true
			}
		})
		return m
	})
}

func (fl *Flow) onDecided(m decidedMsg) {
	fl.deciding = false
	fl.v.Panes.Changes.Decide(m.text, m.pass, m.unread)
}
