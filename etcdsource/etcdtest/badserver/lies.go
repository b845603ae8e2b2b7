package badserver

import (
	"errors"
	"io"
	"math"
	"strings"
	"sync/atomic"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
)

// Named is a lie of the table.
type Named struct {
	Name string
	// To is what it is told about: open, children, list, range, count, versions, past, window, lease, members, watch,
	// save.
	To string
	// Silent says that it is told by saying nothing, so that only a timeout ends it.
	Silent bool
	// Large says that it sends many megabytes.
	Large bool
	// Make returns the lie; one that counts begins anew.
	Make func() Lie
}

// Before37 is the version of a server that has no RangeStream.
const Before37 = "3.5.21"

// Table returns all lies.
func Table() (all []Named) {
	for _, list := range [][]Named{rangeLies(), streamLies(), smallLies(), watchLies(), orderLies(), snapshotLies()} {
		all = append(all, list...)
	}
	return all
}

// old makes a lie of a server before 3.7 about answers to Range.
func old(name, to string, f func(*pb.RangeRequest, *pb.RangeResponse)) Named {
	return Named{Name: name, To: to, Make: func() Lie {
		return Lie{Version: Before37, NoStream: true, Range: func(q *pb.RangeRequest, r *pb.RangeResponse) error { f(q, r); return nil }}
	}}
}

// keys makes a lie about answers that have keys.
func keys(name, to string, f func(*pb.RangeRequest, *pb.RangeResponse)) Named {
	return old(name, to, func(q *pb.RangeRequest, r *pb.RangeResponse) {
		if len(r.Kvs) > 0 {
			f(q, r)
		}
	})
}

// refusing makes a lie of a server that answers all reads, or those of given revisions, by an error.
func refusing(name, to string, err error, when func(*pb.RangeRequest) bool) Named {
	return Named{Name: name, To: to, Make: func() Lie {
		return Lie{Version: Before37, NoStream: true, Range: func(q *pb.RangeRequest, _ *pb.RangeResponse) error {
			if when(q) {
				return err
			}
			return nil
		}}
	}}
}

func always(*pb.RangeRequest) bool { return true }

