package badserver

import (
	"errors"
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
	// To is what it is about: open, children, list, range, count, versions, past, window, lease, members, watch,
	// save.
	To string
	// Silent says that the lie is to say nothing, so that only a timeout ends it.
	Silent bool
	// Large says that it sends many megabytes.
	Large bool
	// Make returns the lie; one that counts begins again.
	Make func() Lie
}

// Before37 is the version of a server that has no RangeStream.
const Before37 = "3.5.21"

// Table returns all lies.
func Table() (all []Named) {
	for _, list := range [][]Named{keyLies(), headLies(), countLies(), contentLies(), chunkLies(), streamLies(), smallLies(), watchLies(), fragmentLies(), orderLies(), announcementLies(), snapshotLies()} {
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

type (
	rangeQuery  = pb.RangeRequest
	rangeAnswer = pb.RangeResponse
)

// stray is an entry that etcd does not hold.
func stray(key string) *mvccpb.KeyValue {
	return &mvccpb.KeyValue{Key: []byte(key), CreateRevision: 2, ModRevision: 2, Version: 1}
}

// keyLies are about the keys of a range.
func keyLies() []Named {
	return []Named{
		keys("keys behind the range", "children", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[len(r.Kvs)-1] = stray("/zzz") }),
		keys("keys before the range", "children", func(q *rangeQuery, r *rangeAnswer) {
			if q.Key[0] > '!' {
				r.Kvs[0] = stray("!")
			}
		}),
		keys("a key shorter than the folder", "children", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].Key = []byte("/") }),
		keys("the folder's own name", "children", func(q *rangeQuery, r *rangeAnswer) {
			if len(q.RangeEnd) > 1 {
				r.Kvs[0].Key = q.RangeEnd
			}
		}),
		keys("keys out of order", "range", func(_ *rangeQuery, r *rangeAnswer) {
			if n := len(r.Kvs); n > 1 {
				r.Kvs[0], r.Kvs[n-1] = r.Kvs[n-1], r.Kvs[0]
			}
		}),
		keys("a key twice", "list", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[len(r.Kvs)-1] = r.Kvs[0] }),
		keys("another key than the one asked for", "versions", func(q *rangeQuery, r *rangeAnswer) { r.Kvs[0].Key = []byte("/registry/secrets/a") }),
		keys("an empty entry", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0] = &mvccpb.KeyValue{} }),
		keys("an entry without a key", "versions", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].Key = nil }),
	}
}

// headLies are about the head, and the revisions of entries.
func headLies() []Named {
	return []Named{
		old("no header", "count", func(_ *rangeQuery, r *rangeAnswer) { r.Header = nil }),
		old("head 0", "count", func(_ *rangeQuery, r *rangeAnswer) { r.Header.Revision = 0 }),
		old("head negative", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Header.Revision = -5 }),
		old("head past every store", "children", func(_ *rangeQuery, r *rangeAnswer) { r.Header.Revision = math.MaxInt64 }),
		old("head before the revision asked for", "past", func(q *rangeQuery, r *rangeAnswer) {
			if q.Revision > 0 {
				r.Header.Revision = q.Revision - 1
			}
		}),
		{Name: "head that goes back", To: "count", Make: func() Lie {
			var n atomic.Int64
			return Lie{Version: Before37, NoStream: true, Range: func(q *rangeQuery, r *rangeAnswer) error { r.Header.Revision -= n.Add(1); return nil }}
		}},
		keys("written after the head", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].ModRevision = r.Header.Revision + 7 }),
		keys("written after the revision asked for", "past", func(q *rangeQuery, r *rangeAnswer) { r.Kvs[0].ModRevision = max(q.Revision, r.Header.Revision-1) + 1 }),
		keys("written at a negative revision", "versions", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].ModRevision = -3 }),
		keys("written before it was created", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].CreateRevision = r.Kvs[0].ModRevision + 1 }),
		keys("version 0", "children", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].Version = 0 }),
		keys("more versions than revisions", "versions", func(_ *rangeQuery, r *rangeAnswer) { r.Kvs[0].Version = 1 << 40 }),
		keys("one version for ever", "versions", func(_ *rangeQuery, r *rangeAnswer) {
			if kv := r.Kvs[0]; len(r.Kvs) == 1 && kv.Version > 1 {
				kv.Version = 2
			}
		}),
		{Name: "no version before the newest", To: "versions", Make: func() Lie {
			return Lie{Version: Before37, NoStream: true, Range: func(q *rangeQuery, r *rangeAnswer) error {
				if q.Revision > 0 && len(q.RangeEnd) == 0 {
					r.Kvs, r.Count = nil, 0
				}
				return nil
			}}
		}},
	}
}

