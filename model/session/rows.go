package session

import "strings"

// Rows returns the visible lines, top to bottom. The slice is shared until the tree changes.
func (t *Tree) Rows() []Row {
	if t.stale {
		t.rows, t.stale = t.rows[:0], false
		for _, k := range t.root.Kids {
			t.flatten(k, 0)
		}
	}
	return t.rows
}

// flatten appends the rows of a node. The folder "/" that all absolute keys share has no row of its own.
func (t *Tree) flatten(n *Node, depth int) {
	if n.Path != "/" {
		t.rows = append(t.rows, Row{n, depth})
		depth++
	}
	if n.Dir && (n.Open || n.Path == "/") {
		for _, k := range n.Kids {
			t.flatten(k, depth)
		}
	}
}

// Index returns the row of a path, or of the nearest folder above it that has one; -1 when there is none.
func (t *Tree) Index(path string) int {
	rows := t.Rows()
	best := -1
	for i := range rows {
		p := rows[i].Node.Path
		if p == path {
			return i
		}
		if strings.HasSuffix(p, "/") && strings.HasPrefix(path, p) {
			best = i
		}
	}
	return best
}

// SetOpen opens or closes a folder.
func (t *Tree) SetOpen(n *Node, open bool) {
	if n.Dir && n.Open != open && n.Load != Apart {
		n.Open, t.stale = open, true
	}
}

// OpenPaths returns the paths of the open folders, parents first.
func (t *Tree) OpenPaths() []string {
	var out []string
	var walk func(*Node)
	walk = func(n *Node) {
		if !n.Dir || !n.Open && n.Path != "/" {
			return
		}
		out = append(out, n.Path)
		for _, k := range n.Kids {
			walk(k)
		}
	}
	walk(t.root)
	return out
}
