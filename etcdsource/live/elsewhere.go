package live

import (
	"context"
	"errors"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// A session for which one address was given goes on at another member, where that one does not answer. Where several were given
// it keeps to these: they may be proxies, or all that the user wants to be asked.
//
//	watch confirmed, or a probe ─► others: the member list
//	given address lost ─► the list's addresses, as far as they may be asked ─► proved to be of the same cluster ─► move

// maxElsewhere is how many addresses of a member list are tried at once.
const maxElsewhere = 16

// roams reports whether the session may go on at an address that was not given.
func (s *Source) roams() bool { return len(s.eps) == 1 && !s.cfg.Serializable }

// learnMembers asks the connected member for the member list, and keeps it. Where that fails it keeps the one before.
func (s *Source) learnMembers(ctx context.Context) {
	m, err := s.member()
	if err != nil || m.kine() || !s.roams() {
		return
	}
	ctx, cancel := context.WithTimeout(checking.of(ctx), s.cfg.CommandTimeout)
	defer cancel()
	r, err := pb.NewClusterClient(m.client.ActiveConnection()).MemberList(ctx, &pb.MemberListRequest{})
	if list := reachable(r.GetMembers()); err == nil && len(list) > 0 {
		s.others.Store(&list)
	}
}

// mayMove reports whether there is another address to go on at.
func (s *Source) mayMove(from *member) bool { return len(s.eps) > 1 || len(s.beyond(from)) > 0 }

// beyond returns the addresses of the member list that may be asked and were not given, without those of the member that is left.
// A source that reads what one member holds has none, nor has one to which several addresses were given.
func (s *Source) beyond(from *member) (out []endpoint) {
	list := s.others.Load()
	if list == nil || !s.roams() {
		return nil
	}
	known := map[string]bool{s.eps[0].addr: true, from.ep.addr: true}
	for _, m := range *list {
		if m.GetID() == from.id || m.GetIsLearner() && !s.cfg.Learner {
			continue
		}
		for _, u := range m.GetClientURLs()[:min(len(m.GetClientURLs()), maxURLs)] {
			ep, err := parseEndpoint(u, s.cfg.wantsTLS())
			if err == nil && !known[ep.addr] && s.mayAsk(ep) && len(out) < maxElsewhere {
				known[ep.addr] = true
				out = append(out, ep)
			}
		}
	}
	return out
}

var errStays = errors.New("the member answers, and no other one is better")

// another connects to a member in the place of one that failed: at the addresses that were given, else at those of the list.
func (s *Source) another(ctx context.Context, from *member) (*member, error) {
	if len(s.eps) > 1 {
		return s.dial.choose(ctx, s.life, s.eps, from)
	}
	eps := s.beyond(from)
	if len(eps) == 0 {
		return nil, errStays
	}
	answers, leads := s.answers(ctx, from)
	if answers && leads {
		return nil, errStays
	}
	if back := s.eps[0]; back.addr != from.ep.addr {
		eps = append(eps, back)
	}
	to, err := s.dial.apart().choose(ctx, s.life, eps, nil)
	if err != nil {
		return nil, err
	}
	to.close() // it was of the same cluster: from here on it is asked as the session's member
	if answers && to.leaderless() {
		return nil, errStays
	}
	return s.dial.member(ctx, s.life, to.ep)
}

// answers reports whether a member still answers for itself, and has a leader.
func (s *Source) answers(ctx context.Context, m *member) (answers, leads bool) {
	ctx, cancel := context.WithTimeout(ctx, s.probeTimeout())
	defer cancel()
	st, err := m.maint.Status(ctx, &pb.StatusRequest{})
	if permissionDenied(err) {
		return true, true
	}
	return err == nil, err == nil && st.GetLeader() != 0
}

// apart returns a dialer for addresses that may be another cluster's: each has a check of its own, so that one which is does
// not end the session.
func (d *dialer) apart() *dialer {
	x := *d
	x.id, x.strangers = &identity{}, true
	x.id.cluster.Store(d.id.cluster.Load())
	return &x
}
