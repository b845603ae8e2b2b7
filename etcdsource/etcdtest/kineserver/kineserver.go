// Package kineserver answers as kine does, from a real etcd behind it.
//
//	what is tested ─► Server ─► etcd
//	                    └─ kine: what it refuses, and what it leaves out of its answers
//
// What it does is what k3s-io/kine v0.17.5 does, file by file of its pkg/server; a real kine with SQLite was compared by hand:
//
//	kv.go, get.go   Range refuses serializable, sort and revision filters, and a limit above 1 on a single key
//	list.go         Range over everything, from \0 to \0, ignores its limit; the header has a revision and no IDs
//	maintenance.go  Status has neither IDs nor a revision, nor the size in use; the rest is not supported
//	lease.go        reading leases is not supported
//	cluster.go      MemberList is kine alone, without an ID
//	watch.go        progress is sent to those who asked for it when they made the watch
//
// What always holds: nothing that is written passes it.
package kineserver

import (
	"context"
	"errors"
	"io"
	"net"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// version is the etcd that kine says it is.
const version = "3.6.11"

// Server is such a server.
type Server struct {
	grpc *grpc.Server
	conn *grpc.ClientConn
}

// Serve answers on lis from the etcd at target, in gRPC's notation (unix:…, host:port), until it is stopped.
func Serve(lis net.Listener, target string) (*Server, error) {
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		return nil, err
	}
	s := &Server{grpc: grpc.NewServer(grpc.WaitForHandlers(true)), conn: conn}
	pb.RegisterKVServer(s.grpc, kv{of: pb.NewKVClient(conn)})
	pb.RegisterWatchServer(s.grpc, watch{of: pb.NewWatchClient(conn)})
	pb.RegisterMaintenanceServer(s.grpc, maintenance{of: pb.NewMaintenanceClient(conn)})
	pb.RegisterLeaseServer(s.grpc, leases{})
	pb.RegisterClusterServer(s.grpc, members{})
	go func() { _ = s.grpc.Serve(lis) }()
	return s, nil
}

// Stop closes all connections.
func (s *Server) Stop() {
	s.grpc.Stop()
	s.conn.Close()
}

// header is a header as kine writes it.
func header(h *pb.ResponseHeader) *pb.ResponseHeader {
	return &pb.ResponseHeader{Revision: h.GetRevision()}
}

func refuse(what string) error { return status.Error(codes.Unknown, what) }

type kv struct {
	pb.UnimplementedKVServer
	of pb.KVClient
}

func (k kv) Range(ctx context.Context, q *pb.RangeRequest) (*pb.RangeResponse, error) {
	switch {
	case q.Serializable:
		return nil, refuse("serializable is not implemented by kine")
	case q.SortOrder != 0 || q.SortTarget != 0:
		return nil, refuse("sortOrder is not implemented by kine")
	case q.MinModRevision != 0 || q.MaxModRevision != 0 || q.MinCreateRevision != 0 || q.MaxCreateRevision != 0:
		return nil, refuse("minModRevision is not implemented by kine")
	case len(q.RangeEnd) == 0 && q.Limit > 1:
		return nil, refuse("limit is not implemented by kine")
	}
	if string(q.Key) == "\x00" && string(q.RangeEnd) == "\x00" {
		q.Limit = 0
	}
	r, err := k.of.Range(ctx, q)
	if err != nil {
		return nil, err
	}
	r.Header = header(r.Header)
	return r, nil
}

type watch struct {
	pb.UnimplementedWatchServer
	of pb.WatchClient
}

func (w watch) Watch(to pb.Watch_WatchServer) error {
	from, err := w.of.Watch(to.Context())
	if err != nil {
		return err
	}
	go func() {
		for {
			q, err := to.Recv()
			if err != nil || from.Send(q) != nil {
				return
			}
		}
	}()
	for {
		r, err := from.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Header = header(r.Header)
		if err := to.Send(r); err != nil {
			return err
		}
	}
}

type maintenance struct {
	pb.UnimplementedMaintenanceServer
	of pb.MaintenanceClient
}

func (m maintenance) Status(ctx context.Context, q *pb.StatusRequest) (*pb.StatusResponse, error) {
	r, err := m.of.Status(ctx, q)
	if err != nil {
		return nil, err
	}
	return &pb.StatusResponse{Header: &pb.ResponseHeader{}, DbSize: r.DbSize, Version: version}, nil
}

func (maintenance) Alarm(context.Context, *pb.AlarmRequest) (*pb.AlarmResponse, error) {
	return nil, refuse("alarm is not supported")
}

func (maintenance) HashKV(context.Context, *pb.HashKVRequest) (*pb.HashKVResponse, error) {
	return nil, refuse("hash kv is not supported")
}

func (maintenance) Snapshot(*pb.SnapshotRequest, pb.Maintenance_SnapshotServer) error {
	return refuse("snapshot is not supported")
}

type leases struct{ pb.UnimplementedLeaseServer }

func (leases) LeaseTimeToLive(context.Context, *pb.LeaseTimeToLiveRequest) (*pb.LeaseTimeToLiveResponse, error) {
	return nil, refuse("lease time to live is not supported")
}

type members struct{ pb.UnimplementedClusterServer }

func (members) MemberList(context.Context, *pb.MemberListRequest) (*pb.MemberListResponse, error) {
	url := []string{"unix://kine.sock"}
	return &pb.MemberListResponse{Header: &pb.ResponseHeader{}, Members: []*pb.Member{{Name: "kine", ClientURLs: url, PeerURLs: url}}}, nil
}
