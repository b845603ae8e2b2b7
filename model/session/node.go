package session

import (
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// LoadState says how much of a folder has been read.
type LoadState uint8

// The states of a folder.
const (
	NotLoaded LoadState = iota
	Loading
	Loaded
	Failed
	Apart // another store keeps what is below it
)

// Node is a folder or a key. There can be a hundred thousand of them: it is kept small, and what only a folder has is
// kept apart.
type Node struct {
	Path   string // the whole key, or the prefix with its "/" at the end
	Mod    int64  // revision that wrote a key last
	Seen   int64  // newest revision of a change seen by the watch, 0 for none
	Parent *Node
	*folder
	load int32 // number of the listing that brought it

	Dir  bool
	Open bool
	// Expected says that nothing has shown yet that the folder is there; see Tree.Expect.
	Expected bool
	Load     LoadState
	Mark     Mark // how it differs from now, where another time is shown
}

type folder struct {
	Keys int64   // keys below a folder; -1 while not known
	Kids []*Node // in key order
	Err  string  // why Load is Failed

	since    int64 // every change of its children after this revision was folded in
	countRev int64 // Keys is as of this revision, plus what was seen since
	sums     *Summing
}

// noFolder is what all keys have in common. It is never written to.
var noFolder = &folder{Keys: -1}

// NewFolder returns a folder that is in no tree.
func NewFolder(path string) *Node { return &Node{Path: path, Dir: true, folder: &folder{Keys: -1}} }

// Name returns the last segment of the path, as stored.
func (n *Node) Name() string {
	from := 0
	if n.Parent != nil {
		from = len(n.Parent.Path)
	} else if p := strings.TrimSuffix(n.Path, "/"); p != "" {
		from = strings.LastIndexByte(p, '/') + 1
	}
	return strings.TrimSuffix(n.Path[from:], "/")
}

func (n *Node) setDir(dir bool) {
	n.Dir = dir
	if dir && n.folder == noFolder {
		n.folder = &folder{Keys: -1}
	}
}

func (n *Node) search(path string) (int, bool) {
	i := sort.Search(len(n.Kids), func(i int) bool { return n.Kids[i].Path >= path })
	return i, i < len(n.Kids) && n.Kids[i].Path == path
}

func (n *Node) child(path string) *Node {
	if len(path) < len(n.Path) {
		return nil
	}
	if i, ok := n.search(path); ok {
		return n.Kids[i]
	}
	return nil
}

func (n *Node) insert(path string) *Node { return n.place(new(Node), path) }

// place makes a new node the child of a path, unless there is one.
func (n *Node) place(k *Node, path string) *Node {
	i, ok := n.search(path)
	if ok {
		return n.Kids[i]
	}
	*k = Node{Path: path, Parent: n, folder: noFolder}
	k.setDir(path != n.Path && strings.HasSuffix(path, "/"))
	n.Kids = append(n.Kids, nil)
	copy(n.Kids[i+1:], n.Kids[i:])
	n.Kids[i] = k
	return k
}

func (n *Node) remove() {
	if n.Parent == nil {
		return
	}
	if i, ok := n.Parent.search(n.Path); ok {
		n.Parent.Kids = append(n.Parent.Kids[:i], n.Parent.Kids[i+1:]...)
	}
}

// paper returns where the paths and the nodes of a page come from. While a folder is read for the first time they lie
// side by side, which takes a third less memory; what is read again mostly is there, and what is not is on its own.
func paper(n *Node, kids []etcdsource.Child) (path func(int) string, node func(int) *Node) {
	if n.Load == Loaded {
		return func(i int) string { return string(kids[i].Path) }, func(int) *Node { return new(Node) }
	}
	size := 0
	for i := range kids {
		size += len(kids[i].Path)
	}
	var b strings.Builder
	b.Grow(size)
	ends := make([]int, len(kids)+1)
	for i := range kids {
		b.Write(kids[i].Path)
		ends[i+1] = b.Len()
	}
	all, nodes := b.String(), make([]Node, len(kids))
	return func(i int) string { return all[ends[i]:ends[i+1]] }, func(i int) *Node { return &nodes[i] }
}
