package live

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// answers is what one connection has answered so far, as far as later answers are held against it.
type answers struct {
	mu      sync.Mutex
	dialled int   // how often the connection was made: a server that was started again may be at an older state
	head    int64 // the newest revision that the quorum has confirmed
	asked   bool  // for the status: kine and dbSize are known
	kine    bool
	dbSize  int64 // the largest that the server has reported
	reads   lastPages
}

// moment is what was known when a request was sent.
type moment struct {
	dialled int
	head    int64
}

func (a *answers) now() moment {
	a.mu.Lock()
	defer a.mu.Unlock()
	return moment{a.dialled, a.head}
}

func (a *answers) isKine() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kine
}

// size returns the largest size of the database that the server has reported, 0 where none.
func (a *answers) size() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dbSize
}

// unary checks every answer that is not streamed.
func (a *answers) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	then := a.now()
	if err := invoke(ctx, method, req, reply, cc, opts...); err != nil {
		return err
	}
	if err := a.check(method[strings.LastIndexByte(method, '/')+1:], req, reply, then); err != nil {
		return err
	}
	q, isRange := req.(*pb.RangeRequest)
	if r, ok := reply.(*pb.RangeResponse); ok && isRange && !a.isKine() {
		return a.read(ctx, cc, pageOf(q, r))
	}
	return nil
}

// check checks an answer to a request that was sent when then was known.
func (a *answers) check(call string, req, reply any, then moment) error {
	r, ok := reply.(interface{ GetHeader() *pb.ResponseHeader })
	if !ok || call == "Authenticate" {
		return nil
	}
	if st, ok := reply.(*pb.StatusResponse); ok {
		a.status(st)
	}
	kine := a.isKine()
	if err := checkHeader(call, r.GetHeader(), kine || call == "MemberList"); err != nil {
		return err
	}
	if r.GetHeader().GetClusterId() == 0 && !kine {
		return broke(call, "sent an answer that names no cluster")
	}
	switch reply := reply.(type) {
	case *pb.RangeResponse:
		q, _ := req.(*pb.RangeRequest)
		if err := checkRange(q, reply, kine); err != nil {
			return err
		}
		if !q.GetSerializable() {
			return a.confirm(call, reply.GetHeader().GetRevision(), then)
		}
	case *pb.StatusResponse:
		return checkStatus(reply)
	case *pb.LeaseTimeToLiveResponse:
		q, _ := req.(*pb.LeaseTimeToLiveRequest)
		return checkLease(q, reply)
	case *pb.MemberListResponse:
		return checkMembers(reply)
	}
	return nil
}

// status takes over what later answers are judged by.
func (a *answers) status(st *pb.StatusResponse) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.asked {
		a.asked, a.kine = true, st.GetHeader().GetClusterId() == 0 && st.GetHeader().GetMemberId() == 0
	}
	a.dbSize = max(a.dbSize, st.GetDbSize())
}

// confirm takes a revision that the quorum has confirmed: it is none that was known to be passed when it was asked
// for. What a member answers alone (a serializable read) may lag, where a proxy keeps it.
func (a *answers) confirm(call string, head int64, then moment) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dialled == then.dialled && head < then.head && !a.kine {
		return broke(call, "went back from revision %d to %d", then.head, head)
	}
	a.head = max(a.head, head)
	return nil
}

// TagRPC, HandleRPC, TagConn and HandleConn make answers a stats handler, which learns of new connections.
func (a *answers) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC does nothing.
func (a *answers) HandleRPC(context.Context, stats.RPCStats) {}

// TagConn does nothing.
func (a *answers) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn forgets what a connection has confirmed when a new one is made.
func (a *answers) HandleConn(_ context.Context, s stats.ConnStats) {
	if _, ok := s.(*stats.ConnBegin); ok {
		a.mu.Lock()
		a.dialled, a.head = a.dialled+1, 0
		a.mu.Unlock()
	}
}

const (
	maxText    = 256  // bytes of a version or of an alarm that are taken
	maxErrors  = 100  // alarms of a member
	maxMembers = 1000 // of a cluster
	maxTTL     = 9e9  // seconds of a lease, etcd's own limit
	maxSize    = 1 << 53
)

func checkStatus(r *pb.StatusResponse) error {
	switch {
	case r.GetDbSize() < 0, r.GetDbSizeInUse() < 0, r.GetDbSize() > maxSize, r.GetDbSizeInUse() > maxSize:
		return broke("Status", "said that its database has %d bytes, %d of them in use", r.GetDbSize(), r.GetDbSizeInUse())
	case !plain(r.GetVersion()), !plain(r.GetStorageVersion()):
		return broke("Status", "named a version that is none")
	case len(r.GetErrors()) > maxErrors:
		return broke("Status", "reported %d errors at once", len(r.GetErrors()))
	}
	return nil
}

// plain reports whether a text may be a version.
func plain(s string) bool {
	return len(s) <= maxText && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func checkLease(q *pb.LeaseTimeToLiveRequest, r *pb.LeaseTimeToLiveResponse) error {
	switch {
	case r.GetID() != q.GetID():
		return broke("LeaseTimeToLive", "answered another lease than the one that was asked for")
	case r.GetTTL() < -1, r.GetTTL() > maxTTL, r.GetGrantedTTL() < 0, r.GetGrantedTTL() > maxTTL:
		return broke("LeaseTimeToLive", "said that a lease of %d seconds has %d left", r.GetGrantedTTL(), r.GetTTL())
	}
	for _, k := range r.GetKeys() {
		if len(k) == 0 {
			return broke("LeaseTimeToLive", "answered an entry without a key")
		}
	}
	return nil
}

func checkMembers(r *pb.MemberListResponse) error {
	seen := map[uint64]bool{}
	for _, m := range r.GetMembers() {
		if seen[m.GetID()] || len(seen) >= maxMembers {
			return broke("MemberList", "listed a member twice, or more than %d", maxMembers)
		}
		seen[m.GetID()] = true
	}
	return nil
}

// pace watches how much a stream brings: at least a KiB a second, in each stretch of patience that is spent waiting for it.
// The slowest of lines carries more; what trickles would keep us for years, also where it began quickly.
type pace struct {
	patience time.Duration
	bytes    int64 // since the stretch began
	waited   time.Duration
}

// add counts bytes that were waited for. The error says that they are too few.
func (p *pace) add(call string, bytes int64, waited time.Duration) error {
	const least = 1 << 10 // bytes a second
	p.bytes += bytes
	if p.waited += waited; p.waited <= p.patience {
		return nil
	}
	n, d := p.bytes, p.waited
	p.bytes, p.waited = 0, 0
	if float64(n) >= least*d.Seconds() {
		return nil
	}
	return errSlow(call, n, d)
}

// errSlow is for a stream that sends, but so little that it would never end.
func errSlow(call string, bytes int64, d time.Duration) error {
	return &etcdsource.ProtocolError{Call: call, Why: fmt.Sprintf("the server sent only %d bytes in %s", bytes, d.Round(time.Second))}
}
