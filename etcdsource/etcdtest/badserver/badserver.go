// Package badserver is a proxy in front of a real etcd, and lies.
//
//	what is tested ─► Server ─► etcd
//	                    └─ Lie: one way in which the answers are not those of etcd
//
// What always holds: it speaks gRPC as etcd does, and a Server whose Lie is empty answers exactly what etcd answers. A lie
// changes what etcd said, or answers in its place. Nothing that is written passes it.
package badserver

import (
	"context"
	"net"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Lie is what a server does instead of telling the truth. A nil function changes nothing. Functions are called from
// several goroutines.
type Lie struct {
	// Version is reported instead of etcd's own: one before 3.7 has no RangeStream.
	Version string
	// NoStream answers RangeStream as a server before 3.7 does.
	NoStream bool

	Range   func(*pb.RangeRequest, *pb.RangeResponse) error
	Status  func(*pb.StatusResponse)
	Lease   func(*pb.LeaseTimeToLiveResponse)
	Members func(*pb.MemberListResponse)
	// Stream, Watch and Snapshot answer in etcd's place; next returns what etcd sends next, and send sends it.
	Stream   func(req *pb.RangeRequest, next func() (*pb.RangeStreamResponse, error), send func(*pb.RangeStreamResponse) error) error
	Snapshot func(next func() (*pb.SnapshotResponse, error), send func(*pb.SnapshotResponse) error) error
	Watch    func(w *Watch) error
}

// Watch is a watch that was asked for.
type Watch struct {
	Create *pb.WatchCreateRequest
	Ctx    context.Context // ends with the watch
	// Next returns what etcd sends next.
	Next func() (*pb.WatchResponse, error)
	Send func(*pb.WatchResponse) error
}

// Server is a bad server.
type Server struct {
	lie  Lie
	grpc *grpc.Server
	conn *grpc.ClientConn

	kv      pb.KVClient
	watch   pb.WatchClient
	maint   pb.MaintenanceClient
	lease   pb.LeaseClient
	cluster pb.ClusterClient
}

// Serve lies on lis about the etcd at target, in gRPC's notation (unix:…, host:port), until it is stopped.
func Serve(lis net.Listener, target string, lie Lie) (*Server, error) {
	const most = 1 << 30
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(most)))
	if err != nil {
		return nil, err
	}
	s := &Server{lie: lie, conn: conn, grpc: grpc.NewServer(grpc.MaxSendMsgSize(most), grpc.WaitForHandlers(true)),
		kv: pb.NewKVClient(conn), watch: pb.NewWatchClient(conn), maint: pb.NewMaintenanceClient(conn),
		lease: pb.NewLeaseClient(conn), cluster: pb.NewClusterClient(conn)}
	pb.RegisterKVServer(s.grpc, kv{s: s})
	pb.RegisterWatchServer(s.grpc, watch{s: s})
	pb.RegisterMaintenanceServer(s.grpc, maintenance{s: s})
	pb.RegisterLeaseServer(s.grpc, leases{s: s})
	pb.RegisterClusterServer(s.grpc, members{s: s})
	go func() { _ = s.grpc.Serve(lis) }()
	return s, nil
}

// Stop closes all connections, and returns when no lie is told any more.
func (s *Server) Stop() {
	s.grpc.Stop()
	s.conn.Close()
}
