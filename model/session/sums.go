package session

import (
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Sum is what the keys below a child of a folder take together: the bytes of their values, how often they were written since each was
// created, and the revision that wrote one of them last.
type Sum struct{ Bytes, Versions, Revision int64 }

// Summing adds up the keys of a folder, child by child. It is filled outside of the tree, and is then handed to Tree.Summed.
type Summing struct {
	path string
	rev  int64
	of   map[string]Sum
}

// NewSumming begins to add up the keys of a folder at a revision.
func NewSumming(path string, rev int64) *Summing { return &Summing{path, rev, map[string]Sum{}} }

// Add adds a key of the folder; entries may come in any order, each once.
func (s *Summing) Add(e *etcdsource.Entry) {
	key := string(e.Key)
	if !strings.HasPrefix(key, s.path) {
		return
	}
	child := nextPath(key, len(s.path))
	x := s.of[child]
	x.Bytes += max(e.Bytes, int64(len(e.Value)), 0)
	x.Versions += e.Version
	x.Revision = max(x.Revision, e.Mod)
	s.of[child] = x
}

// Summed takes the sums of a folder's children, unless newer ones are known.
func (t *Tree) Summed(s *Summing) {
	if n := t.Find(s.path); n != nil && n.Dir && (n.sums == nil || n.sums.rev <= s.rev) {
		n.sums = s
	}
}

// Sum returns what a child of the folder takes, as of SumsRevision; ok is false where it is not known.
func (n *Node) Sum(child *Node) (sum Sum, ok bool) {
	if n.folder == nil || n.sums == nil {
		return Sum{}, false
	}
	sum, ok = n.sums.of[child.Path]
	return sum, ok
}

// SumsRevision is the revision whose sums are known of the folder's children, 0 where they are not. Unless current, something below the
// folder was written since.
func (n *Node) SumsRevision() (rev int64, current bool) {
	if n.folder == nil || n.sums == nil {
		return 0, false
	}
	return n.sums.rev, n.Seen <= n.sums.rev
}
