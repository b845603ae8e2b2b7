package live

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// reads are the RPCs of etcd that change nothing with any argument. Everything else that etcd's descriptors name must
// be refused, at least with some arguments.
var reads = []string{"KV/Range", "KV/RangeStream", "Watch/Watch", "Lease/LeaseTimeToLive", "Lease/LeaseLeases", "Cluster/MemberList",
	"Maintenance/Status", "Maintenance/Hash", "Maintenance/HashKV", "Maintenance/Snapshot", "Auth/Authenticate", "Auth/AuthStatus", "Auth/UserGet", "Auth/RoleGet"}

// recordingServer is a server that answers nothing and remembers what reached it.
type recordingServer struct {
	mu   sync.Mutex
	seen []string
}

func (w *recordingServer) handle(_ any, s grpc.ServerStream) error {
	name, _ := grpc.MethodFromServerStream(s)
	w.mu.Lock()
	w.seen = append(w.seen, name)
	w.mu.Unlock()
	return status.Error(codes.Unimplemented, "recording server")
}

func (w *recordingServer) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.seen = nil }()
	return w.seen
}

// conn returns a connection of a Source to a recordingServer.
func (w *recordingServer) conn(t *testing.T) *grpc.ClientConn {
	path := filepath.Join(etcdtest.Dir(t), "s")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer(grpc.UnknownServiceHandler(w.handle))
	go srv.Serve(lis)
	t.Cleanup(srv.Stop)
	d := &dialer{cfg: Config{}.withDefaults(), toll: toll{newBucket(-1), &requestLog{}}, log: zap.NewNop()}
	client, err := d.connect(context.Background(), endpoint{network: "unix", addr: path}, &trail{}, &answers{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client.ActiveConnection()
}

// methods returns all RPCs of etcd's services, from the descriptors that the client library carries.
func methods(t *testing.T) []protoreflect.MethodDescriptor {
	t.Helper()
	var out []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.Contains(string(f.Package()), "etcdserverpb") {
			return true
		}
		for i := range f.Services().Len() {
			ms := f.Services().Get(i).Methods()
			for j := range ms.Len() {
				out = append(out, ms.Get(j))
			}
		}
		return true
	})
	if len(out) < 40 {
		t.Fatalf("only %d methods in the descriptors", len(out))
	}
	return out
}

// call sends an RPC by its name, as a unary call or as a stream.
func call(t *testing.T, conn *grpc.ClientConn, m protoreflect.MethodDescriptor, req proto.Message, stream bool) error {
	t.Helper()
	ctx := etcdtest.Within(t, 5e9)
	name := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	reply := dynamicpb.NewMessage(m.Output())
	if !stream {
		return conn.Invoke(ctx, name, req, reply)
	}
	s, err := conn.NewStream(metadata.AppendToOutgoingContext(ctx), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, name)
	if err != nil {
		return err
	}
	// A server that has answered already ends the stream: io.EOF here, and RecvMsg returns why.
	if err := s.SendMsg(req); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return s.RecvMsg(reply)
}

func TestMutatingRequestsNeverLeave(t *testing.T) {
	w := &recordingServer{}
	conn := w.conn(t)
	for _, m := range methods(t) {
		short := string(m.Parent().Name()) + "/" + string(m.Name())
		passes := slices.Contains(reads, short)
		for _, stream := range []bool{false, true} {
			err := call(t, conn, m, dynamicpb.NewMessage(m.Input()), stream)
			seen := w.take()
			switch {
			case passes && (len(seen) != 1 || status.Code(err) != codes.Unimplemented):
				t.Errorf("%s (stream %v) did not reach the server: %v", short, stream, err)
			case !passes && (len(seen) != 0 || status.Code(err) != codes.PermissionDenied):
				t.Errorf("%s (stream %v) left: %v, server saw %v", short, stream, err, seen)
			}
		}
	}
}

func TestRequestsAreJudgedByContent(t *testing.T) {
	put := &pb.RequestOp{Request: &pb.RequestOp_RequestPut{RequestPut: &pb.PutRequest{Key: []byte("k")}}}
	del := &pb.RequestOp{Request: &pb.RequestOp_RequestDeleteRange{RequestDeleteRange: &pb.DeleteRangeRequest{Key: []byte("k")}}}
	get := &pb.RequestOp{Request: &pb.RequestOp_RequestRange{RequestRange: &pb.RangeRequest{Key: []byte("k")}}}
	nested := func(op *pb.RequestOp) *pb.RequestOp {
		return &pb.RequestOp{Request: &pb.RequestOp_RequestTxn{RequestTxn: &pb.TxnRequest{Failure: []*pb.RequestOp{op}}}}
	}
	txn := pb.KV_Txn_FullMethodName
	for _, c := range []struct {
		name, method string
		req          any
		ok           bool
	}{
		{"read", txn, &pb.TxnRequest{Success: []*pb.RequestOp{get}, Failure: []*pb.RequestOp{nested(get)}}, true},
		{"put", txn, &pb.TxnRequest{Success: []*pb.RequestOp{get, put}}, false},
		{"delete if not", txn, &pb.TxnRequest{Failure: []*pb.RequestOp{del}}, false},
		{"nested put", txn, &pb.TxnRequest{Success: []*pb.RequestOp{nested(put)}}, false},
		{"empty operation", txn, &pb.TxnRequest{Success: []*pb.RequestOp{{}}}, false},
		{"not a transaction", txn, put, false},
		{"list alarms", pb.Maintenance_Alarm_FullMethodName, &pb.AlarmRequest{Action: pb.AlarmRequest_GET}, true},
		{"raise an alarm", pb.Maintenance_Alarm_FullMethodName, &pb.AlarmRequest{Action: pb.AlarmRequest_ACTIVATE}, false},
		{"disarm", pb.Maintenance_Alarm_FullMethodName, &pb.AlarmRequest{Action: pb.AlarmRequest_DEACTIVATE}, false},
		{"another service", "/v3electionpb.Election/Campaign", nil, false},
		{"nonsense", "", nil, false},
	} {
		if err := refuse(c.method, c.req); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestNothingIsWrittenByASource(t *testing.T) {
	srv := newServer(t)
	rev := srv.Put("/a/b", "/a/c")
	src := srv.open()
	m, err := src.member()
	if err != nil {
		t.Fatal(err)
	}
	ctx := etcdtest.Within(t, 5e9)
	if _, err := m.client.Put(ctx, "/a/b", "changed"); status.Code(err) != codes.PermissionDenied && !strings.Contains(err.Error(), "only reads") {
		t.Errorf("put: %v", err)
	}
	if _, err := m.client.Grant(ctx, 10); err == nil {
		t.Error("a lease was granted")
	}
	if _, err := m.client.Compact(ctx, rev); err == nil {
		t.Error("a compaction went through")
	}
	if info, err := src.Describe(ctx); err != nil || info.Revision != rev {
		t.Errorf("revision %d, want %d: %v", info.Revision, rev, err)
	}
	list, totals := src.Requests()
	if totals.Writes != 0 || len(list) == 0 || totals.Received == 0 {
		t.Errorf("requests %v, totals %+v", list, totals)
	}
	for _, r := range list {
		if r.Call == "Put" || strings.Contains(r.Etcdctl, "changed") {
			t.Errorf("logged %+v", r)
		}
	}
}
