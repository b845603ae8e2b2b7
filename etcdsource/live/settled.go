package live

import (
	"context"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// settleTime is how long after the first answer members are asked for their Status again.
const settleTime = 100 * time.Millisecond

// settle asks members once more of which several have applied the same raft entries and are at different revisions. The revision
// and the applied index of a Status are not of one moment, so that under load this is no sign of anything: it is one only where both
// stay as they are.
func (r *round) settle() {
	again := r.apart()
	if len(again) == 0 {
		return
	}
	select {
	case <-r.ctx.Done():
		return
	case <-time.After(settleTime):
	}
	var wg sync.WaitGroup
	for _, rep := range again {
		if l := r.s.probes.links[rep.ep.addr]; l != nil {
			safego(&wg, nil, func() { rep.settled = l.still(r.ctx, rep.status) })
		}
	}
	wg.Wait()
}

// apart are the replies that have a leader, and the term and applied index of one with another revision.
func (r *round) apart() (out []*reply) {
	for _, a := range r.replies {
		for _, b := range r.replies {
			x, y := a.status, b.status
			if x == nil || y == nil || x.GetLeader() == 0 || y.GetLeader() == 0 || x.GetRaftTerm() != y.GetRaftTerm() || x.GetRaftAppliedIndex() != y.GetRaftAppliedIndex() {
				continue
			}
			if x.GetHeader().GetRevision() != y.GetHeader().GetRevision() {
				out = append(out, a)
				break
			}
		}
	}
	return out
}

// still reports whether a member's Status has the term, the applied index and the revision of the one before.
func (l *link) still(ctx context.Context, before *pb.StatusResponse) bool {
	l.mu.Lock()
	m := l.m
	l.mu.Unlock()
	if m == nil {
		return false
	}
	st, err := m.maint.Status(ctx, &pb.StatusRequest{})
	return err == nil && st.GetRaftTerm() == before.GetRaftTerm() && st.GetRaftAppliedIndex() == before.GetRaftAppliedIndex() && st.GetHeader().GetRevision() == before.GetHeader().GetRevision()
}
