package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// errResume says that the watch is to be opened again: a compaction was dealt with.
var errResume = errors.New("what is asked for is compacted again and again")

// run keeps the watch open until it is closed. Between two connections it reads the head revision first.
//
//	connecting ─► live ⇄ stale        a quiet server is asked for progress, then said to be stale
//	   ▲           │ error
//	   └─ retrying ┘  ≤ 5,000 behind: resume; else Lost up to the head, and on from there
func (st *stream) run() {
	defer st.queue.Close(nil)
	var asking sync.WaitGroup
	defer asking.Wait()
	safego(&asking, nil, st.missLeader)
	var tries attempts
	for {
		m, err := st.s.member()
		if err != nil {
			return
		}
		began := time.Now()
		err = st.connection(m)
		if st.ctx.Err() != nil {
			return
		}
		if fatal := st.fatal(m, err); fatal != nil {
			st.queue.Close(fatal)
			return
		}
		var broken *etcdsource.ProtocolError
		if errors.As(err, &broken) {
			st.broken = broken.Why
		}
		wait := tries.failed(err, time.Since(began))
		if !errors.Is(err, errResume) || wait > 0 {
			if !st.retry(m, err, wait) {
				return
			}
		}
	}
}

// attempts counts how often a watch failed one time after the other, by the kind of failure.
type attempts struct{ lost, resumed, broken int }

// failed returns how long to wait after a connection that lasted so long. All waits double: what a compaction ended is
// opened again at once the first time, and a server that breaks the rules is asked less and less often.
func (a *attempts) failed(err error, lasted time.Duration) time.Duration {
	const least, most, mostBroken = 250 * time.Millisecond, 3 * time.Second, 30 * time.Second
	if lasted > 10*time.Second {
		a.lost, a.resumed = 0, 0
	}
	if lasted > time.Minute {
		a.broken = 0
	}
	var broken *etcdsource.ProtocolError
	switch {
	case errors.As(err, &broken):
		a.broken++
		return min(least<<min(a.broken-1, 10), mostBroken)
	case errors.Is(err, errResume):
		if a.resumed++; a.resumed == 1 {
			return 0
		}
		return min(least<<min(a.resumed-2, 10), mostBroken)
	}
	a.lost++
	return min(least<<min(a.lost-1, 4), most)
}

// fatal returns the error of a watch that trying again cannot help.
func (st *stream) fatal(m *member, err error) error {
	if errors.Is(err, etcdsource.ErrReplaced) || permissionDenied(err) || is(err, rpctypes.ErrGRPCUserEmpty) || code(err) == codes.Unimplemented {
		return st.s.explainRead(st.ctx, m, "watch", 0, err)
	}
	return nil
}

// retry says why the connection was lost, moves on where there is another member, and waits.
func (st *stream) retry(m *member, err error, wait time.Duration) bool {
	why := st.s.why(m, err)
	least := wait
	if st.s.leaderless.Load() {
		least = max(wait, 10*time.Second) // the others are as this one, most likely
	}
	if st.s.mayMove(m) && lost(err) && time.Since(st.switched) > least {
		st.switched = time.Now()
		st.say(etcdsource.Retrying, m.ep.text+": "+why, time.Now())
		if st.s.move(st.ctx, m) {
			if to, err := st.s.member(); err == nil {
				st.moved = fmt.Sprintf("moved to %s, because of %s: %s", to.ep.text, m.ep.text, why)
				st.say(etcdsource.Retrying, st.moved, time.Now())
			}
			return st.ctx.Err() == nil
		}
	}
	st.say(etcdsource.Retrying, why, time.Now().Add(wait))
	select {
	case <-st.ctx.Done():
		return false
	case <-time.After(wait):
		m.client.ActiveConnection().ResetConnectBackoff()
		return true
	}
}

