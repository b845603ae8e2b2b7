package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Source is an opened etcd. It also is etcdsource.Versions, Saver, Requester and Prober, and says what it Lacks.
type Source struct {
	cfg  Config
	dial *dialer
	eps  []endpoint

	life context.Context // ends with Close
	end  context.CancelFunc
	wg   sync.WaitGroup // goroutines of streams and background searches

	mu     sync.Mutex // guards cur and closed
	cur    *member
	closed bool

	others atomic.Pointer[[]*pb.Member] // the newest member list, nil until there is one

	moving   sync.Mutex // one move at a time
	head     atomic.Int64
	mayRead  atomic.Pointer[[]byte]
	retained retained
	roots    roots
	grants   grants // what the user may read; set by Open
	probes   prober

	leaderless  atomic.Bool  // the connected member answers, and has no leader
	unanswered  atomic.Bool  // the connected member did not answer within leaderEvery when it was asked for its leader last
	silences    atomic.Int32 // how many times in turn it did not
	leaderAsked atomic.Int64 // when that was asked last, in ns
	answered    atomic.Pointer[answered]

	clusters []etcdsource.OtherCluster // that answered when it was opened, where they are several; set by Open
}

var (
	_ etcdsource.Source    = (*Source)(nil)
	_ etcdsource.Versions  = (*Source)(nil)
	_ etcdsource.Saver     = (*Source)(nil)
	_ etcdsource.Requester = (*Source)(nil)
	_ etcdsource.Lacker    = (*Source)(nil)
	_ etcdsource.Mixed     = (*Source)(nil)
)

// Open connects to an etcd and proves the connection. Errors are *etcdsource.Problem, or the context's.
func Open(ctx context.Context, cfg Config) (*Source, error) {
	s, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	s.life, s.end = context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, s.end)
	s.cur, err = s.dial.choose(ctx, s.life, s.eps, nil)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.end()
		return nil, err
	}
	s.clusters, s.cur.beside = s.cur.beside, nil
	s.dial.id.cluster.Store(s.cur.cluster)
	s.leaderless.Store(s.cur.leaderless())
	s.retained.set(-1)
	if s.grants = s.learnGrants(ctx); len(s.grants) > 0 {
		s.mayRead.Store(&s.grants[0].From)
	}
	return s, nil
}

// prepare reads a configuration, and connects to nothing.
func prepare(cfg Config) (*Source, error) {
	cfg = cfg.withDefaults()
	s := &Source{cfg: cfg, probes: prober{turn: make(chan struct{}, 1)}}
	for _, text := range cfg.Endpoints {
		ep, err := parseEndpoint(text, cfg.wantsTLS())
		if errors.As(err, new(*etcdsource.Problem)) {
			return nil, err
		}
		if err != nil {
			return nil, &etcdsource.Problem{Tried: "open etcd", Why: err.Error(), Do: "give host:port or https://host:port with --endpoints", Err: err}
		}
		s.eps = append(s.eps, ep)
	}
	if cfg.User != "" && cfg.Password == "" {
		return nil, &etcdsource.Problem{Tried: "log in as " + cfg.User, Why: "no password was given", Do: "set ETCDCTL_PASSWORD, or add --password"}
	}
	tlsFor, err := cfg.tlsFor(s.eps)
	if err != nil {
		return nil, err
	}
	log, err := cfg.logger()
	if err != nil {
		return nil, err
	}
	s.dial = &dialer{cfg: cfg, log: log, tls: tlsFor, toll: toll{newBucket(cfg.ReadRate), &requestLog{}}, id: &identity{}}
	return s, nil
}

// Close ends every watch, waits for them, and closes the connection.
func (s *Source) Close() error {
	s.mu.Lock()
	closed, m := s.closed, s.cur
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.wg.Wait()
	s.closeProbes()
	if !closed {
		m.close()
	}
	return nil
}

// safego runs f until the Source is closed; it reports whether it did.
func (s *Source) safego(failed func(error), f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	safego(&s.wg, failed, f)
	return true
}

var errClosed = &etcdsource.Problem{Tried: "read etcd", Why: "the source was closed"}

// member returns the member that is read now.
func (s *Source) member() (*member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	return s.cur, nil
}

// ask sends one request to the connected member. When that is gone, the whole session moves to another one and the
// request is sent once more.
func ask[T any](ctx context.Context, s *Source, what string, at int64, f func(context.Context, *member) (T, error)) (T, error) {
	var none T
	for try := 0; ; try++ {
		m, err := s.member()
		if err != nil {
			return none, err
		}
		cctx, cancel := context.WithTimeout(ctx, s.cfg.CommandTimeout)
		unhook := context.AfterFunc(s.life, cancel)
		v, err := f(cctx, m)
		unhook()
		cancel()
		if err == nil {
			return v, nil
		}
		if s.life.Err() != nil {
			return none, errClosed
		}
		if try == 0 && ctx.Err() == nil && lost(err) && s.move(ctx, m) {
			continue
		}
		return none, s.explainRead(ctx, m, what, at, err)
	}
}

