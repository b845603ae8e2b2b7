package view

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
)

// The first names of a server's store do not wait for its answers: below a root that was seen they are known. The server is asked
// when they have been drawn, and for what is below the root first:
//
//	Start ─► expect ─► a frame with the expected folders ─► paintedMsg ─► list the root, then "/", then what is beside it

// drawn is how long after a message what it has changed is on the screen, most likely.
const drawn = 3 * host.FrameTime / 2

// paintedMsg says that the expected folders have been drawn.
type paintedMsg struct{ host.Ask }

// expect shows the folders that the store most likely has, nil where it is not known what that is.
func (tr *Tree) expect() tea.Cmd {
	o := tr.v.Opened
	if !o.Info.Spare || !o.Evident || etcdsource.Limits(o.Source) != "" {
		return nil
	}
	s := tr.v.State
	s.Settle()
	s.Tree.Expect(o.Root, kinds.Always())
	tr.queued = nil
	for n := s.Tree.Find(o.Root); n != nil; n = n.Parent {
		delete(tr.reopen, n.Path)
		tr.listings++
		tr.queued = append(tr.queued, s.Tree.List(n.Path, s.Revision()))
	}
	tr.v.Panes.Keys.Sync()
	if tr.Goal == o.Root {
		tr.v.Panes.Keys.Go(o.Root)
		tr.Goal = ""
	}
	m := paintedMsg{tr.v.Ask()}
	return tea.Tick(drawn, func(time.Time) tea.Msg { return m })
}

// drawnIn is how long nothing is asked, so that the expected folders are drawn first; 0 where there are none.
func (tr *Tree) drawnIn() time.Duration {
	if len(tr.queued) == 0 {
		return 0
	}
	return drawn
}

// listQueued begins the next of the listings that wait for one another.
func (tr *Tree) listQueued() tea.Cmd {
	if len(tr.queued) == 0 {
		return nil
	}
	var l session.Listing
	l, tr.queued = tr.queued[0], tr.queued[1:]
	return listChildren(tr.v.Ctx, tr.v.Ask(), tr.v.Opened.Source, l)
}