// why explains an error in a few words.
func (s *Source) why(m *member, err error) string {
	p := &etcdsource.Problem{}
	if explainBroken(p, err) {
		return p.Why
	}
	if _, cause := m.trail.get(); cause != nil && s.dial.explain(p, m.ep, cause) {
		return p.Why
	}
	switch {
	case is(err, rpctypes.ErrGRPCNoLeader):
		return "the cluster has no leader"
	case errors.Is(err, context.DeadlineExceeded): // the watch was not confirmed
		return fmt.Sprintf("no answer within %s", s.cfg.CommandTimeout)
	case code(err) == codes.DeadlineExceeded:
		return fmt.Sprintf("no answer within %s", s.cfg.DialTimeout)
	case errors.Is(err, io.EOF), code(err) == codes.Unavailable && !is(err, rpctypes.ErrGRPCStopped):
		return "the connection was lost"
	}
	return plainStatus(err)
}

// connection watches over one connection until that fails.
func (st *stream) connection(m *member) error {
	if near := st.near; !near && (st.next.Load() > 0 || st.broken != "") {
		if err := st.catchUp(m); err != nil {
			return err
		}
	}
	st.near = false
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(st.ctx, rpctypes.MetadataRequireLeaderKey, rpctypes.MetadataHasLeader))
	defer cancel()
	create := &pb.WatchCreateRequest{Key: st.span.From, RangeEnd: st.span.To, StartRevision: st.next.Load(), Fragment: true, ProgressNotify: true}
	// The alarm runs until the server has confirmed the watch.
	alarm := time.AfterFunc(st.s.cfg.CommandTimeout, cancel)
	defer alarm.Stop()
	w, err := m.watch.Watch(withStreamRequest(ctx, create))
	if err != nil {
		return err
	}
	if err := w.Send(&pb.WatchRequest{RequestUnion: &pb.WatchRequest_CreateRequest{CreateRequest: create}}); err != nil {
		if _, rerr := w.Recv(); rerr != nil {
			return rerr
		}
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	return st.receive(ctx, m, w, func() {
		alarm.Stop()
		m.trail.clear()
		st.hear()
		st.say(etcdsource.Live, st.moved, time.Time{})
		st.moved = ""
		safego(&wg, nil, func() { st.s.learnMembers(ctx) })
		if !m.kine() {
			safego(&wg, nil, func() { st.heartbeat(ctx, m, w) })
		}
	})
}