func rangeLies() []Named {
	type (
		Q = pb.RangeRequest
		R = pb.RangeResponse
	)
	stray := func(key string) *mvccpb.KeyValue {
		return &mvccpb.KeyValue{Key: []byte(key), CreateRevision: 2, ModRevision: 2, Version: 1}
	}
	return []Named{
		keys("keys behind the range", "children", func(_ *Q, r *R) { r.Kvs[len(r.Kvs)-1] = stray("/zzz") }),
		keys("keys before the range", "children", func(q *Q, r *R) {
			if q.Key[0] > '!' {
				r.Kvs[0] = stray("!")
			}
		}),
		keys("a key shorter than the folder", "children", func(_ *Q, r *R) { r.Kvs[0].Key = []byte("/") }),
		keys("the folder's own name", "children", func(q *Q, r *R) {
			if len(q.RangeEnd) > 1 {
				r.Kvs[0].Key = q.RangeEnd
			}
		}),
		keys("keys out of order", "range", func(_ *Q, r *R) {
			if n := len(r.Kvs); n > 1 {
				r.Kvs[0], r.Kvs[n-1] = r.Kvs[n-1], r.Kvs[0]
			}
		}),
		keys("a key twice", "list", func(_ *Q, r *R) { r.Kvs[len(r.Kvs)-1] = r.Kvs[0] }),
		keys("another key than the one asked for", "versions", func(q *Q, r *R) { r.Kvs[0].Key = []byte("/registry/secrets/a") }),
		keys("an empty entry", "range", func(_ *Q, r *R) { r.Kvs[0] = &mvccpb.KeyValue{} }),
		keys("an entry without a key", "versions", func(_ *Q, r *R) { r.Kvs[0].Key = nil }),
		old("no header", "count", func(_ *Q, r *R) { r.Header = nil }),
		old("head 0", "count", func(_ *Q, r *R) { r.Header.Revision = 0 }),
		old("head negative", "range", func(_ *Q, r *R) { r.Header.Revision = -5 }),
		old("head past every store", "children", func(_ *Q, r *R) { r.Header.Revision = math.MaxInt64 }),
		old("head before the revision asked for", "past", func(q *Q, r *R) {
			if q.Revision > 0 {
				r.Header.Revision = q.Revision - 1
			}
		}),
		{Name: "head that goes back", To: "count", Make: func() Lie {
			var n atomic.Int64
			return Lie{Version: Before37, NoStream: true, Range: func(q *Q, r *R) error { r.Header.Revision -= n.Add(1); return nil }}
		}},
		keys("written after the head", "range", func(_ *Q, r *R) { r.Kvs[0].ModRevision = r.Header.Revision + 7 }),
		keys("written after the revision asked for", "past", func(q *Q, r *R) { r.Kvs[0].ModRevision = max(q.Revision, r.Header.Revision-1) + 1 }),
		keys("written at a negative revision", "versions", func(_ *Q, r *R) { r.Kvs[0].ModRevision = -3 }),
		keys("written before it was created", "range", func(_ *Q, r *R) { r.Kvs[0].CreateRevision = r.Kvs[0].ModRevision + 1 }),
		keys("version 0", "children", func(_ *Q, r *R) { r.Kvs[0].Version = 0 }),
		keys("more versions than revisions", "versions", func(_ *Q, r *R) { r.Kvs[0].Version = 1 << 40 }),
		keys("one version for ever", "versions", func(_ *Q, r *R) {
			if kv := r.Kvs[0]; len(r.Kvs) == 1 && kv.Version > 1 {
				kv.Version = 2
			}
		}),
		{Name: "no version before the newest", To: "versions", Make: func() Lie {
			return Lie{Version: Before37, NoStream: true, Range: func(q *Q, r *R) error {
				if q.Revision > 0 && len(q.RangeEnd) == 0 {
					r.Kvs, r.Count = nil, 0
				}
				return nil
			}}
		}},
		keys("count below the keys", "range", func(_ *Q, r *R) { r.Count = int64(len(r.Kvs)) - 1 }),
		keys("count above the keys", "children", func(_ *Q, r *R) { r.Count += 100 }),
		old("count negative", "count", func(_ *Q, r *R) { r.Count = -1 }),
		old("more, and no keys", "children", func(q *Q, r *R) {
			if q.Limit > 0 {
				r.Kvs, r.More, r.Count = nil, true, 10
			}
		}),
		{Name: "the first page for ever", To: "list", Make: func() Lie {
			var first atomic.Pointer[R]
			return Lie{Version: Before37, NoStream: true, Range: func(q *Q, r *R) error {
				if q.Limit > 1 && len(r.Kvs) > 0 {
					first.CompareAndSwap(nil, r)
					r.Kvs, r.More, r.Count = first.Load().Kvs, true, 1<<40
				}
				return nil
			}}
		}},
		{Name: "keys that never end", To: "list", Make: func() Lie {
			return Lie{Version: Before37, NoStream: true, Range: func(q *Q, r *R) error {
				if q.Limit > 1 {
					r.Kvs, r.More, r.Count = []*mvccpb.KeyValue{{Key: append(q.Key[:len(q.Key):len(q.Key)], 0), CreateRevision: 2, ModRevision: 2, Version: 1}}, true, 1<<40
				}
				return nil
			}}
		}},
		keys("more keys than the limit", "children", func(q *Q, r *R) {
			if q.Limit == 1 {
				r.Kvs = append(r.Kvs, stray(string(r.Kvs[0].Key)+"0"))
				r.Count++
			}
		}),
		keys("values where keys were asked for", "list", func(q *Q, r *R) {
			if q.KeysOnly {
				r.Kvs[0].Value = []byte("secret")
			}
		}),
		old("keys where a count was asked for", "count", func(q *Q, r *R) {
			if q.CountOnly {
				r.Kvs = append(r.Kvs, stray(string(q.Key)))
			}
		}),
		old("another cluster", "range", func(_ *Q, r *R) { r.Header.ClusterId++ }),
		old("no cluster", "range", func(_ *Q, r *R) { r.Header.ClusterId = 0 }),
		large(keys("a value of 100 MB", "range", func(q *Q, r *R) {
			if !q.KeysOnly {
				r.Kvs[0].Value = make([]byte, 100<<20)
			}
		})),
		keys("namespaces of another folder", "children", func(q *Q, r *R) {
			if strings.HasSuffix(string(q.Key), "/namespaces/") {
				r.Kvs[0].Key = []byte("/x")
			}
		}),
		refusing("the newest is compacted", "range", rpctypes.ErrGRPCCompacted, always),
		refusing("the newest is not written yet", "count", rpctypes.ErrGRPCFutureRev, always),
		refusing("the newest is compacted, the window is not", "window", rpctypes.ErrGRPCCompacted, func(q *pb.RangeRequest) bool { return q.Revision == 0 }),
		refusing("an error of a megabyte", "count", status.Error(codes.Internal, strings.Repeat("\x1b]0;x\a", 1<<17)), always),
		{Name: "no answer", To: "range", Silent: true, Make: func() Lie {
			return Lie{Version: Before37, NoStream: true, Range: func(*Q, *R) error { time.Sleep(5 * time.Second); return errors.New("late") }}
		}},
	}
}

