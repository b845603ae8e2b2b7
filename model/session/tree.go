package session

import (
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Tree is the part of the keyspace that has been read: folders, their children, their counts.
//
// Pages, counts and changes arrive in any order. Each listing and each count carries the revision that it was asked
// at. While one is in flight, the tree remembers every change, so that an older answer neither brings back a deleted
// key nor loses a new one.
type Tree struct {
	root     *Node
	inflight int     // listings and counts that have not ended
	pending  []delta // changes since the oldest of them began
	loads    int32   // number of the last listing
	rows     []Row
	stale    bool
	apart    []string // folders that another store keeps
}

type delta struct {
	key     string
	rev     int64
	created bool
	deleted bool
}

// Row is a visible line of the tree.
type Row struct {
	Node  *Node
	Depth int
}

// NewTree returns a tree of which nothing has been read.
func NewTree() *Tree {
	root := NewFolder("")
	root.Open = true
	return &Tree{root: root, stale: true}
}

// Root returns the folder of everything; its path is empty.
func (t *Tree) Root() *Node { return t.root }

// Find returns the node of a path, nil if it has not been read.
func (t *Tree) Find(path string) *Node {
	n := t.root
	for n != nil && n.Path != path {
		if len(n.Path) >= len(path) {
			return nil
		}
		n = n.child(nextPath(path, len(n.Path)))
	}
	return n
}

// nextPath returns the path up to the end of the segment that begins at n, with its "/" if it has one.
func nextPath(path string, n int) string {
	if i := strings.IndexByte(path[n:], '/'); i >= 0 {
		return path[:n+i+1]
	}
	return path
}

// Listing is a reading of a folder's children that is in flight.
type Listing struct {
	Path string
	Rev  int64
	id   int32
}

// List begins a listing of the folder at a revision, which must be a real one.
func (t *Tree) List(path string, rev int64) Listing {
	t.loads++
	t.inflight++
	if n := t.Find(path); n != nil && n.Load != Loaded {
		if n.Load != Loading {
			n.since = rev
		}
		n.Load, n.Err = Loading, ""
	}
	t.stale = true
	return Listing{path, rev, t.loads}
}

// Page folds in children that a listing has brought.
func (t *Tree) Page(l Listing, kids []etcdsource.Child) {
	n := t.Find(l.Path)
	if n == nil || l.Rev < n.since {
		return
	}
	gone := t.newer(l.Rev)
	paths, nodes := paper(n, kids)
	for i := range kids {
		c := &kids[i]
		path := paths(i)
		if gone[path] && !c.Dir { // the change that was seen wins: it is newer than the page
			if k := n.child(path); k != nil {
				k.load = max(k.load, l.id)
			}
			continue
		}
		k := n.child(path)
		if k == nil {
			k = n.place(nodes(i), path)
			k.setDir(c.Dir)
			if c.Dir {
				k.since = t.root.Seen
			}
		}
		k.Expected = false
		later := k.load > l.id // a listing that began later has brought it already
		k.setDir(c.Dir)
		k.load = max(k.load, l.id)
		if later {
			continue
		}
		if !c.Dir {
			k.Mod = c.Entry.Mod
		} else if c.Keys >= 0 {
			t.setCount(k, l.Rev, c.Keys)
		}
	}
	if len(kids) > 0 {
		n.dropExpected(string(kids[len(kids)-1].Path))
	}
	t.stale = true
}

// newer returns the keys of which a change was seen after the revision.
func (t *Tree) newer(rev int64) map[string]bool {
	m := map[string]bool{}
	for _, d := range t.pending {
		if d.rev > rev {
			m[d.key] = true
		}
	}
	return m
}

// Done ends a listing: what it did not bring and no newer change made is gone. err is why it ended early, nil if it
// did not.
func (t *Tree) Done(l Listing, err string) {
	defer t.settle()
	n := t.Find(l.Path)
	if n == nil || l.Rev < n.since {
		return
	}
	t.stale = true
	if err != "" {
		if n.Load != Loaded {
			n.Load = Failed
		}
		n.Err = err
		n.dropExpected("")
		return
	}
	kept := n.Kids[:0]
	for _, k := range n.Kids {
		if k.load >= l.id || k.Seen > l.Rev && !k.Expected || k.Mark == Later {
			kept = append(kept, k)
		}
	}
	n.Kids = append(make([]*Node, 0, len(kept)), kept...)
	t.graft(n)
	n.Load, n.Err = Loaded, ""
	t.prune(n)
}

// graft puts the folders of another store below a folder that was read, unless this store has one of the name.
func (t *Tree) graft(n *Node) {
	for _, path := range t.apart {
		if strings.HasPrefix(path, n.Path) && nextPath(path, len(n.Path)) == path && n.child(path) == nil {
			n.insert(path).Load = Apart
		}
	}
}

// Counting begins a count of a folder.
func (t *Tree) Counting() { t.inflight++ }

// Counted folds in the number of keys that a folder had at a revision; negative when it could not be had.
func (t *Tree) Counted(path string, rev, keys int64) {
	if n := t.Find(path); n != nil && n.Dir && keys >= 0 {
		t.setCount(n, rev, keys)
	}
	t.settle()
}

func (t *Tree) setCount(n *Node, rev, keys int64) {
	if n.Keys >= 0 && n.countRev > rev {
		return
	}
	for _, d := range t.pending {
		if d.rev > rev && strings.HasPrefix(d.key, n.Path) {
			keys += d.step()
		}
	}
	n.Keys, n.countRev = max(keys, 0), rev
	if n.Keys == 0 && n.Parent != nil && n.Mark != Later {
		n.remove()
		t.prune(n.Parent)
	}
	t.stale = true
}

func (d delta) step() int64 {
	switch {
	case d.created:
		return 1
	case d.deleted:
		return -1
	}
	return 0
}

func (t *Tree) settle() {
	if t.inflight--; t.inflight <= 0 {
		t.inflight, t.pending = 0, nil
	}
}

// Apply folds in one change and reports whether a row or a count may look different. Changes must come in order.
func (t *Tree) Apply(e *etcdsource.Event) bool {
	d := delta{string(e.Key), e.Mod, e.Type == etcdsource.Created, e.Type == etcdsource.Deleted}
	if t.inflight > 0 {
		t.pending = append(t.pending, d)
	}
	n := t.root
	for {
		n.Seen = e.Mod
		if n.Keys >= 0 && e.Mod > n.countRev {
			n.Keys = max(n.Keys+d.step(), 0)
		}
		if d.deleted && n.Keys == 0 && n.Parent != nil {
			n.remove()
			t.prune(n.Parent)
			t.stale = true
			return true
		}
		if n.Load == NotLoaded || n.Load == Failed {
			n.since, t.stale = e.Mod, true
			return true
		}
		path := nextPath(d.key, len(n.Path))
		k := n.child(path)
		if path == n.Path || !strings.HasSuffix(path, "/") { // a key that ends in "/" has an empty name in that folder
			t.leaf(n, k, e)
			return true
		}
		if k == nil {
			if d.deleted {
				return true
			}
			k = n.insert(path)
			if n.Load == Loaded && d.created {
				// The folder did not exist, so this is its first key; Loaded means that nothing else is below.
				k.Keys, k.countRev, k.Load, k.since = 0, e.Mod-1, Loaded, e.Mod
			}
		}
		k.Expected = k.Expected && d.deleted
		n, t.stale = k, true
	}
}

func (t *Tree) leaf(parent, k *Node, e *etcdsource.Event) {
	t.stale = true
	if e.Type == etcdsource.Deleted {
		if k != nil {
			k.remove()
		}
		t.prune(parent)
		return
	}
	if k == nil {
		k = parent.insert(string(e.Key))
	}
	k.setDir(false)
	k.Seen = e.Mod
	k.Mod = e.Mod
}

// prune removes folders that have become empty.
func (t *Tree) prune(n *Node) {
	for n.Parent != nil && len(n.Kids) == 0 && n.Load == Loaded && n.Keys <= 0 && n.Mark != Later {
		n.remove()
		n = n.Parent
	}
}

// Toward returns the child of a folder that leads to a path or is it, nil when none does.
func (t *Tree) Toward(n *Node, path string) *Node {
	if !strings.HasPrefix(path, n.Path) {
		return nil
	}
	return n.child(nextPath(path, len(n.Path)))
}