// Range returns one page of a span.
func (s *Source) Range(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	if sp.Limit <= 0 {
		sp.Limit = defaultPage
	}
	parts := s.grants.cut(sp)
	page, err := s.page(ctx, parts[0], at)
	for _, part := range parts[1:] {
		if err != nil || page.More {
			break
		}
		if part.Limit = sp.Limit - len(page.Entries); part.Limit <= 0 {
			page.More = true
			break
		}
		var next etcdsource.Page
		next, err = s.page(ctx, part, etcdsource.At{Revision: page.Revision, Serializable: at.Serializable})
		page.Entries, page.More = append(page.Entries, next.Entries...), next.More
	}
	return page, err
}

// page returns a page of a span that may be read as a whole.
func (s *Source) page(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	m, err := s.member()
	if err != nil {
		return etcdsource.Page{}, err
	}
	if !sp.Single() && m.stream.Load() != streamNo && !m.kine() {
		page, err := s.pageByStream(ctx, sp, at)
		if err != errNoStream && !tooLarge(err) {
			return page, err
		}
	}
	return s.pageByRange(ctx, sp, at)
}

const defaultPage = 500

func (s *Source) pageByRange(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	req := rangeOf(sp)
	req.Revision, req.Serializable = at.Revision, s.serializable(at)
	if !sp.Single() {
		req.Limit = int64(sp.Limit)
	}
	r, err := s.get(ctx, req)
	for req.Limit > 1 && tooLarge(err) { // large values: fewer of them at once
		req.Limit = max(req.Limit/8, 1)
		r, err = s.get(ctx, req)
	}
	if err != nil {
		return etcdsource.Page{}, err
	}
	p := etcdsource.Page{Revision: at.Revision, More: r.GetMore()}
	if p.Revision == 0 {
		p.Revision = r.GetHeader().GetRevision()
	}
	if !sp.Single() {
		p.Counted = r.GetCount()
	}
	indexOnly := s.indexOnly()
	for _, kv := range r.GetKvs() {
		p.Entries = append(p.Entries, entry(kv, req.KeysOnly, indexOnly))
	}
	return p, nil
}

// Count counts the keys of a span on the server. It costs the server 0.2 µs a key.
func (s *Source) Count(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (int64, error) {
	sum := int64(0)
	for _, part := range s.grants.cut(sp) {
		req := rangeOf(part)
		req.KeysOnly, req.CountOnly = false, true
		req.Revision, req.Serializable = at.Revision, s.serializable(at)
		r, err := s.get(ctx, req)
		if err != nil {
			return 0, err
		}
		sum += r.GetCount()
	}
	return sum, nil
}

// get sends a Range request.
func (s *Source) get(ctx context.Context, req *pb.RangeRequest) (*pb.RangeResponse, error) {
	r, err := ask(ctx, s, "read", req.GetRevision(), func(ctx context.Context, m *member) (*pb.RangeResponse, error) {
		return m.kv.Range(ctx, req)
	})
	if err != nil && !req.GetSerializable() && ctx.Err() == nil && s.lostLeader(ctx) {
		req.Serializable = true
		return s.get(ctx, req)
	}
	if err == nil {
		s.saw(r.GetHeader().GetRevision())
	}
	return r, err
}

// now returns the newest revision of the store: a count of a single key, which must be one that the user may read.
func (s *Source) now(ctx context.Context, key []byte, serializable bool) (int64, error) {
	if len(key) == 0 {
		key = firstKey
	}
	r, err := s.get(ctx, &pb.RangeRequest{Key: key, CountOnly: true, Serializable: s.serializable(etcdsource.At{Serializable: serializable})})
	if err == nil {
		s.mayRead.Store(&key)
	}
	return r.GetHeader().GetRevision(), err
}

// readableKey returns a key that the user may read, as far as is known.
func (s *Source) readableKey() []byte {
	if k := s.mayRead.Load(); k != nil {
		return *k
	}
	return firstKey
}

// saw remembers the newest revision that any answer carried.
func (s *Source) saw(rev int64) {
	for {
		old := s.head.Load()
		if rev <= old || s.head.CompareAndSwap(old, rev) {
			return
		}
	}
}

// indexOnly reports whether keys-only answers come from the index, without leases.
func (s *Source) indexOnly() bool {
	m, err := s.member()
	return err == nil && m.indexed
}

// Requests returns the newest 1,000 requests and the sums over all.
func (s *Source) Requests() ([]etcdsource.Request, etcdsource.RequestTotals) {
	return s.dial.toll.log.list()
}

// Asked returns the sums over all requests.
func (s *Source) Asked() etcdsource.RequestTotals {
	l := s.dial.toll.log
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.totals()
}

// Lacks says what this server cannot do.
func (s *Source) Lacks(ability any) string {
	m, err := s.member()
	if err != nil {
		return err.Error()
	}
	if m.kine() {
		return kineLacks(ability)
	}
	if _, ok := ability.(*etcdsource.Saver); ok && m.statusErr != nil {
		return "etcd lets only users with the root role take snapshots, and user " + s.dial.user() + " is none"
	}
	return ""
}
