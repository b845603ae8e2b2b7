package live

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// link is a connection to one member, which is asked for nothing else.
type link struct {
	ep      endpoint
	made    time.Time
	mu      sync.Mutex // guards m
	m       *member    // nil until it is connected
	scraper scraper
}

// close ends the connection.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m != nil {
		l.m.close()
		l.m = nil
	}
	l.scraper.close()
}

// connect makes the connection, where there is none.
func (l *link) connect(s *Source) (*member, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m != nil {
		return l.m, nil
	}
	d := *s.dial
	d.cfg.DialTimeout = min(d.cfg.DialTimeout, s.probeTimeout()) // for which a login is waited
	d.id = &identity{}
	d.id.cluster.Store(s.dial.id.cluster.Load())
	m, err := d.unproven(s.life, l.ep)
	if err != nil {
		return m, err
	}
	conn := m.client.ActiveConnection()
	m.kv, m.maint = pb.NewKVClient(conn), pb.NewMaintenanceClient(conn)
	l.m = m
	return m, nil
}

// reply is what came of asking one address.
type reply struct {
	ep      endpoint
	id      uint64 // of the member, 0 where it did not say
	dead    bool   // the connection is of no use any more
	denied  bool
	beside  bool // only this node's files name the address
	fault   string
	foreign bool          // another cluster answers
	other   *otherCluster // which one; nil where it is not known
	refusal string        // what to do where TLS fails, "" elsewhere
	status  *pb.StatusResponse
	settled bool // a second Status said the same
	list    []*pb.Member
	read    etcdsource.MemberRead
	certs   []etcdsource.Certificate
	metrics *etcdsource.Metrics
	clock   *etcdsource.ClockReading
}

// better reports whether a member's list is likelier to be the newest one: of a member that has a leader, then of the
// one that has applied more.
func (r *reply) better(than *reply) bool {
	a, b := r.status, than.status
	if (a.GetLeader() != 0) != (b.GetLeader() != 0) {
		return a.GetLeader() != 0
	}
	return a.GetRaftAppliedIndex() > b.GetRaftAppliedIndex()
}

