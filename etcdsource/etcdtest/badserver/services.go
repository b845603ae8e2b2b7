package badserver

import (
	"context"
	"errors"
	"io"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type kv struct {
	pb.UnimplementedKVServer
	s *Server
}

func (k kv) Range(ctx context.Context, req *pb.RangeRequest) (*pb.RangeResponse, error) {
	r, err := k.s.kv.Range(ctx, req)
	if err == nil && k.s.lie.Range != nil {
		err = k.s.lie.Range(req, r)
	}
	return r, err
}

func (k kv) RangeStream(req *pb.RangeRequest, to pb.KV_RangeStreamServer) error {
	if k.s.lie.NoStream {
		return status.Error(codes.Unimplemented, "unknown method RangeStream for service etcdserverpb.KV")
	}
	from, err := k.s.kv.RangeStream(to.Context(), req)
	if err != nil {
		return err
	}
	if k.s.lie.Stream != nil {
		return k.s.lie.Stream(req, from.Recv, to.Send)
	}
	return pass(from.Recv, to.Send)
}

// pass sends on what comes.
func pass[T any](next func() (*T, error), send func(*T) error) error {
	for {
		r, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = send(r)
		}
		if err != nil {
			return err
		}
	}
}

type watch struct {
	pb.UnimplementedWatchServer
	s *Server
}

func (w watch) Watch(to pb.Watch_WatchServer) error {
	from, err := w.s.watch.Watch(to.Context())
	if err != nil {
		return err
	}
	first, err := to.Recv()
	if err != nil {
		return err
	}
	if err := from.Send(first); err != nil {
		return err
	}
	go func() {
		for {
			r, err := to.Recv()
			if err != nil || from.Send(r) != nil {
				return
			}
		}
	}()
	if w.s.lie.Watch != nil {
		return w.s.lie.Watch(&Watch{Create: first.GetCreateRequest(), Ctx: to.Context(), Next: from.Recv, Send: to.Send})
	}
	return pass(from.Recv, to.Send)
}

type maintenance struct {
	pb.UnimplementedMaintenanceServer
	s *Server
}

func (m maintenance) Status(ctx context.Context, req *pb.StatusRequest) (*pb.StatusResponse, error) {
	r, err := m.s.maint.Status(ctx, req)
	if err != nil {
		return r, err
	}
	if m.s.lie.Version != "" {
		r.Version = m.s.lie.Version
	}
	if m.s.lie.Status != nil {
		m.s.lie.Status(r)
	}
	return r, nil
}

func (m maintenance) Alarm(ctx context.Context, req *pb.AlarmRequest) (*pb.AlarmResponse, error) {
	if req.GetAction() != pb.AlarmRequest_GET {
		return nil, status.Error(codes.PermissionDenied, "it writes")
	}
	return m.s.maint.Alarm(ctx, req)
}

func (m maintenance) Snapshot(req *pb.SnapshotRequest, to pb.Maintenance_SnapshotServer) error {
	from, err := m.s.maint.Snapshot(to.Context(), req)
	if err != nil {
		return err
	}
	if m.s.lie.Snapshot != nil {
		return m.s.lie.Snapshot(from.Recv, to.Send)
	}
	return pass(from.Recv, to.Send)
}

type leases struct {
	pb.UnimplementedLeaseServer
	s *Server
}

func (l leases) LeaseTimeToLive(ctx context.Context, req *pb.LeaseTimeToLiveRequest) (*pb.LeaseTimeToLiveResponse, error) {
	r, err := l.s.lease.LeaseTimeToLive(ctx, req)
	if err == nil && l.s.lie.Lease != nil {
		l.s.lie.Lease(r)
	}
	return r, err
}

type members struct {
	pb.UnimplementedClusterServer
	s *Server
}

func (m members) MemberList(ctx context.Context, req *pb.MemberListRequest) (*pb.MemberListResponse, error) {
	r, err := m.s.cluster.MemberList(ctx, req)
	if err == nil && m.s.lie.Members != nil {
		m.s.lie.Members(r)
	}
	return r, err
}