// catchUp reads the head revision before a watch is resumed, and gives up what lies too far back.
func (st *stream) catchUp(m *member) error {
	ctx, cancel := context.WithTimeout(st.ctx, st.s.cfg.DialTimeout)
	defer cancel()
	r, err := m.kv.Range(ctx, &pb.RangeRequest{Key: st.span.From, CountOnly: true, Serializable: st.s.cfg.Serializable}, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	head := r.GetHeader().GetRevision()
	st.s.saw(head)
	if st.broken != "" {
		st.mend(head)
		return nil
	}
	switch behind := head - st.next.Load() + 1; {
	case behind > maxBehind:
		lost := etcdsource.Window{From: st.next.Load(), To: head, Reason: fmt.Sprintf("the connection was lost for %d revisions, too many to ask for again", behind)}
		st.next.Store(head + 1)
		st.sure = head
		st.put(etcdsource.Batch{Lost: lost, Relist: true})
	case behind < 0 && !st.s.cfg.Serializable:
		// The store was set back to an earlier state: nothing of what is shown holds any more.
		return st.s.dial.id.refuse(replaced(m.ep.text, fmt.Sprintf("the store was set back to revision %d, from %d", head, st.next.Load()-1)))
	}
	return st.same(ctx, m)
}

// same checks that the change that was delivered last is still in the store: one that was set back to an earlier state
// may have come further since than it was. What a compaction has removed cannot be checked.
func (st *stream) same(ctx context.Context, m *member) error {
	e := &st.last
	if e.Mod == 0 || m.kine() {
		return nil
	}
	r, err := m.kv.Range(ctx, &pb.RangeRequest{Key: e.Key, Revision: e.Mod, KeysOnly: true, Serializable: st.s.cfg.Serializable})
	if err != nil {
		if is(err, rpctypes.ErrGRPCCompacted) || is(err, rpctypes.ErrGRPCFutureRev) {
			return nil
		}
		return err
	}
	switch kvs := r.GetKvs(); {
	case len(kvs) == 0 && e.Type == etcdsource.Deleted:
		return nil
	case len(kvs) == 1 && kvs[0].GetModRevision() == e.Mod && kvs[0].GetCreateRevision() == e.Create && kvs[0].GetVersion() == e.Version:
		return nil
	}
	return st.s.dial.id.refuse(replaced(m.ep.text, fmt.Sprintf("revision %d is another change now: the store was set back to an earlier state and written since", e.Mod)))
}

// mend goes on from the head after the server broke the rules. What it sent since the last change that was handed over
// is not known to be all: it is a gap, from the revision on that is in doubt, and what is shown is read again.
func (st *stream) mend(head int64) {
	lost := etcdsource.Window{From: st.sure + 1, To: head, Reason: st.broken}
	if st.doubt > 0 {
		lost.From = min(lost.From, max(st.doubt, st.first))
	}
	if lost.Empty() {
		lost.From, lost.To = st.sure, st.sure
	}
	st.broken, st.doubt = "", 0
	if st.next.Load() == 0 {
		return // nothing was handed over, and nothing is missing
	}
	st.next.Store(head + 1)
	st.sure = head
	st.put(etcdsource.Batch{Lost: lost, Relist: true})
}

// compacted notes that the server has forgotten what lies before a revision.
func (st *stream) compacted(m *member, low int64) error {
	head, _, err := st.s.readable(st.ctx, m, 0)
	switch {
	case err != nil:
		return err
	case low <= st.next.Load(), low > head && !m.kine():
		return broke("Watch", "said that revision %d was compacted, but keeps %d to %d", st.next.Load(), low, head)
	}
	st.s.retained.set(low)
	lost := etcdsource.Window{From: st.next.Load(), To: low - 1, Reason: "compacted"}
	st.next.Store(low)
	st.sure = low - 1
	st.put(etcdsource.Batch{Lost: lost, Relist: true})
	return errResume
}

// heartbeat asks a quiet server for a sign of life and says when none comes.
func (st *stream) heartbeat(ctx context.Context, m *member, w grpc.BidiStreamingClient[pb.WatchRequest, pb.WatchResponse]) {
	beat := st.s.cfg.tune.heartbeat
	wait := beat
	if h := st.s.cfg.Hurry; h > 0 {
		wait = min(h, beat)
	}
	tick := time.NewTimer(wait / 2)
	defer tick.Stop()
	var asking sync.WaitGroup // a question that is not answered must not keep this from saying so
	defer asking.Wait()
	var asked time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		quiet, said := st.quiet()
		if quiet >= wait && time.Since(asked) >= wait {
			asked, wait = time.Now(), min(2*wait, beat)
			if w.Send(&pb.WatchRequest{RequestUnion: &pb.WatchRequest_ProgressRequest{ProgressRequest: &pb.WatchProgressRequest{}}}) != nil {
				return
			}
			if st.early.Load() {
				safego(&asking, nil, func() {
					if st.nothingNew(ctx, m, quiet) {
						st.hear()
					}
				})
			}
		}
		if quiet >= 2*beat && !said {
			st.say(etcdsource.Stale, "nothing heard from "+st.at(), time.Time{})
		}
		tick.Reset(wait / 2)
	}
}

// nothingNew reports whether the member answers, and has nothing to send: so its silence for a time is right. The answer to
// askLeader says so too, if it came within that time.
func (st *stream) nothingNew(ctx context.Context, m *member, quiet time.Duration) bool {
	if a := st.s.answered.Load(); a != nil && a.m == m && time.Since(a.at) < min(quiet, 2*leaderEvery) {
		return a.revision < st.next.Load()
	}
	ctx, cancel := context.WithTimeout(ctx, st.s.cfg.CommandTimeout)
	defer cancel()
	r, err := m.kv.Range(ctx, &pb.RangeRequest{Key: st.span.From, CountOnly: true, Serializable: true})
	return err == nil && r.GetHeader().GetRevision() < st.next.Load()
}

// at names the member that is watched.
func (st *stream) at() string {
	if m, err := st.s.member(); err == nil {
		return m.ep.text
	}
	return "the server"
}
