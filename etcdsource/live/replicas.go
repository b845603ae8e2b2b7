package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.Replicated = (*Source)(nil)

// Replicas returns the copy of every member. Each has a connection of its own: the session stays at its member. It asks the
// members how they are, as Probe does, and no more.
func (s *Source) Replicas(ctx context.Context) ([]etcdsource.Replica, error) {
	p, err := s.Probe(ctx)
	if err != nil {
		return nil, err
	}
	var list []etcdsource.Replica
	for i := range p.Members {
		list = append(list, s.replica(ctx, &p.Members[i]))
	}
	return list, ctx.Err()
}

// replica is what one member holds.
type replica struct {
	s     *Source
	m     *member // nil where it cannot be read
	state etcdsource.ReplicaState
}

var _ etcdsource.Replica = (*replica)(nil)

// replica connects to a member that answers.
func (s *Source) replica(ctx context.Context, m *etcdsource.Member) *replica {
	r := &replica{s: s, state: etcdsource.ReplicaState{Name: m.Name, ID: m.ID, Address: m.Endpoint, Member: true, Version: m.Status.Version, Size: m.Status.DBSize,
		Leader: m.ID != 0 && m.Status.Leader == m.ID, Revision: m.Status.Revision, Compacted: -1, Fault: m.Fault}}
	if m.Metrics != nil && m.Metrics.Compacted > 0 {
		r.state.Compacted = m.Metrics.Compacted
	}
	if r.state.Name == "" {
		if r.state.Name = m.Endpoint; m.ID != 0 {
			r.state.Name = fmt.Sprintf("%x", m.ID)
		}
	}
	switch {
	case !m.Answered:
		r.state.Fault = cmp.Or(m.Fault, "it does not answer")
	case m.Denied:
		r.state.Fault = rootOnly(s.dial.user())
	case m.Learner:
		r.state.Fault = "it is a learner, which does not answer HashKV"
	default:
		r.state.Fault = r.connect(ctx)
	}
	return r
}

// rootOnly is why a user may not ask for hashes.
func rootOnly(user string) string {
	return fmt.Sprintf("etcd lets only users with the root role ask for hashes, and user %q is none", user)
}

// connect connects to the member, and says why that fails.
func (r *replica) connect(ctx context.Context) (fault string) {
	ep, err := parseEndpoint(r.state.Address, r.s.cfg.wantsTLS())
	if err != nil {
		return err.Error()
	}
	d := *r.s.dial
	d.id = &identity{}
	d.id.cluster.Store(r.s.dial.id.cluster.Load())
	m, err := d.member(ctx, r.s.life, ep)
	if err != nil {
		return whyOf(err)
	}
	if r.state.ID != 0 && m.id != 0 && m.id != r.state.ID {
		m.close()
		return "another member answers at its address"
	}
	r.m = m
	return ""
}

// whyOf is the reason of an error, without what was tried.
func whyOf(err error) string {
	var p *etcdsource.Problem
	if errors.As(err, &p) {
		return p.Why
	}
	return plainStatus(err)
}

// State implements etcdsource.Replica.
func (r *replica) State(ctx context.Context) etcdsource.ReplicaState {
	if r.m == nil {
		return r.state
	}
	ctx, cancel := context.WithTimeout(ctx, r.s.cfg.CommandTimeout)
	defer cancel()
	st, err := r.m.maint.Status(ctx, &pb.StatusRequest{})
	now := r.state
	if err != nil {
		now.Fault = whyOf(r.explain(ctx, "ask for the status", 0, err))
		return now
	}
	now.Size, now.Revision, now.Leader = st.GetDbSize(), st.GetHeader().GetRevision(), st.GetLeader() != 0 && st.GetLeader() == r.m.id
	return now
}

// slowestScan is how many bytes of a database a second are read at least, while a hash is computed.
const slowestScan = 10 << 20

// HashKV implements etcdsource.Replica.
func (r *replica) HashKV(ctx context.Context, rev, _ int64) (etcdsource.Scan, error) {
	if r.m == nil {
		return etcdsource.Scan{}, r.gone()
	}
	ctx, cancel := context.WithTimeout(ctx, max(r.s.cfg.CommandTimeout, 30*time.Second)+time.Duration(r.state.Size/slowestScan)*time.Second)
	defer cancel()
	reads := r.watchReads(ctx)
	h, err := r.m.maint.HashKV(ctx, &pb.HashKVRequest{Revision: rev})
	out := etcdsource.Scan{Reads: reads()}
	if err != nil {
		return out, r.explain(ctx, "hash", rev, err)
	}
	out.KVHash = etcdsource.KVHash{Hash: h.GetHash(), Revision: cmp.Or(h.GetHashRevision(), rev, h.GetHeader().GetRevision()), Compacted: max(0, h.GetCompactRevision())}
	if rev > 0 && out.Revision != rev || out.Compacted > h.GetHeader().GetRevision() {
		return out, r.explain(ctx, "hash", rev, broke("HashKV", "answered for revision %d, compacted at %d, where %d was asked for", out.Revision, out.Compacted, rev))
	}
	return out, nil
}

