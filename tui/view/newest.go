package view

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
)

// Of a running store that must be spared, the newest changes before the view was opened are read once, by a watch that begins a little
// before its head. etcd serves it from the last revisions of its database without a look at its keys, but reads all of them while writers
// wait: so a few come first, and more only where these say that it will not be much.
const (
	sparedFirst  = 16 // revisions
	sparedWindow = 256
	sparedBytes  = 1 << 20          // of values, that all of them are to have by the first ones
	sparedTime   = 10 * time.Second // at most: where parts of the store may not be read, its newest revision may not be among them
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
		m, bytes := newestOf(ctx, tab, src, upTo, max(1, upTo-sparedFirst+1))
		n := min(sparedWindow, sparedFirst*sparedBytes/max(bytes, 1))
		if n <= sparedFirst || len(m.events) == 0 || upTo <= sparedFirst || ctx.Err() != nil {
			return m
		}
		if more, _ := newestOf(ctx, tab, src, upTo, max(1, upTo-n+1)); len(more.events) >= len(m.events) {
			return more
		}
		return m
	})
}

// newestOf reads the changes from a revision on up to another one, and says how many bytes their values have.
func newestOf(ctx context.Context, tab int, src etcdsource.Source, upTo, from int64) (m FeedMsg, bytes int64) {
	m = FeedMsg{To: host.To{Tab: tab}, upTo: upTo}
	if from > 1 {
		m.lost = etcdsource.Window{From: 1, To: from - 1, Reason: notRead}
	}
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), from)
	if err != nil {
		return m, 0
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if err != nil {
			return m, bytes
		}
		if len(m.events) == 0 {
			m.lost = m.lost.Join(b.Lost)
		}
		for i := range b.Events {
			e := &b.Events[i]
			if e.Mod > upTo {
				return m, bytes
			}
			bytes += int64(len(e.Value))
			m.events = append(m.events, *e)
		}
		if b.Revision >= upTo {
			return m, bytes
		}
	}
}
