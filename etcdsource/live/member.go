package live

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// member is one connected endpoint.
type member struct {
	ep     endpoint
	client *clientv3.Client
	kv     pb.KVClient
	lease  pb.LeaseClient
	watch  pb.WatchClient
	maint  pb.MaintenanceClient
	trail  *trail
	said   *answers // what it has answered

	id, cluster uint64
	version     string
	leader      bool
	learner     bool
	hasLeader   bool
	statusErr   error         // Status was refused: an identity that may not ask it
	took        time.Duration // of the first Status
	first       atomic.Pointer[firstStatus]
	beside      []etcdsource.OtherCluster // what choose found to answer, where it is more than one cluster
	indexed     bool                      // keys-only answers come from the index: 3.7 and later

	stream atomic.Int32 // whether RangeStream is there: streamUnknown, streamYes, streamNo
	gone   chan struct{}
	once   sync.Once
}

// firstStatus is the answer that has proved a connection.
type firstStatus struct {
	*pb.StatusResponse
	at time.Time
}

// firstFor is how long that answer is good enough for the first one who asks how the member is.
const firstFor = time.Second

// status returns the member's Status: the first time the one by which it was connected, if that was just now.
func (m *member) status(ctx context.Context) (*pb.StatusResponse, error) {
	if f := m.first.Swap(nil); f != nil && time.Since(f.at) < firstFor {
		return f.StatusResponse, nil
	}
	return m.maint.Status(ctx, &pb.StatusRequest{})
}

// The states of member.stream.
const (
	streamUnknown int32 = iota
	streamYes
	streamNo
)

// kine reports that the server only speaks etcd's protocol: it has no cluster and no members.
func (m *member) kine() bool { return m.statusErr == nil && m.cluster == 0 && m.id == 0 }

// leaderless reports that the member had no leader when it was connected.
func (m *member) leaderless() bool { return !m.hasLeader && !m.kine() }

// tellsQuota reports that the server's Status has the quota of its database: from 3.6 on.
func (m *member) tellsQuota() bool {
	var major, minor int
	n, _ := fmt.Sscanf(m.version, "%d.%d", &major, &minor)
	return n == 2 && (major > 3 || major == 3 && minor >= 6) && !m.kine()
}

func (m *member) name() string {
	if m.id == 0 {
		return m.ep.addr
	}
	return fmt.Sprintf("%s (%x)", m.ep.addr, m.id)
}

// within refuses an answer of so many bytes, at one revision, that is larger than the member's database.
func (m *member) within(ctx context.Context, call string, bytes int64) error {
	return m.said.within(ctx, m.client.ActiveConnection(), call, bytes)
}

func (m *member) close() {
	m.once.Do(func() {
		close(m.gone)
		m.client.Close()
	})
}

// member opens an endpoint and proves the connection by a Status call within the dial timeout.
func (d *dialer) member(ctx, life context.Context, ep endpoint) (*member, error) {
	m, err := d.unproven(life, ep)
	if err != nil {
		return nil, d.openProblem(ctx, ep, m.trail, err)
	}
	if err := d.prove(ctx, m); err != nil {
		m.close()
		return nil, d.openProblem(ctx, ep, m.trail, err)
	}
	return m, nil
}

// unproven returns a member that nothing was asked of yet, except to log in. Where that fails it has no client.
func (d *dialer) unproven(life context.Context, ep endpoint) (*member, error) {
	m := &member{ep: ep, trail: &trail{}, said: &answers{}, gone: make(chan struct{})}
	var err error
	m.client, err = d.connect(life, ep, m.trail, m.said, 0)
	return m, err
}

// prove asks a member for its Status, and notes what that says of it.
func (d *dialer) prove(ctx context.Context, m *member) error {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.DialTimeout)
	defer cancel()
	conn := m.client.ActiveConnection()
	m.lease = pb.NewLeaseClient(conn)
	m.kv, m.watch, m.maint = pb.NewKVClient(conn), pb.NewWatchClient(conn), pb.NewMaintenanceClient(conn)
	start := time.Now()
	st, err := m.maint.Status(ctx, &pb.StatusRequest{})
	m.took = time.Since(start)
	switch {
	case err == nil:
		m.first.Store(&firstStatus{st, time.Now()})
		m.id, m.cluster = st.GetHeader().GetMemberId(), st.GetHeader().GetClusterId()
		m.version, m.learner = st.GetVersion(), st.GetIsLearner()
		m.hasLeader = st.GetLeader() != 0
		m.leader = m.hasLeader && st.GetLeader() == m.id
	case permissionDenied(err):
		m.statusErr, m.hasLeader = err, true
	default:
		return err
	}
	var major, minor int
	n, _ := fmt.Sscanf(m.version, "%d.%d", &major, &minor)
	old := n == 2 && (major < 3 || major == 3 && minor < 7)
	m.indexed = n == 2 && !old
	// With a password etcd's client logs in again for each stream, which costs the server far more than a probe.
	if old || d.cfg.tune.noStream || d.cfg.User != "" {
		m.stream.Store(streamNo)
	}
	return nil
}

// choose connects to all endpoints at once and keeps the one that suits best: a follower that answers quickly.
// Learners are passed over. avoid is tried last. One that hangs is not waited for where another one has answered. The
// error names what is wrong with each endpoint.
func (d *dialer) choose(ctx, life context.Context, eps []endpoint, avoid *member) (*member, error) {
	members, errs := make([]*member, len(eps)), make([]error, len(eps))
	waiting, enough := context.WithCancel(ctx)
	defer enough()
	var wg sync.WaitGroup
	for i, ep := range eps {
		safego(&wg, func(err error) { errs[i] = err }, func() {
			d := d
			if d.strangers {
				d = d.apart()
			}
			if members[i], errs[i] = d.member(waiting, life, ep); errs[i] == nil {
				errs[i] = d.usable(members[i])
			}
			if errs[i] == nil {
				time.AfterFunc(latecomers, enough)
			}
		})
	}
	wg.Wait()
	var best *member
	read := firstCluster(members, errs)
	for i, m := range members {
		switch {
		case m == nil:
		case errs[i] == nil && (read == 0 || m.cluster == 0 || m.cluster == read) && (best == nil || d.better(m, best, avoid)):
			if best != nil {
				best.close()
			}
			best = m
		default:
			m.close()
		}
	}
	if best == nil {
		return nil, together(eps, errs)
	}
	best.beside = clustersOf(best, members)
	return best, nil
}

// firstCluster is the cluster of the first of the addresses, in the order in which they were given, that can be read; 0 where it does not
// say. Where addresses belong to several clusters, this one is read.
func firstCluster(members []*member, errs []error) uint64 {
	for i, m := range members {
		if m != nil && errs[i] == nil {
			return m.cluster
		}
	}
	return 0
}

// latecomers is how long the other members are waited for when one has answered that can be read.
const latecomers = time.Second

func (d *dialer) better(a, b, avoid *member) bool {
	rank := func(m *member) int {
		n := 0
		for i, bad := range []bool{m.leader, avoid != nil && m.ep == avoid.ep, !m.hasLeader, m.learner} {
			if bad {
				n += 1 << i
			}
		}
		return n
	}
	if ra, rb := rank(a), rank(b); ra != rb {
		return ra < rb
	}
	return a.took < b.took
}

// tlsFor returns the TLS configuration maker if any endpoint needs one.
func (c *Config) tlsFor(eps []endpoint) (func(string) *tls.Config, error) {
	for _, ep := range eps {
		if ep.tls {
			return c.tlsConfig()
		}
	}
	return nil, nil
}