// readEvery is how often a member is read while it computes a hash: what it takes then is what others wait.
const readEvery = 50 * time.Millisecond

// watchReads reads the member again and again, until the function that it returns is called: that says how long each read
// took. One that has not been answered counts with the time that it has waited.
func (r *replica) watchReads(ctx context.Context) (end func() []time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	var reads []time.Duration
	var wg sync.WaitGroup
	safego(&wg, nil, func() {
		tick := time.NewTicker(readEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			took, _ := r.Ping(ctx) // a read that fails has waited too
			reads = append(reads, took)
		}
	})
	return func() []time.Duration {
		cancel()
		wg.Wait()
		return reads
	}
}

// explain explains why a question was not answered.
func (r *replica) explain(ctx context.Context, what string, rev int64, err error) error {
	switch {
	case is(err, rpctypes.ErrGRPCCompacted) && rev > 0:
		return &etcdsource.CompactedError{Revision: rev}
	case is(err, rpctypes.ErrGRPCFutureRev) && rev > 0:
		return &etcdsource.FutureError{Revision: rev}
	case permissionDenied(err) && what == "hash":
		return &etcdsource.Problem{Tried: "hash what " + r.m.ep.text + " holds", Why: rootOnly(r.s.dial.user()), Do: "use a user with the root role, or give it to this one", Err: errors.Join(etcdsource.ErrDenied, err)}
	}
	return r.s.explainRead(ctx, r.m, what, rev, err)
}

// gone is the error of a copy that cannot be read.
func (r *replica) gone() error {
	return &etcdsource.Problem{Tried: "read what " + r.state.Name + " holds", Why: r.state.Fault}
}

// List implements etcdsource.Replica.
func (r *replica) List(ctx context.Context, sp etcdsource.Span, rev int64, f func([]etcdsource.Entry) error) error {
	if r.m == nil {
		return r.gone()
	}
	var entries []etcdsource.Entry
	l := &lister{walk: walk{s: r.s, ctx: ctx, m: r.m, rev: rev, local: true, next: sp.From, end: sp.To}, f: func(kvs []*mvccpb.KeyValue) error {
		entries = entries[:0]
		for _, kv := range kvs {
			entries = append(entries, entry(kv, true, r.m.indexed))
		}
		return f(entries)
	}}
	if len(l.next) == 0 {
		l.next = firstKey
	}
	if err := l.pass(); err != nil {
		if l.stop != nil && errors.Is(err, l.stop) {
			return err
		}
		return r.explain(ctx, "list", rev, err)
	}
	return nil
}

// Page implements etcdsource.Replica.
func (r *replica) Page(ctx context.Context, sp etcdsource.Span, rev int64) (etcdsource.Page, error) {
	if r.m == nil {
		return etcdsource.Page{}, r.gone()
	}
	req := rangeOf(sp)
	req.Revision, req.Serializable = rev, true
	if !sp.Single() {
		req.Limit = int64(cmp.Or(sp.Limit, defaultPage))
	}
	got, err := r.s.rangeOn(ctx, r.m, req)
	for req.Limit > 1 && tooLarge(err) {
		req.Limit = max(req.Limit/8, 1)
		got, err = r.s.rangeOn(ctx, r.m, req)
	}
	if err != nil {
		return etcdsource.Page{}, r.explain(ctx, "read", rev, err)
	}
	p := etcdsource.Page{Revision: rev, More: got.GetMore()}
	for _, kv := range got.GetKvs() {
		p.Entries = append(p.Entries, entry(kv, req.KeysOnly, r.m.indexed))
	}
	return p, nil
}

// Ping implements etcdsource.Replica.
func (r *replica) Ping(ctx context.Context) (time.Duration, error) {
	if r.m == nil {
		return 0, r.gone()
	}
	start := time.Now()
	_, err := r.s.rangeOn(ctx, r.m, &pb.RangeRequest{Key: r.s.readableKey(), CountOnly: true, Serializable: true})
	if err != nil {
		return time.Since(start), r.explain(ctx, "read", 0, err)
	}
	return max(time.Since(start), 1), nil
}

// Close implements etcdsource.Replica.
func (r *replica) Close() error {
	if r.m != nil {
		r.m.close()
	}
	return nil
}
