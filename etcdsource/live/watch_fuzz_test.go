package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// sent is a watch whose server has sent these answers and then ends.
type sent struct {
	grpc.BidiStreamingClient[pb.WatchRequest, pb.WatchResponse]
	list   [][]byte
	newest int64 // the newest revision that an answer carried
}

// Recv returns the next answer.
func (s *sent) Recv() (*pb.WatchResponse, error) {
	if len(s.list) == 0 {
		return nil, io.EOF
	}
	r := &pb.WatchResponse{}
	err := proto.Unmarshal(s.list[0], r)
	s.list = s.list[1:]
	s.newest = max(s.newest, r.GetHeader().GetRevision())
	return r, err
}

// at is a server that says where its store is.
type at struct {
	pb.KVClient
	revision int64
}

// Range answers without a key.
func (a at) Range(context.Context, *pb.RangeRequest, ...grpc.CallOption) (*pb.RangeResponse, error) {
	return &pb.RangeResponse{Header: headerOf(a.revision)}, nil
}

func put(key string, create, mod, version int64) *mvccpb.Event {
	return &mvccpb.Event{Kv: pair(key, create, mod, version)}
}

// FuzzWatch: whatever a server sends to a watch, what comes out are whole revisions in order, each once, of keys that
// were asked for, and what is missing is a gap. The watch is opened again where the server breaks the rules.
func FuzzWatch(f *testing.F) {
	x := fuzztest.New(f)
	created := &pb.WatchResponse{Header: headerOf(4), Created: true}
	both := []*mvccpb.Event{put("/a/1", 5, 5, 1), put("/a/2", 3, 6, 2)}
	gone := &mvccpb.Event{Type: mvccpb.Event_DELETE, Kv: &mvccpb.KeyValue{Key: []byte("/a/1"), ModRevision: 6}}
	x.Add(byte(0), int64(5), int64(9), joined(f, created, &pb.WatchResponse{Header: headerOf(6), Events: both}, &pb.WatchResponse{Header: headerOf(8)}))
	x.Add(byte(1), int64(0), int64(9), joined(f, created, &pb.WatchResponse{Header: headerOf(6), Events: append(both, gone)}))
	x.Add(byte(2), int64(5), int64(9), joined(f, created, &pb.WatchResponse{Header: headerOf(7), Fragment: true, Events: both}, &pb.WatchResponse{Header: headerOf(7), Events: []*mvccpb.Event{gone, put("/a/3", 7, 7, 1)}}))
	x.Add(byte(3), int64(2), int64(9), joined(f, created, &pb.WatchResponse{Header: headerOf(9), Canceled: true, CompactRevision: 6}, created, &pb.WatchResponse{Header: headerOf(6), Events: []*mvccpb.Event{gone}}))
	x.Add(byte(4), int64(5), int64(20), joined(f, created, &pb.WatchResponse{Header: headerOf(6), Events: both}, &pb.WatchResponse{Header: headerOf(5), Events: both[:1]}, created, &pb.WatchResponse{Header: headerOf(21), Events: []*mvccpb.Event{put("/a/9", 21, 21, 1)}}))
	x.Fuzz(func(t *testing.T, bits byte, from, head int64, answer []byte) {
		from, head = min(max(from, 0), maxRevision), min(max(head, 1), maxRevision)
		m := &member{id: 8, cluster: 7, version: []string{"3.7.0", "3.5.0", "3.6.4", "3.4.30"}[bits%4], kv: at{revision: head}}
		if bits&8 != 0 {
			m.id, m.cluster = 0, 0
		}
		st := newFuzzStream(from)
		w := &sent{list: messages(answer)}
		for len(w.list) > 0 {
			before := len(w.list)
			err := st.receive(st.ctx, m, w, func() {})
			var broken *etcdsource.ProtocolError
			switch {
			case errors.Is(err, errResume), errors.Is(err, io.EOF):
			case errors.As(err, &broken):
				st.broken = broken.Why
				st.mend(max(head, st.next.Load()-1)) // the next connection begins where the store is
			}
			if err == nil || len(w.list) == before {
				t.Fatalf("the watch ended with %v", err)
			}
		}
		st.queue.Close(nil)
		checkBatches(t, st, m, from, max(w.newest, head))
	})
}

func newFuzzStream(from int64) *stream {
	s := &Source{}
	s.cfg.CommandTimeout, s.cfg.tune.patience = time.Minute, time.Minute
	st := &stream{s: s, span: etcdsource.Span{From: []byte("/a/"), To: []byte("/a0")}, queue: etcdsource.NewQueue(1 << 30)}
	st.ctx, st.cancel = context.Background(), func() {}
	st.next.Store(from)
	st.sure, st.first = max(from-1, 0), from
	return st
}

// checkBatches reads what came out of a watch that was asked for at a revision.
func checkBatches(t *testing.T, st *stream, m *member, from, newest int64) {
	last, upTo, sub := from-1, int64(0), int64(0)
	for {
		b, err := st.Next(context.Background())
		if err != nil {
			return
		}
		if !b.Lost.Empty() && (b.Lost.To < b.Lost.From || b.Lost.Reason == "" || !b.Relist) {
			t.Fatalf("a gap: %+v", b)
		}
		for i, e := range b.Events {
			if sub++; i == 0 || e.Mod != b.Events[i-1].Mod {
				if e.Mod <= last {
					t.Fatalf("revision %d comes behind %d", e.Mod, last)
				}
				sub = 0
			}
			last = e.Mod
			if !st.span.Contains(e.Key) || e.Sub != sub || e.Mod < 1 || !m.kine() && (e.Mod > newest || e.Type != etcdsource.Deleted && (e.Create > e.Mod || e.Version < 1)) {
				t.Fatalf("%+v of %d", e, newest)
			}
			if i > 0 && e.Mod == b.Events[i-1].Mod && bytes.Equal(e.Key, b.Events[i-1].Key) {
				t.Fatalf("%q twice in revision %d", e.Key, e.Mod)
			}
		}
		if b.Revision < upTo || last > b.Revision && len(b.Events) > 0 {
			t.Fatalf("revision %d is said to be reached after %d, with changes up to %d", b.Revision, upTo, last)
		}
		upTo = b.Revision
	}
}
