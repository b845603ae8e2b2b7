package live

import (
	"context"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc/codes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// leaderEvery is how often the connected member is asked for its leader while a watch is silent, and how long a watch is
// silent before.
const leaderEvery = time.Second

// missLeader asks the connected member once a second for its leader while the watch is silent, or not confirmed: etcd itself ends a
// watch only after three elections without a winner. What changes is said in the stream's status.
//
//	silent for a second, or moved ─► Status (local, no quorum needed) ─► leaderless ─► Status.NoQuorum, and serializable reads
//	                                                                  └─► no answer ──► Status.Unanswered
func (st *stream) missLeader() {
	next := time.NewTimer(leaderEvery)
	defer next.Stop()
	for {
		select {
		case <-st.ctx.Done():
			return
		case <-next.C:
		}
		if st.silent() || st.s.leaderless.Load() {
			st.s.askLeader(st.ctx)
		} else {
			st.s.unanswered.Store(false)
		}
		st.sayQuorum()
		next.Reset(st.leaderIn())
	}
}

// leaderIn returns how long the leader is not asked for, as far as is known now: at most a second, and at least a tenth of it.
func (st *stream) leaderIn() time.Duration {
	in := time.Until(time.Unix(0, st.s.leaderAsked.Load()).Add(leaderEvery))
	if !st.silent() {
		st.mu.Lock()
		in = max(in, time.Until(st.heard.Add(leaderEvery)))
		st.mu.Unlock()
	}
	return min(max(in, leaderEvery/10), leaderEvery)
}

// silent reports that nothing was heard for a second, or that the watch is not confirmed.
func (st *stream) silent() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.status.State != etcdsource.Live || time.Since(st.heard) >= leaderEvery
}

// askLeader asks the connected member whether it has a leader, unless that was asked within the last second. One that is
// slow to answer says nothing about it.
func (s *Source) askLeader(ctx context.Context) {
	last, now := s.leaderAsked.Load(), time.Now().UnixNano()
	if now-last < int64(leaderEvery) || !s.leaderAsked.CompareAndSwap(last, now) {
		return
	}
	m, err := s.member()
	if err != nil || m.kine() || m.statusErr != nil {
		return
	}
	st, err := s.statusSoon(ctx, m)
	if code(err) != codes.DeadlineExceeded {
		s.silences.Store(0)
	} else if s.silences.Add(1) >= mostSilences && s.mayMove(m) && s.move(ctx, m) {
		return
	}
	if cur, _ := s.member(); cur == m && s.life.Err() == nil {
		s.unanswered.Store(code(err) == codes.DeadlineExceeded || code(err) == codes.Unavailable)
	}
	if cur, gone := s.member(); gone != nil || cur != m || err != nil && code(err) != codes.Unavailable {
		return
	}
	s.leaderless.Store(err == nil && st.GetLeader() == 0)
	if err == nil {
		s.answered.Store(&answered{m, time.Now(), st.GetHeader().GetRevision()})
	}
}

// mostSilences is how many times in turn a member may not answer within leaderEvery before the session goes on at another one:
// one that hangs keeps its connections.
const mostSilences = 5

// statusSoon asks a member for its Status, and waits leaderEvery for it.
func (s *Source) statusSoon(ctx context.Context, m *member) (*pb.StatusResponse, error) {
	ctx, cancel := context.WithTimeout(checking.of(ctx), leaderEvery)
	defer cancel()
	return m.maint.Status(ctx, &pb.StatusRequest{})
}

// answered is how far a member was when it answered.
type answered struct {
	m        *member
	at       time.Time
	revision int64
}

// sayQuorum says in the present state that the leader was lost, or found, and whether the member answers.
func (st *stream) sayQuorum() {
	st.mu.Lock()
	none := st.s.leaderless.Load()
	silent := st.s.unanswered.Load()
	changed := st.status.NoQuorum != none || st.status.Unanswered != silent
	st.status.NoQuorum, st.status.Unanswered = none, silent
	b := etcdsource.Batch{Status: st.status, Revision: max(st.next.Load()-1, 0)}
	st.mu.Unlock()
	if changed {
		st.queue.Put(b)
	}
}

// lostLeader reports, after a read that failed, whether reads go on without the quorum.
func (s *Source) lostLeader(ctx context.Context) bool {
	if s.cfg.Outage {
		s.askLeader(ctx)
	}
	return s.serializable(etcdsource.At{})
}

// serializable reports whether a read goes to the connected member alone.
func (s *Source) serializable(at etcdsource.At) bool {
	return at.Serializable || s.cfg.Serializable || s.cfg.Outage && s.leaderless.Load()
}
