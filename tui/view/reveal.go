package view

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/model/session"
)

// Reveal moves the cursor to a path, reading the folders above it as needed.
func (tr *Tree) Reveal(path string) tea.Cmd {
	if tr.v.Panes.Keys.Searching() {
		if path == tr.v.Panes.Keys.Cursor() {
			return tr.v.Sync()
		}
		tr.v.Host.Publish(LeaveSearch{})
	}
	tr.Goal, tr.GoalRev = path, 0
	return tea.Batch(tr.approach(), tr.v.Sync())
}

// approach goes one step towards the goal.
func (tr *Tree) approach() tea.Cmd {
	if tr.Goal == "" || tr.v.State.Shown != tr.v.State.Tree {
		return nil
	}
	tree := tr.v.State.Tree
	for n := tree.Root(); ; {
		if n.Path == tr.Goal && n.Parent != nil {
			break
		}
		if n.Load == session.Loading {
			return nil
		}
		if n.Load == session.NotLoaded {
			return tr.list(n.Path)
		}
		tree.SetOpen(n, true)
		next := tree.Toward(n, tr.Goal)
		if next == nil {
			break
		}
		n = next
	}
	var fill tea.Cmd
	if n := tree.Find(tr.Goal); n != nil && n.Dir {
		tree.SetOpen(n, true)
		if n.Load == session.NotLoaded {
			fill = tr.list(n.Path) // the cursor need not wait for it
		}
	}
	tr.v.Panes.Keys.Sync()
	if tr.v.Panes.Keys.Go(tr.Goal); tr.v.Panes.Keys.Cursor() != tr.Goal && (!strings.HasSuffix(tr.Goal, "/") || tr.unreadable(tr.Goal)) {
		tr.v.Panes.Keys.Hold(tr.Goal)
	}
	if tr.GoalRev != 0 && tr.v.Panes.Keys.Cursor() == tr.Goal {
		tr.v.Panes.Object.Select(tr.Goal, false)
		tr.v.Panes.Object.Pin(tr.GoalRev)
	}
	tr.Goal, tr.GoalRev = "", 0
	return tea.Batch(fill, tr.v.Sync())
}

// unreadable reports whether a folder above a path could not be read: a role can hold a part of the store only.
func (tr *Tree) unreadable(path string) bool {
	for n := tr.v.State.Tree.Root(); n != nil; n = tr.v.State.Tree.Toward(n, path) {
		if n.Load == session.Failed {
			return true
		}
	}
	return false
}
