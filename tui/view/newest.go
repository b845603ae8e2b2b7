package view

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/tui/host"
)

// leaveOut says, after a time, that no changes are read of those up to a revision: of a running store that must be spared, a watch of them
// would make the server's writers wait.
func leaveOut(ctx context.Context, tab int, upTo int64, after time.Duration) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
		case <-time.After(after):
		}
		return FeedMsg{To: host.To{Tab: tab}, upTo: upTo}
	})
}
