package host

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// Newest runs jobs of which only the newest counts, one at a time. A job that begins cancels the one before it, whose answer
// is left out; those that still wait for their turn end without having begun:
//
//	x x x x  ─►  1 runs to its end, unheard · 2 and 3 never begin · 4 answers
//
// Its zero value is ready. Jobs are made in Update.
type Newest struct {
	turn   chan struct{}
	cancel context.CancelFunc
}

// Job runs f outside of Update, as the function of that name does.
func (n *Newest) Job(ctx context.Context, f func(context.Context) tea.Msg) tea.Cmd {
	if n.turn == nil {
		n.turn = make(chan struct{}, 1)
	} else {
		n.cancel()
	}
	ctx, n.cancel = context.WithCancel(ctx)
	turn := n.turn
	return func() tea.Msg {
		select {
		case turn <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		defer func() { <-turn }()
		if ctx.Err() != nil {
			return nil
		}
		msg := Job(ctx, f)()
		if ctx.Err() != nil {
			return nil
		}
		return msg
	}
}
