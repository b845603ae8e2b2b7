package view

import (
	"cmp"

	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/story"
)

// AtRoot reports whether the overview is beside the tree: the cursor is on the root, or on its way to it from nowhere; where there is no
// root, until it is moved.
func (n *Nav) AtRoot() bool {
	t := n.v
	switch {
	case t.Panes.Home == nil || t.Folder.listed || t.State == nil || t.Panes.Keys.Searching():
		return false
	case t.Opened.Rootless():
		return !n.moved
	}
	at := t.Panes.Keys.Cursor()
	return at == t.Opened.Root || at == "" && t.Tree.Goal == t.Opened.Root
}

// arrive takes where the cursor is.
func (n *Nav) arrive(path string) {
	if path == "" {
		return
	}
	n.first = cmp.Or(n.first, path)
	n.moved = n.moved || path != n.first
}

// Divide says how the screen is to be divided while a pane has the focus; now is how it is.
func Divide(t *View, focus layout.ID, zoom bool, now *layout.Layout) layout.Options {
	o := layout.Options{Focus: focus, Zoom: zoom, Past: t.State != nil && t.State.At != 0}
	if t.Panes.Story != nil {
		o.Story = story.Rows
	}
	o.Home = t.Nav.AtRoot() || now.Asked.Home && focus == layout.Changes
	o.Table = !o.Home && focus != layout.Timeline && t.Panes.Table != nil && t.Panes.Table.Folder() != ""
	o.Found = t.Panes.Keys != nil && t.Panes.Keys.Texts()
	o.List = focus == layout.Changes && t.Panes.Changes != nil && t.Panes.Changes.OnlyGone()
	o.Begun = t.Panes.Story != nil && t.Panes.Story.Begun()
	return o
}

// ResizeValue sets the size of the panes that are beside the tree.
func (p *Panes) ResizeValue(w, h int) {
	p.Object.Resize(w, h)
	p.Table.Resize(w, h)
	if p.Home != nil {
		p.Home.Resize(w, h)
	}
}

// Arranged is called when all panes have their sizes, on a screen of w columns.
func (p *Panes) Arranged(w int) {
	if p.Story != nil {
		p.Story.Resize(w)
	}
	p.Keys.Sync()
}
