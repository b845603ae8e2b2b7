package live

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const keptRequests = 1000

// requestLog remembers the newest requests of a Source and the sums over all of them.
type requestLog struct {
	mu             sync.Mutex
	ring           []*logged
	next           int
	count          int64
	sent, received atomic.Int64
	keys           atomic.Int64
}

// logged is one request; a stream stays in the log while it runs.
type logged struct {
	start          time.Time
	call, etcdctl  string
	sent, received atomic.Int64
	keys           atomic.Int64
	took           atomic.Int64 // ns; 0 while it runs
	err            atomic.Pointer[string]
	log            *requestLog
}

type loggedKey struct{}

func (l *requestLog) begin(ctx context.Context, method string, req any) (context.Context, *logged) {
	e := &logged{start: time.Now(), call: method[strings.LastIndexByte(method, '/')+1:], log: l}
	e.etcdctl = etcdctlLine(e.call, req)
	l.mu.Lock()
	if len(l.ring) < keptRequests {
		l.ring = append(l.ring, e)
	} else {
		l.ring[l.next] = e
	}
	l.next = (l.next + 1) % keptRequests
	l.count++
	l.mu.Unlock()
	return context.WithValue(ctx, loggedKey{}, e), e
}

func (e *logged) end(err error) {
	e.took.CompareAndSwap(0, max(int64(time.Since(e.start)), 1))
	if err == nil {
		return
	}
	s := plainStatus(err)
	e.err.Store(&s)
}

func (l *requestLog) list() ([]etcdsource.Request, etcdsource.RequestTotals) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]etcdsource.Request, 0, len(l.ring))
	first := 0
	if len(l.ring) == keptRequests {
		first = l.next
	}
	for i := range l.ring {
		e := l.ring[(first+i)%len(l.ring)]
		r := etcdsource.Request{Start: e.start, Took: time.Duration(e.took.Load()), Call: e.call, Etcdctl: e.etcdctl,
			Sent: e.sent.Load(), Received: e.received.Load(), Keys: e.keys.Load()}
		if r.Took == 0 {
			r.Took = time.Since(e.start)
		}
		if s := e.err.Load(); s != nil {
			r.Err = *s
		}
		out = append(out, r)
	}
	return out, l.totals()
}

func (l *requestLog) totals() etcdsource.RequestTotals {
	return etcdsource.RequestTotals{Requests: l.count, Sent: l.sent.Load(), Received: l.received.Load(), Keys: l.keys.Load()}
}

// toll takes a token and logs: the first interceptors before the guard.
type toll struct {
	bucket *bucket
	log    *requestLog
}

func (t toll) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := refuse(method, req); err != nil {
		return err
	}
	if err := t.bucket.take(ctx); err != nil {
		return err
	}
	ctx, e := t.log.begin(ctx, method, req)
	err := invoke(ctx, method, req, reply, cc, opts...)
	e.end(err)
	return err
}

func (t toll) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if err := refuse(method, nil); err != nil {
		return nil, err
	}
	if err := t.bucket.take(ctx); err != nil {
		return nil, err
	}
	ctx, e := t.log.begin(ctx, method, ctx.Value(streamRequestKey{}))
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		e.end(err)
	}
	return s, err
}

// streamRequestKey carries the first message of a stream to the log, which sees only that a stream is opened.
type streamRequestKey struct{}

func withStreamRequest(ctx context.Context, req any) context.Context {
	return context.WithValue(ctx, streamRequestKey{}, req)
}

// meter counts the bytes of each request, and the keys of its answers, as they pass.
type meter struct{ log *requestLog }

func (meter) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (m meter) HandleRPC(ctx context.Context, s stats.RPCStats) {
	e, _ := ctx.Value(loggedKey{}).(*logged)
	if e == nil {
		return
	}
	switch s := s.(type) {
	case *stats.InPayload:
		e.received.Add(int64(s.WireLength))
		m.log.received.Add(int64(s.WireLength))
		keys := rangedBy(s.Payload)
		e.keys.Add(keys)
		m.log.keys.Add(keys)
	case *stats.OutPayload:
		e.sent.Add(int64(s.WireLength))
		m.log.sent.Add(int64(s.WireLength))
	case *stats.End:
		e.end(s.Error)
	}
}

func (meter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (meter) HandleConn(context.Context, stats.ConnStats)                       {}

// rangedBy is how many keys a server went over for an answer, or a part of one: etcd counts all that are in the range of a request.
func rangedBy(answer any) int64 {
	switch r := answer.(type) {
	case *pb.RangeResponse:
		return max(r.GetCount(), 0)
	case *pb.RangeStreamResponse:
		return int64(len(r.GetRangeResponse().GetKvs()))
	}
	return 0
}
