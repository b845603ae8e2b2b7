package session

import "strings"

// Rows returns the visible lines, top to bottom. The slice is shared until the tree changes.
func (t *Tree) Rows() []Row {
	if t.stale {
		t.rows, t.stale = t.rows[:0], false
		match := t.matches()
		for _, k := range t.root.Kids {
			t.flatten(k, 0, match)
		}
	}
	return t.rows
}

// flatten appends the rows of a node. The folder "/" that all absolute keys share has no row of its own.
func (t *Tree) flatten(n *Node, depth int, match map[*Node]bool) {
	if match != nil && !match[n] {
		return
	}
	if n.Path != "/" {
		t.rows = append(t.rows, Row{n, depth})
		depth++
	}
	if n.Dir && (n.Open || n.Path == "/" || match != nil) {
		for _, k := range n.Kids {
			t.flatten(k, depth, match)
		}
	}
}

// matches returns the nodes that the filter lets through: those whose name contains it, what leads to them, and what
// is below an open folder that matches. It is nil without a filter.
func (t *Tree) matches() map[*Node]bool {
	if t.filter == "" {
		return nil
	}
	want := strings.ToLower(t.filter)
	m := map[*Node]bool{}
	var walk func(n *Node, above bool) bool
	walk = func(n *Node, above bool) bool {
		own := strings.Contains(strings.ToLower(n.Name), want)
		any := own || above
		for _, k := range n.Kids {
			if walk(k, (own || above) && n.Open) {
				any = true
			}
		}
		if any {
			m[n] = true
		}
		return any
	}
	walk(t.root, false)
	return m
}

// Filter shows only what contains the text, whatever its case; "" shows everything.
func (t *Tree) Filter(text string) {
	t.filter, t.stale = text, true
}

// Filtered returns the filter.
func (t *Tree) Filtered() string { return t.filter }

// Known returns the number of nodes that have been read, the root left out.
func (t *Tree) Known() int {
	var count func(*Node) int
	count = func(n *Node) int {
		sum := len(n.Kids)
		for _, k := range n.Kids {
			sum += count(k)
		}
		return sum
	}
	return count(t.root)
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
	if n.Dir && n.Open != open {
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
