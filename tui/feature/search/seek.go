package search

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/host"
)

// seeking is the search that is under way.
type seeking struct {
	number int // of the last search
	busy   bool
	seeks  find.Query         // what is searched for while busy
	halt   context.CancelFunc // ends that search
}

// end ends the search that is under way; its answer is dropped.
func (s *seeking) end() {
	if s.busy {
		s.halt()
	}
	s.busy = false
}

// foundMsg is the result of a search, or its first hits.
type foundMsg struct {
	host.Ask
	number int        // of the search
	hits   *find.Hits // nil where the search was ended
	next   tea.Cmd    // what waits for the result
}

// search looks for what is typed, one search at a time.
func (fi *finder) search() tea.Cmd {
	x := &fi.find
	q := fi.query()
	switch {
	case !x.on || x.keys == nil:
		return nil
	case x.busy && !x.seeks.Same(q):
		x.halt() // its answer begins the next one
		return nil
	case x.busy, x.hits != nil && !x.hits.Part() && x.hits.Query().Same(q) && x.hits.Keys() == x.keys:
		return nil
	}
	ctx, halt := context.WithCancel(fi.f.v.Ctx)
	x.number++
	x.busy, x.seeks, x.halt = true, q, halt
	number := x.number
	a, keys, before := fi.f.v.Ask(), x.keys, x.hits
	out := make(chan foundMsg, 2)
	var first func(*find.Hits)
	if before == nil || !before.Query().Same(q) { // else the cursor may be on a later hit
		first = func(h *find.Hits) { out <- foundMsg{Ask: a, number: number, hits: h} }
	}
	run := host.Job(ctx, func(ctx context.Context) tea.Msg {
		defer close(out)
		defer halt()
		out <- foundMsg{Ask: a, number: number, hits: find.SearchSoon(ctx, keys, q, before, first)}
		return nil
	})
	return tea.Batch(run, host.HandOn(out, func(m foundMsg, next tea.Cmd) tea.Msg {
		m.next = next
		return m
	}))
}

func (fi *finder) onFound(m foundMsg) tea.Cmd {
	x := &fi.find
	if m.number != x.number || !x.busy {
		return m.next
	}
	if x.busy = m.hits.Part(); !x.on || x.keys == nil {
		return m.next
	}
	if m.hits == nil {
		if fi.f.v.Ctx.Err() != nil {
			return nil
		}
		return fi.search()
	}
	x.hits = m.hits
	if x.busy {
		return tea.Batch(m.next, fi.showFound())
	}
	return tea.Batch(fi.showFound(), fi.search(), fi.f.v.Sync())
}
