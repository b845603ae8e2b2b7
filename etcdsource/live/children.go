package live

import (
	"bytes"
	"context"
	"errors"
	"iter"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Children yields the next path segments below sp.From, all at one revision. How many requests it takes depends on how
// many segments there are, not on how many keys lie below them.
func (s *Source) Children(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	parts := s.grants.cut(sp)
	rev, err := s.pinned(ctx, parts[0].From, at)
	if err != nil {
		return nil, err
	}
	return func(yield func(etcdsource.Child, error) bool) {
		w := &walk{s: s, ctx: ctx, rev: rev, local: at.Revision == 0 || s.serializable(at), end: sp.To, yield: yield}
		w.next = sp.From
		if !sp.Open() || len(sp.From) > 1 {
			w.prefix = sp.From
		}
		if len(w.next) == 0 {
			w.next = firstKey
		}
		if sp.Single() {
			w.end = append(bytes.Clone(w.next), 0)
		}
		if s.grants == nil {
			parts = []etcdsource.Span{{From: w.next, To: w.end}}
		}
		for _, part := range parts {
			if w.next, w.end = part.From, part.To; part.Single() {
				w.end = append(bytes.Clone(w.next), 0)
			}
			if err := w.run(); err != nil {
				if !errors.Is(err, errEnough) {
					yield(etcdsource.Child{}, err)
				}
				return
			}
		}
	}, nil
}

// errEnough says that the caller wants no more children.
var errEnough = errors.New("enough")

// walk is one pass over the children of a prefix.
type walk struct {
	s      *Source
	ctx    context.Context
	m      *member
	prefix []byte
	next   []byte // everything before it was yielded
	end    []byte
	dir    []byte // the folder that was yielded last
	rev    int64
	local  bool // read without asking the quorum: the revision came from this member
	yield  func(etcdsource.Child, error) bool
	moves  int
	hops   int   // streams opened
	bytes  int64 // of keys that were read
}

// run walks to the end, on another member where the first one fails.
func (w *walk) run() error {
	for before(w.next, w.end) {
		var err error
		if w.m, err = w.s.member(); err != nil {
			return err
		}
		if w.m.stream.Load() == streamNo || w.m.kine() {
			err = w.byProbes()
		} else {
			err = w.byStreams()
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errNoStream):
		case errors.Is(err, errEnough):
			return err
		case w.moves == 0 && w.ctx.Err() == nil && lost(err) && w.s.move(w.ctx, w.m):
			w.moves++
			w.local = w.s.cfg.Serializable
		default:
			return w.s.explainRead(w.ctx, w.m, "list", w.rev, err)
		}
	}
	return nil
}

func (w *walk) request(from, to []byte, limit int64) *pb.RangeRequest {
	return &pb.RangeRequest{Key: from, RangeEnd: to, KeysOnly: true, Limit: limit, Revision: w.rev, Serializable: w.local}
}

// take yields the children that the keys belong to, advances w.next, and returns how many were new.
func (w *walk) take(kvs []*mvccpb.KeyValue, indexOnly bool) (int, error) {
	fresh := 0
	for _, kv := range kvs {
		key := kv.GetKey()
		w.next = append(bytes.Clone(key), 0)
		if len(w.dir) > 0 && bytes.HasPrefix(key, w.dir) {
			continue
		}
		c := child(w.prefix, key)
		if c.Dir {
			w.dir = c.Path
		} else {
			c.Entry = entry(kv, true, indexOnly)
		}
		fresh++
		if !w.yield(c, nil) {
			return fresh, errEnough
		}
	}
	return fresh, nil
}

// child returns the step below prefix that leads to key.
func child(prefix, key []byte) etcdsource.Child {
	c := etcdsource.Child{Path: key, Keys: -1}
	rest := key[min(len(prefix), len(key)):]
	if i := bytes.IndexByte(rest, '/'); i >= 0 {
		c.Dir = true
		c.Path = key[: len(prefix)+i+1 : len(prefix)+i+1]
	}
	name := bytes.TrimSuffix(c.Path, []byte{'/'})
	if !c.Dir {
		name = c.Path
	}
	c.Name = string(name[bytes.LastIndexByte(name, '/')+1:])
	return c
}

// skip moves on behind the folder that was yielded last.
func (w *walk) skip() { w.next = prefixEnd(w.dir) }

// inside reports whether the walk is in the folder that was yielded last.
func (w *walk) inside() bool { return len(w.dir) > 0 && bytes.HasPrefix(w.next, w.dir) }

// patience is how many keys of one folder are read before a new stream is opened behind it. The first requests are
// free (the bucket's burst); later ones wait 20 ms each, in which a server streams 20,000 keys.
func (w *walk) patience() int {
	if w.hops < 128 {
		return 0
	}
	return 20000
}

// byStreams opens a stream, takes the children out of its chunks, and gives it up as soon as it only repeats a
// folder: the next stream begins behind that.
func (w *walk) byStreams() error {
	for before(w.next, w.end) {
		c, err := w.s.openChunks(w.ctx, w.m, w.request(w.next, w.end, 0))
		if err != nil {
			return err
		}
		w.hops++
		done, err := w.drain(c)
		c.close()
		if w.bytes += c.bytes; err == nil {
			err = w.m.within(w.ctx, "RangeStream", w.bytes)
		}
		if done || err != nil {
			return err
		}
		w.skip()
	}
	return nil
}

// drain reads one stream; done reports that it reached the end of the range.
func (w *walk) drain(c *chunks) (done bool, err error) {
	stale := 0
	for {
		r, err := c.next(w.ctx, w.m)
		if r == nil || err != nil {
			return err == nil, err
		}
		fresh, err := w.take(r.GetKvs(), true)
		if err != nil {
			return false, err
		}
		if c.ended {
			continue // the end of the stream confirms it
		}
		if fresh > 1 {
			stale = 0
		} else {
			stale += len(r.GetKvs())
		}
		if w.inside() && stale > w.patience() {
			return false, nil
		}
	}
}