// chunk makes a lie about each part of a streamed answer; n counts them from 0.
func chunk(name, to string, f func(n int, req *pb.RangeRequest, r *pb.RangeResponse)) Named {
	return stream(name, to, func(req *pb.RangeRequest, next func() (*pb.RangeStreamResponse, error), send func(*pb.RangeStreamResponse) error) error {
		for n := 0; ; n++ {
			r, err := next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			f(n, req, r.GetRangeResponse())
			if err := send(r); err != nil {
				return err
			}
		}
	})
}

type (
	nextChunk = func() (*pb.RangeStreamResponse, error)
	sendChunk = func(*pb.RangeStreamResponse) error
)

func stream(name, to string, f func(*pb.RangeRequest, nextChunk, sendChunk) error) Named {
	return Named{Name: "stream: " + name, To: to, Make: func() Lie { return Lie{Stream: f} }}
}

// large marks a lie that sends much.
func large(n Named) Named { n.Large = true; return n }

// forever sends what f makes until nobody takes it.
func forever[T any](send func(T) error, f func(n int) T) error {
	for n := 0; ; n++ {
		if err := send(f(n)); err != nil {
			return err
		}
	}
}

func streamLies() []Named {
	part := func(r *pb.RangeResponse) *pb.RangeStreamResponse { return &pb.RangeStreamResponse{RangeResponse: r} }
	kv := func(key string) *mvccpb.KeyValue {
		return &mvccpb.KeyValue{Key: []byte(key), CreateRevision: 2, ModRevision: 2, Version: 1}
	}
	first := func(r *pb.RangeResponse, f func(*mvccpb.KeyValue)) {
		if len(r.GetKvs()) > 0 {
			f(r.Kvs[0])
		}
	}
	return []Named{
		chunk("keys that were not asked for", "children", func(_ int, _ *pb.RangeRequest, r *pb.RangeResponse) {
			first(r, func(kv *mvccpb.KeyValue) { kv.Key = []byte("!") })
		}),
		chunk("an empty entry", "range", func(_ int, _ *pb.RangeRequest, r *pb.RangeResponse) {
			first(r, func(kv *mvccpb.KeyValue) { kv.Key = nil })
		}),
		chunk("values where keys were asked for", "list", func(_ int, q *pb.RangeRequest, r *pb.RangeResponse) {
			if q.KeysOnly {
				first(r, func(kv *mvccpb.KeyValue) { kv.Value = []byte("x") })
			}
		}),
		chunk("written after the revision asked for", "past", func(_ int, q *pb.RangeRequest, r *pb.RangeResponse) {
			first(r, func(kv *mvccpb.KeyValue) { kv.ModRevision = q.Revision + 1 })
		}),
		chunk("version negative", "range", func(_ int, q *pb.RangeRequest, r *pb.RangeResponse) {
			first(r, func(kv *mvccpb.KeyValue) { kv.Version = -1 })
		}),
		chunk("count below the keys", "list", func(_ int, _ *pb.RangeRequest, r *pb.RangeResponse) { r.Count = 1 }),
		chunk("more in the last part", "list", func(_ int, _ *pb.RangeRequest, r *pb.RangeResponse) { r.More = true }),
		chunk("no header at all", "list", func(_ int, _ *pb.RangeRequest, r *pb.RangeResponse) { r.Header = nil }),
		chunk("head before the revision asked for", "list", func(_ int, q *pb.RangeRequest, r *pb.RangeResponse) {
			if r.Header != nil {
				r.Header.Revision = q.Revision - 1
			}
		}),
		chunk("another cluster", "list", func(_ int, _ *pb.RangeRequest, r *pb.RangeResponse) {
			if r.Header != nil {
				r.Header.ClusterId++
			}
		}),
		stream("the last part first", "list", func(_ *pb.RangeRequest, next nextChunk, send sendChunk) error {
			var all []*pb.RangeStreamResponse
			for {
				r, err := next()
				if err != nil {
					break
				}
				all = append(all, r)
			}
			if n := len(all); n > 1 {
				head, last := all[0].RangeResponse, all[n-1].RangeResponse
				head.Header, head.Count = last.Header, int64(len(head.Kvs))
			}
			for _, r := range all {
				if err := send(r); err != nil {
					return err
				}
			}
			return nil
		}),
		chunk("a part without keys", "children", func(n int, q *pb.RangeRequest, r *pb.RangeResponse) {
			if r.Header == nil {
				r.Kvs = nil
			}
		}),
		stream("the first part for ever", "list", func(_ *pb.RangeRequest, next nextChunk, send sendChunk) error {
			r, err := next()
			if err != nil {
				return err
			}
			r.RangeResponse.Header = nil
			return forever(send, func(int) *pb.RangeStreamResponse { return r })
		}),
		stream("empty parts for ever", "children", func(_ *pb.RangeRequest, _ nextChunk, send sendChunk) error {
			return forever(send, func(int) *pb.RangeStreamResponse { return part(&pb.RangeResponse{}) })
		}),
		stream("parts that are none", "range", func(_ *pb.RangeRequest, _ nextChunk, send sendChunk) error {
			return forever(send, func(int) *pb.RangeStreamResponse { return part(nil) })
		}),
		large(stream("keys that never end", "list", func(q *pb.RangeRequest, _ nextChunk, send sendChunk) error {
			key := string(q.Key)
			return forever(send, func(int) *pb.RangeStreamResponse {
				r := &pb.RangeResponse{}
				for range 1000 {
					key = next(key)
					r.Kvs = append(r.Kvs, kv(key))
				}
				return part(r)
			})
		})),
		large(stream("values of 100 MB", "range", func(q *pb.RangeRequest, _ nextChunk, send sendChunk) error {
			big := kv(next(string(q.Key)))
			big.Value = make([]byte, 100<<20)
			return send(part(&pb.RangeResponse{Kvs: []*mvccpb.KeyValue{big}}))
		})),
		{Name: "stream: silence in the middle", To: "list", Silent: true, Make: func() Lie {
			return Lie{Stream: func(_ *pb.RangeRequest, next func() (*pb.RangeStreamResponse, error), send func(*pb.RangeStreamResponse) error) error {
				r, err := next()
				if err == nil {
					r.RangeResponse.Header = nil
					err = send(r)
				}
				time.Sleep(5 * time.Second)
				return err
			}}
		}},
	}
}