// countLies are about counts and pages.
func countLies() []Named {
	return []Named{
		keys("count below the keys", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Count = int64(len(r.Kvs)) - 1 }),
		keys("count above the keys", "children", func(_ *rangeQuery, r *rangeAnswer) { r.Count += 100 }),
		old("count negative", "count", func(_ *rangeQuery, r *rangeAnswer) { r.Count = -1 }),
		old("more, and no keys", "children", func(q *rangeQuery, r *rangeAnswer) {
			if q.Limit > 0 {
				r.Kvs, r.More, r.Count = nil, true, 10
			}
		}),
		{Name: "the first page for ever", To: "list", Make: func() Lie {
			var first atomic.Pointer[rangeAnswer]
			return Lie{Version: Before37, NoStream: true, Range: func(q *rangeQuery, r *rangeAnswer) error {
				if q.Limit > 1 && len(r.Kvs) > 0 {
					first.CompareAndSwap(nil, r)
					r.Kvs, r.More, r.Count = first.Load().Kvs, true, 1<<40
				}
				return nil
			}}
		}},
		{Name: "keys that never end", To: "list", Make: func() Lie {
			return Lie{Version: Before37, NoStream: true, Range: func(q *rangeQuery, r *rangeAnswer) error {
				if q.Limit > 1 {
					r.Kvs, r.More, r.Count = []*mvccpb.KeyValue{{Key: append(q.Key[:len(q.Key):len(q.Key)], 0), CreateRevision: 2, ModRevision: 2, Version: 1}}, true, 1<<40
				}
				return nil
			}}
		}},
	}
}

// contentLies are about what is in an answer, and answers that are none.
func contentLies() []Named {
	return []Named{
		keys("more keys than the limit", "children", func(q *rangeQuery, r *rangeAnswer) {
			if q.Limit == 1 {
				r.Kvs = append(r.Kvs, stray(string(r.Kvs[0].Key)+"0"))
				r.Count++
			}
		}),
		keys("values where keys were asked for", "list", func(q *rangeQuery, r *rangeAnswer) {
			if q.KeysOnly {
				r.Kvs[0].Value = []byte("secret")
			}
		}),
		old("keys where a count was asked for", "count", func(q *rangeQuery, r *rangeAnswer) {
			if q.CountOnly {
				r.Kvs = append(r.Kvs, stray(string(q.Key)))
			}
		}),
		old("another cluster", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Header.ClusterId++ }),
		old("no cluster", "range", func(_ *rangeQuery, r *rangeAnswer) { r.Header.ClusterId = 0 }),
		large(keys("a value of 100 MB", "range", func(q *rangeQuery, r *rangeAnswer) {
			if !q.KeysOnly {
				r.Kvs[0].Value = make([]byte, 100<<20)
			}
		})),
		keys("namespaces of another folder", "children", func(q *rangeQuery, r *rangeAnswer) {
			if strings.HasSuffix(string(q.Key), "/namespaces/") {
				r.Kvs[0].Key = []byte("/x")
			}
		}),
		refusing("the newest is compacted", "range", rpctypes.ErrGRPCCompacted, always),
		refusing("the newest is not written yet", "count", rpctypes.ErrGRPCFutureRev, always),
		refusing("the newest is compacted, the window is not", "window", rpctypes.ErrGRPCCompacted, func(q *pb.RangeRequest) bool { return q.Revision == 0 }),
		refusing("an error of a megabyte", "count", status.Error(codes.Internal, strings.Repeat("\x1b]0;x\a", 1<<17)), always),
		{Name: "no answer", To: "range", Silent: true, Make: func() Lie {
			return Lie{Version: Before37, NoStream: true, Range: func(*rangeQuery, *rangeAnswer) error { time.Sleep(5 * time.Second); return errors.New("late") }}
		}},
	}
}
