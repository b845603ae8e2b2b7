package live

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var (
	_ etcdsource.Lister = (*Source)(nil)
	_ etcdsource.Leaser = (*Source)(nil)
)

var ( // tests make them small
	listPage int64 = 2000  // keys in a page where there is no stream: before 3.7 the server reads their values too
	listBig  int64 = 20000 // keys of one type from which its pages are cut at namespaces
)

// List streams all keys of a span: as one stream, or before 3.7 in pages that never reach behind the next known
// boundary, because the server counts all that is there.
func (s *Source) List(ctx context.Context, sp etcdsource.Span, at etcdsource.At, f func([][]byte) error) error {
	parts := s.grants.cut(sp)
	rev, err := s.pinned(ctx, parts[0].From, at)
	if err != nil {
		return err
	}
	l := &lister{walk: walk{s: s, ctx: ctx, rev: rev, local: at.Revision == 0 || s.serializable(at), next: sp.From, end: sp.To}, f: keysOf(f)}
	for _, part := range parts {
		if l.next, l.end = part.From, part.To; len(l.next) == 0 {
			l.next = firstKey
		}
		if part.Single() {
			l.end = append(bytes.Clone(l.next), 0)
		}
		if err := l.part(); err != nil {
			return err
		}
	}
	return nil
}

// keysOf takes the keys of entries.
func keysOf(f func([][]byte) error) func([]*mvccpb.KeyValue) error {
	var keys [][]byte
	return func(kvs []*mvccpb.KeyValue) error {
		keys = keys[:0]
		for _, kv := range kvs {
			keys = append(keys, kv.GetKey())
		}
		return f(keys)
	}
}

// part lists a span that may be read as a whole.
func (l *lister) part() (err error) {
	s, ctx := l.s, l.ctx
	for before(l.next, l.end) {
		if l.m, err = s.member(); err != nil {
			return err
		}
		err = l.pass()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, l.stop) && l.stop != nil:
			return err
		case l.moves == 0 && ctx.Err() == nil && lost(err) && s.move(ctx, l.m):
			l.moves++
			l.local = s.cfg.Serializable
		default:
			return s.explainRead(ctx, l.m, "list", l.rev, err)
		}
	}
	return nil
}

// pass lists the rest of the span from the current member.
func (l *lister) pass() error {
	if l.m.stream.Load() != streamNo && !l.m.kine() {
		if err := l.byStream(); !errors.Is(err, errNoStream) {
			return err
		}
	}
	return l.byPages()
}

// lister is one pass over all keys of a span; walk has its position.
type lister struct {
	walk
	f    func([]*mvccpb.KeyValue) error
	stop error // what f has returned
}

// give hands keys over and advances.
func (l *lister) give(kvs []*mvccpb.KeyValue) error {
	if len(kvs) == 0 {
		return nil
	}
	l.next = append(bytes.Clone(kvs[len(kvs)-1].GetKey()), 0)
	l.stop = l.f(kvs)
	return l.stop
}

func (l *lister) byStream() error {
	c, err := l.s.openChunks(l.ctx, l.m, l.request(l.next, l.end, 0))
	if err != nil {
		return err
	}
	defer c.close()
	for {
		r, err := c.next(l.ctx, l.m)
		if r == nil || err != nil {
			return err
		}
		if err := l.give(r.GetKvs()); err != nil {
			return err
		}
	}
}

func (l *lister) byPages() error {
	for {
		end, err := l.boundary(false)
		if err == nil {
			err = l.piece(end)
		}
		if err != nil || bytes.Equal(end, l.end) {
			return err
		}
	}
}

// piece lists up to a boundary; a big piece is cut at finer ones once its size is known.
func (l *lister) piece(end []byte) error {
	fine, left := false, int64(-1)
	for before(l.next, end) {
		to := end
		if fine {
			b, err := l.boundary(true)
			if err != nil {
				return err
			}
			if before(b, end) {
				to = b
			}
		}
		r, err := l.page(l.next, to, listPage, left)
		if err != nil {
			return err
		}
		left = -1
		if bytes.Equal(to, end) {
			left = r.GetCount() - int64(len(r.GetKvs()))
		}
		if err := l.give(r.GetKvs()); err != nil {
			return err
		}
		if !r.GetMore() {
			if bytes.Equal(to, end) {
				l.next = end
				return nil
			}
			l.next = to
		}
		fine = fine || r.GetCount() > listBig
	}
	return nil
}

// boundary returns the nearest known beginning of a type behind l.next, or (fine) of a namespace; the end where none
// is known.
func (l *lister) boundary(fine bool) ([]byte, error) {
	best := l.end
	if l.m.kine() || l.s.grants != nil {
		return best, nil
	}
	root, k, err := l.s.rootAbove(l.ctx, l.m, l.next, l.rev)
	if k == nil || err != nil {
		return best, err
	}
	take := func(at []byte) {
		if bytes.Compare(at, l.next) > 0 && before(at, l.end) && (before(at, best)) {
			best = at
		}
	}
	for dir := range k.dirs {
		take([]byte(root + dir))
		if fine && k.dirs[dir] && strings.HasPrefix(string(l.next), root+dir) {
			for _, c := range k.namespaceCuts(root + dir) {
				take(c.at)
			}
		}
	}
	return slices.Clone(best), nil
}

// rootAbove returns the Kubernetes root that a key lies in or comes before, nil when there is none.
func (s *Source) rootAbove(ctx context.Context, m *member, key []byte, rev int64) (string, *known, error) {
	p := string(key)
	for i := range len(p) {
		if p[i] != '/' {
			continue
		}
		if k, err := s.root(ctx, m, p[:i+1], rev); k != nil || err != nil {
			return p[:i+1], k, err
		}
		if strings.Count(p[:i+1], "/") > 2 {
			break
		}
	}
	return "", nil, nil
}

// Lease asks the server for a lease and the keys that are attached to it.
func (s *Source) Lease(ctx context.Context, id int64) (etcdsource.Lease, error) {
	r, err := ask(ctx, s, "read lease", 0, func(ctx context.Context, m *member) (*pb.LeaseTimeToLiveResponse, error) {
		return m.lease.LeaseTimeToLive(ctx, &pb.LeaseTimeToLiveRequest{ID: id, Keys: true})
	})
	if err != nil {
		return etcdsource.Lease{}, err
	}
	return etcdsource.Lease{ID: id, TTL: time.Duration(r.GetTTL()) * time.Second, Granted: time.Duration(r.GetGrantedTTL()) * time.Second, Keys: r.GetKeys()}, nil
}
