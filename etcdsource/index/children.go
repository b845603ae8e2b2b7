package index

import (
	"bytes"
	"iter"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Node is one step below a prefix: a folder, or a key.
type Node struct {
	Path []byte // the whole key, or the folder's prefix with its "/" at the end; valid until the next step only
	Dir  bool
	Keys int64  // folder: keys below it
	Rec  uint32 // key: the record that wrote it last
}

// Folder returns the prefix whose children a span asks for. A span that is no prefix asks for those of the folder that
// holds both its ends.
func Folder(s etcdsource.Span) []byte {
	p := etcdsource.Prefix(string(s.From))
	switch {
	case s.Single() || bytes.Equal(p.To, s.To) && !s.Open():
		return s.From
	case s.Open():
		if bytes.Equal(p.To, s.To) && len(s.From) > 0 && s.From[0] != 0 {
			return s.From
		}
		return nil
	}
	n := sharedLen(s.From, s.To)
	return s.From[:bytes.LastIndexByte(s.From[:n], '/')+1]
}

// Children yields the next path segments below the prefix that have a key at the revision, in key order.
func (x *Index) Children(prefix []byte, rev int64) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		from, to := x.bounds(etcdsource.Prefix(string(prefix)))
		if len(prefix) == 0 {
			from = 0
		}
		upTo := x.Before(rev)
		for c := x.names.cursor(from); c.n < to; {
			cut := bytes.IndexByte(c.key[len(prefix):], '/')
			if cut < 0 {
				if rec, live := x.last(c.n, upTo); live && !yield(Node{Path: c.key, Rec: rec}) {
					return
				}
				c.next()
				continue
			}
			path := bytes.Clone(c.key[:len(prefix)+cut+1])
			end := min(to, x.names.seek(etcdsource.Prefix(string(path)).To))
			if n := x.count(c.n, end, upTo); n > 0 && !yield(Node{Path: path, Dir: true, Keys: n}) {
				return
			}
			c = x.names.cursor(end)
		}
	}
}