// next returns a key of a bounded length behind a key, within the same folder.
func next(key string) string {
	b := []byte(key)
	if len(b) < 40 {
		return key + "0"
	}
	for i := len(b) - 1; i > 0; i-- {
		if b[i] < 'z' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return key + "0"
}

// smallLies are about what is small: status, leases, members.
func smallLies() []Named {
	st := func(name string, f func(*pb.StatusResponse)) Named {
		return Named{Name: "status: " + name, To: "open", Make: func() Lie { return Lie{Status: f} }}
	}
	lease := func(name string, f func(*pb.LeaseTimeToLiveResponse)) Named {
		return Named{Name: "lease: " + name, To: "lease", Make: func() Lie { return Lie{Lease: f} }}
	}
	list := func(name string, f func(*pb.MemberListResponse)) Named {
		return Named{Name: "members: " + name, To: "members", Make: func() Lie { return Lie{Members: f} }}
	}
	return []Named{
		st("no header", func(r *pb.StatusResponse) { r.Header = nil }),
		st("head negative", func(r *pb.StatusResponse) { r.Header.Revision = -1 }),
		st("size negative", func(r *pb.StatusResponse) { r.DbSize = -1 }),
		st("in use negative", func(r *pb.StatusResponse) { r.DbSizeInUse = math.MinInt64 }),
		st("a version that writes to the terminal", func(r *pb.StatusResponse) { r.Version = "3.7.3\x1b[2J" }),
		st("a version of a megabyte", func(r *pb.StatusResponse) { r.Version = strings.Repeat("3", 1<<20) }),
		st("alarms without end", func(r *pb.StatusResponse) { r.Errors = make([]string, 100000) }),
		lease("another one", func(r *pb.LeaseTimeToLiveResponse) { r.ID++ }),
		lease("left negative", func(r *pb.LeaseTimeToLiveResponse) { r.TTL = -100 }),
		lease("left for ever", func(r *pb.LeaseTimeToLiveResponse) { r.TTL = math.MaxInt64 }),
		lease("empty keys", func(r *pb.LeaseTimeToLiveResponse) { r.Keys = make([][]byte, 3) }),
		lease("no header", func(r *pb.LeaseTimeToLiveResponse) { r.Header = nil }),
		list("one twice", func(r *pb.MemberListResponse) { r.Members = append(r.Members, r.Members[0]) }),
		list("ten thousand", func(r *pb.MemberListResponse) {
			for i := range uint64(10000) {
				r.Members = append(r.Members, &pb.Member{ID: i})
			}
		}),
		list("no header", func(r *pb.MemberListResponse) { r.Header = nil }),
	}
}