// ask asks a member how it is. listed is called when it has sent its member list.
func (l *link) ask(ctx context.Context, s *Source, r *reply, listed func()) {
	ctx, cancel := context.WithTimeout(ctx, s.probeTimeout())
	defer cancel()
	m, err := l.connect(s)
	if err != nil {
		r.failed(ctx, s, m, err)
		return
	}
	var from peer.Peer
	st, err := m.maint.Status(ctx, &pb.StatusRequest{}, grpc.Peer(&from))
	r.certs = serverCertificates(from.AuthInfo)
	switch {
	case err == nil:
		r.status, r.id = st, st.GetHeader().GetMemberId()
	case permissionDenied(err), s.dial.explainUser(&etcdsource.Problem{}, err):
		r.denied, r.fault = true, plainStatus(err)
	default:
		r.failed(ctx, s, m, err)
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	safego(&wg, nil, func() { r.metrics, r.clock = l.scraper.scrape(ctx, s.dial, l.ep) })
	got, err := pb.NewClusterClient(m.client.ActiveConnection()).MemberList(ctx, &pb.MemberListRequest{})
	if err == nil {
		r.list = reachable(got.GetMembers())
		if r.id == 0 {
			r.id = got.GetHeader().GetMemberId()
		}
		listed()
	}
	r.measure(ctx, s, m)
}

// measure reads one key, or none, through the quorum.
func (r *reply) measure(ctx context.Context, s *Source, m *member) {
	if r.status != nil && r.status.GetLeader() == 0 {
		r.read.Fault = "no leader"
		return
	}
	req := &pb.RangeRequest{Key: s.readableKey(), CountOnly: true, Serializable: r.status.GetIsLearner()}
	start := time.Now()
	_, err := m.kv.Range(ctx, req)
	switch r.read.Took = time.Since(start); {
	case err == nil, permissionDenied(err): // as etcdctl endpoint health: it was answered by the quorum
	case code(err) == codes.DeadlineExceeded:
		r.read.Fault = fmt.Sprintf("a read is not answered within %s", r.read.Took.Round(100*time.Millisecond))
	default:
		r.read.Fault = plainStatus(err)
	}
}

// failed says why a member did not answer.
func (r *reply) failed(ctx context.Context, s *Source, m *member, err error) {
	r.dead = true
	p := &etcdsource.Problem{}
	switch {
	case errors.Is(err, etcdsource.ErrReplaced):
		r.fault, r.foreign = "another cluster answers at its address", true
		_ = errors.As(err, &r.other)
		return
	case m == nil:
		r.fault = plainStatus(err)
		return
	case s.dial.explainLeader(p, err), s.dial.explainUser(p, err):
		r.fault = p.Why
		return
	}
	if _, cause := m.trail.get(); cause != nil {
		var invalid x509.CertificateInvalidError
		if errors.As(cause, &invalid) && invalid.Cert != nil {
			r.certs = []etcdsource.Certificate{certificateOf(invalid.Cert)}
		}
	}
	if code(err) == codes.DeadlineExceeded {
		if _, cause := m.trail.get(); cause == nil {
			r.fault = fmt.Sprintf("no answer within %s", s.probeTimeout())
			return
		}
	}
	if r.fault, r.refusal = s.dial.handshakeFails(ctx, m, err); r.refusal == "" {
		r.fault = s.why(m, err)
	}
}

// row is the reply as a row for a member of the list.
func (r *reply) row(m *pb.Member) etcdsource.Member {
	row := etcdsource.Member{ID: m.GetID(), Name: m.GetName(), PeerURLs: m.GetPeerURLs(), ClientURLs: m.GetClientURLs(), Learner: m.GetIsLearner(),
		Endpoint: r.ep.text, Answered: r.status != nil || r.denied, Denied: r.denied, Fault: r.fault, Refusal: r.refusal, Foreign: r.foreign, Read: r.read, Certificates: r.certs, Metrics: r.metrics, Clock: r.clock}
	if r.status != nil {
		row.Status, row.Settled = memberStatus(r.status), r.settled
		row.Learner = row.Learner || r.status.GetIsLearner()
	}
	return row
}

func memberStatus(st *pb.StatusResponse) etcdsource.MemberStatus {
	out := etcdsource.MemberStatus{Version: st.GetVersion(), Storage: st.GetStorageVersion(), DBSize: st.GetDbSize(), DBInUse: -1, Quota: -1,
		Leader: st.GetLeader(), Term: st.GetRaftTerm(), Index: st.GetRaftIndex(), Applied: st.GetRaftAppliedIndex(),
		Revision: st.GetHeader().GetRevision(), Alarms: alarmList(st.GetErrors())}
	if n := st.GetDbSizeInUse(); n > 0 {
		out.DBInUse = n
	}
	if n := st.GetDbSizeQuota(); n > 0 {
		out.Quota = n
	} else if n == 0 && (&member{id: 1, version: out.Version}).tellsQuota() {
		out.Quota = defaultQuota
	}
	if d := st.GetDowngradeInfo(); d.GetEnabled() && plain(d.GetTargetVersion()) {
		out.Downgrade = d.GetTargetVersion()
	}
	return out
}

// alarmOf is an alarm among the errors of a Status. Asking for alarms by their own call would be an entry of the raft
// log, and hangs without a quorum.
var alarmOf = regexp.MustCompile(`memberID:\s*(\d+)\s+alarm:\s*([A-Z]+)`)

func alarmList(errs []string) (out []etcdsource.Alarm) {
	for _, e := range errs {
		if m := alarmOf.FindStringSubmatch(e); m != nil {
			id, _ := strconv.ParseUint(m[1], 10, 64)
			out = append(out, etcdsource.Alarm{Member: id, Name: m[2]})
		}
	}
	return out
}

// serverCertificates are those that a handshake has shown: the server's, and the CA that it leads to.
func serverCertificates(info credentials.AuthInfo) (out []etcdsource.Certificate) {
	t, ok := info.(credentials.TLSInfo)
	if !ok || len(t.State.PeerCertificates) == 0 {
		return nil
	}
	out = append(out, certificateOf(t.State.PeerCertificates[0]))
	if chains := t.State.VerifiedChains; len(chains) > 0 && len(chains[0]) > 1 {
		out = append(out, certificateOf(chains[0][len(chains[0])-1]))
	}
	return out
}

func certificateOf(c *x509.Certificate) etcdsource.Certificate {
	of := "server"
	if c.IsCA {
		of = "ca"
	}
	return etcdsource.Certificate{Of: of, Subject: c.Subject.String(), NotAfter: c.NotAfter}
}

// certificates are the client's own: the one that it shows, and the CAs that it trusts.
func (c *Config) certificates() (out []etcdsource.Certificate) {
	if leaf := c.leaf(); leaf != nil {
		out = append(out, etcdsource.Certificate{Of: "client", Subject: leaf.Subject.String(), File: c.Cert, NotAfter: leaf.NotAfter})
	}
	for _, ca := range c.trusted() {
		out = append(out, etcdsource.Certificate{Of: "ca", Subject: ca.Subject.String(), File: c.CACert, NotAfter: ca.NotAfter})
	}
	return out
}

// handshakeFails says why TLS with a member that takes connections fails, and what to do; "" where it is not TLS.
func (d *dialer) handshakeFails(ctx context.Context, m *member, err error) (why, do string) {
	p := &etcdsource.Problem{}
	stage, cause := m.trail.get()
	if stage == "dial" || explainBroken(p, err) {
		return "", ""
	}
	if m.ep.tls && silent(cause) {
		if again := d.readOnce(ctx, m.ep); again != nil {
			cause = again
		}
	}
	var of *etcdsource.Problem
	switch {
	case errors.As(cause, &of): // of a file that is read at each handshake
		return of.Tried + ": " + of.Why, cmp.Or(of.Do, "give other files")
	case cause != nil && explainSocket(p, m.ep, cause):
		return "", ""
	case cause != nil && (d.explainCertificate(p, m.ep, cause) || d.explainAlert(p, m.ep, cause)):
		return p.Why, p.Do
	case !silent(cause) && cause != nil && !isTLS(cause):
		return "", ""
	case d.explainSpeaker(ctx, p, m.ep) && (p.Why == noTLS || p.Why == noPlain):
		return p.Why, p.Do
	}
	return "", ""
}

// isTLS reports whether an error is that of a server which does not speak TLS.
func isTLS(err error) bool {
	return errors.As(err, new(tls.RecordHeaderError)) || strings.Contains(err.Error(), "first record does not look like a TLS handshake")
}
