package live

import (
	"context"
	"slices"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// Addresses that this node's files name for members, and that no member list has, are asked too: another cluster may answer there. They
// are asked after the members, and one that does not answer is left alone for a while.

const (
	besideTime  = 700 * time.Millisecond // that such an address may take to answer
	besideAgain = 5 * time.Minute        // until one that has not answered is asked again
)

// beside asks these addresses. Nothing else is being asked meanwhile.
func (r *round) beside() {
	p := &r.s.probes
	if r.s.cfg.Beside == nil {
		return
	}
	if p.beside == nil {
		p.beside, p.besideText = map[string]time.Time{}, r.s.cfg.Beside(r.ctx)
	}
	ctx, cancel := context.WithTimeout(r.ctx, besideTime)
	defer cancel()
	members, was := r.hosts(), r.ctx
	r.ctx = ctx
	for _, text := range p.besideText {
		ep, err := parseEndpoint(text, r.s.cfg.wantsTLS())
		if err != nil || members[ep.host] || !r.s.mayAsk(ep) || time.Now().Before(p.beside[ep.addr]) {
			continue
		}
		r.ask(ep)
	}
	r.wg.Wait()
	r.ctx = was
	for _, rep := range r.replies {
		rep.beside = rep.beside || slices.Contains(p.besideText, rep.ep.text) && !members[rep.ep.host]
		if rep.beside && rep.status == nil && rep.other == nil {
			p.beside[rep.ep.addr] = time.Now().Add(besideAgain)
		}
	}
}

// hosts are those at which members are asked already: the given ones, and those of the lists that have answered.
func (r *round) hosts() map[string]bool {
	out := map[string]bool{}
	add := func(list []*pb.Member) {
		for _, m := range list {
			for _, u := range slices.Concat(m.GetClientURLs(), m.GetPeerURLs()) {
				if ep, err := parseEndpoint(u, r.s.cfg.wantsTLS()); err == nil {
					out[ep.host] = true
				}
			}
		}
	}
	add(r.s.probes.list)
	for _, rep := range r.replies {
		out[rep.ep.host] = out[rep.ep.host] || !rep.beside
		add(rep.list)
	}
	return out
}
