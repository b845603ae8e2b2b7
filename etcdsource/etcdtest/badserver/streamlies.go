package badserver

import (
	"errors"
	"io"
	"math"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

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

// forever sends what f returns until sending fails.
func forever[T any](send func(T) error, f func(n int) T) error {
	for n := 0; ; n++ {
		if err := send(f(n)); err != nil {
			return err
		}
	}
}

// chunkLies are about the parts of a streamed answer.
func chunkLies() []Named {
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
		chunk("a part without keys", "children", func(n int, q *pb.RangeRequest, r *pb.RangeResponse) {
			if r.Header == nil {
				r.Kvs = nil
			}
		}),
	}
}

// lastFirst sends what the last part says of the answer with the first one.
func lastFirst(_ *pb.RangeRequest, next nextChunk, send sendChunk) error {
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
}

// streamLies are about the order and the end of a streamed answer.
func streamLies() []Named {
	part := func(r *pb.RangeResponse) *pb.RangeStreamResponse { return &pb.RangeStreamResponse{RangeResponse: r} }
	return []Named{
		stream("the last part first", "list", lastFirst),
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
					r.Kvs = append(r.Kvs, stray(key))
				}
				return part(r)
			})
		})),
		large(stream("values of 100 MB", "range", func(q *pb.RangeRequest, _ nextChunk, send sendChunk) error {
			big := stray(next(string(q.Key)))
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
