package live

import (
	"context"
	"sync/atomic"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// movingServer is one whose applied index or revision is higher each time it is asked.
type movingServer struct {
	statusServer
	asked *atomic.Int64
	// Which of the two go up: a Status may be of the middle of an entry, and not each entry is a revision.
	entries, revisions bool
}

func (s movingServer) Status(context.Context, *pb.StatusRequest) (*pb.StatusResponse, error) {
	st := proto.Clone(s.status).(*pb.StatusResponse)
	n := s.asked.Add(1) / 3 // it is proved, and asked once
	if s.entries {
		st.RaftAppliedIndex += uint64(n)
	}
	if s.revisions {
		st.Header.Revision += n
	}
	return st, nil
}

// TestSettled: members that have applied the same and are at different revisions are asked again, and only those at rest are said to
// be: under load the two numbers of a Status are not of one moment.
func TestSettled(t *testing.T) {
	t.Parallel()
	status := func(id uint64, revision int64, applied uint64) *pb.StatusResponse {
		return &pb.StatusResponse{Header: &pb.ResponseHeader{MemberId: id, ClusterId: 7, Revision: revision, RaftTerm: 2}, Version: "3.6.4", Leader: 1, RaftTerm: 2, RaftAppliedIndex: applied, RaftIndex: applied}
	}
	moving := func(st *pb.StatusResponse, entries, revisions bool) string {
		asked := new(atomic.Int64)
		lis, srv := listen(t), grpc.NewServer()
		s := movingServer{statusServer{status: st}, asked, entries, revisions}
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
		"at rest":                         {[]string{serveStatus(t, status(1, 5690, 62)), serveStatus(t, status(2, 5690, 62)), serveStatus(t, status(3, 5689, 62))}, map[uint64]bool{1: true, 2: true, 3: true}},
		"equal":                           {[]string{serveStatus(t, status(1, 5690, 62)), serveStatus(t, status(2, 5690, 62))}, map[uint64]bool{}},
		"one is behind":                   {[]string{serveStatus(t, status(1, 5690, 62)), serveStatus(t, status(2, 5689, 61))}, map[uint64]bool{}},
		"one is at work":                  {[]string{serveStatus(t, status(1, 5690, 62)), moving(status(2, 5689, 62), true, true)}, map[uint64]bool{1: true}},
		"one applies what changes no key": {[]string{serveStatus(t, status(1, 5690, 62)), moving(status(2, 5689, 62), true, false)}, map[uint64]bool{1: true}},
		"one is within an entry":          {[]string{serveStatus(t, status(1, 5690, 62)), moving(status(2, 5689, 62), false, true)}, map[uint64]bool{1: true}},
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
}
