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
		upTo := x.Before(rev)
		at := place{}
		if len(prefix) > 0 {
			at = x.seek(prefix)
		}
		for c := x.cursor(&at); c != nil && bytes.HasPrefix(c.key, prefix); {
			cut := bytes.IndexByte(c.key[len(prefix):], '/')
			if cut < 0 {
				if rec, live := last(x.run(at.run).of(c.n), upTo); live && !yield(Node{Path: c.key, Rec: rec}) {
					return
				}
				if c.next(); c.n == c.s.n {
					at.n = c.n
					c = x.cursor(&at)
				}
				continue
			}
			path := bytes.Clone(c.key[:len(prefix)+cut+1])
			at.n = c.n
			end := x.seek(etcdsource.Prefix(string(path)).To)
			if n := x.between(at, end, upTo); n > 0 && !yield(Node{Path: path, Dir: true, Keys: n}) {
				return
			}
			at = end
			c = x.cursor(&at)
		}
	}
}

// cursor returns a cursor at a place, which it moves to the run in which the next key is; nil behind the last.
func (x *Index) cursor(at *place) *cursor {
	for ; at.run < len(x.runs); *at = (place{at.run + 1, 0}) {
		if at.n < x.any(at.run).keys() {
			return x.run(at.run).names.cursor(at.n)
		}
	}
	return nil
}
