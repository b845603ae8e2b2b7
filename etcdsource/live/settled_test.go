package live

import (
	"context"
	"sync/atomic"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// movingServer is one whose applied index and revision are further each time it is asked.
type movingServer struct {
	statusServer
	asked *atomic.Int64
}

func (s movingServer) Status(context.Context, *pb.StatusRequest) (*pb.StatusResponse, error) {
	st := proto.Clone(s.status).(*pb.StatusResponse)
	n := s.asked.Add(1) / 3 // it is proved, and asked once
	st.RaftAppliedIndex += uint64(n)
	st.Header.Revision += n
	return st, nil
}

// TestSettled: members that have applied the same and are at different revisions are asked again, and only those at rest are said to
// be: under load the two numbers of a Status are not of one moment.
func TestSettled(t *testing.T) {
	t.Parallel()
	status := func(id uint64, revision int64, applied uint64) *pb.StatusResponse {
		return &pb.StatusResponse{Header: &pb.ResponseHeader{MemberId: id, ClusterId: 7, Revision: revision, RaftTerm: 2}, Version: "3.6.4", Leader: 1, RaftTerm: 2, RaftAppliedIndex: applied, RaftIndex: applied}
	}
	var asked atomic.Int64
	moving := func(st *pb.StatusResponse) string {
		lis, srv := listen(t), grpc.NewServer()
		s := movingServer{statusServer{status: st}, &asked}
		pb.RegisterMaintenanceServer(srv, s)
		pb.RegisterKVServer(srv, s)
		go srv.Serve(lis)
		t.Cleanup(srv.Stop)
		return lis.Addr().String()
	}
	for name, c := range map[string]struct {
		eps  []string
		want map[uint64]bool
	}{
		"at rest":        {[]string{serveStatus(t, status(1, 5690, 62)), serveStatus(t, status(2, 5690, 62)), serveStatus(t, status(3, 5689, 62))}, map[uint64]bool{1: true, 2: true, 3: true}},
		"equal":          {[]string{serveStatus(t, status(1, 5690, 62)), serveStatus(t, status(2, 5690, 62))}, map[uint64]bool{}},
		"one is behind":  {[]string{serveStatus(t, status(1, 5690, 62)), serveStatus(t, status(2, 5689, 61))}, map[uint64]bool{}},
		"one is at work": {[]string{serveStatus(t, status(1, 5690, 62)), moving(status(2, 5689, 62))}, map[uint64]bool{1: true}},
	} {
		src, err := Open(t.Context(), Config{Endpoints: c.eps})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		p := probe(t, src)
		for _, m := range p.Members {
			if !m.Answered || m.Settled != c.want[m.ID] {
				t.Errorf("%s: %x: %+v", name, m.ID, m)
			}
		}
	}
	if asked.Load() < 3 {
		t.Errorf("the one at work was asked %d times", asked.Load())
	}
}
