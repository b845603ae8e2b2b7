package view

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
)

// Of a running store that must be spared, the newest changes before the view was opened are read once, by a watch that begins a little
// before its head: etcd serves it from the last revisions of its database, without a look at its keys.
const (
	sparedWindow = 256 // revisions; where their values are too large, sparedFewer
	sparedFewer  = 16
	sparedBytes  = 4 << 20          // of values, at most
	sparedTime   = 10 * time.Second // and so long: where parts of the store may not be read, its newest revision may not be among them
	notRead      = "not read, to spare the server; A recalls them"
)

// readNewest reads the newest changes of a store that must be spared, after a time. What cannot be read is left out.
func readNewest(ctx context.Context, tab int, src etcdsource.Source, upTo int64, after time.Duration) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
		case <-time.After(after):
		}
		ctx, cancel := context.WithTimeout(ctx, sparedTime)
		defer cancel()
		m := FeedMsg{To: host.To{Tab: tab}, upTo: upTo}
		for _, n := range []int64{sparedWindow, sparedFewer} {
			var large bool
			if m, large = newestOf(ctx, tab, src, upTo, max(1, upTo-n+1)); !large {
				return m
			}
		}
		return m
	})
}

// newestOf reads the changes from a revision on up to another one; large says that it read none, because their values are too large.
func newestOf(ctx context.Context, tab int, src etcdsource.Source, upTo, from int64) (m FeedMsg, large bool) {
	m = FeedMsg{To: host.To{Tab: tab}, upTo: upTo}
	if from > 1 {
		m.lost = etcdsource.Window{From: 1, To: from - 1, Reason: notRead}
	}
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), from)
	if err != nil {
		return m, false
	}
	defer stream.Close()
	for bytes := 0; ; {
		b, err := stream.Next(ctx)
		if err != nil {
			return m, false
		}
		if len(m.events) == 0 {
			m.lost = m.lost.Join(b.Lost)
		}
		for i := range b.Events {
			e := &b.Events[i]
			if e.Mod > upTo {
				return m, false
			}
			if bytes += len(e.Value); bytes > sparedBytes {
				return FeedMsg{To: m.To, upTo: upTo, lost: etcdsource.Window{From: 1, To: upTo, Reason: notRead}}, true
			}
			m.events = append(m.events, *e)
		}
		if b.Revision >= upTo {
			return m, false
		}
	}
}
