package live

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// How each member is asked itself:
//
//	addresses that were given, and those of the members that are known
//	  └─► a link each, all at once ─► Status, MemberList, one read, /metrics ─► reply
//	        └─► a member list names members that nobody asks yet ─► links to these, while the first are still asked
//	replies ─► the list of the member that is furthest ─► one row for each member
//
// A link is a connection of its own: the session stays at its member. Each has its own check of the cluster's identity,
// for an address in a member list (127.0.0.1, say) may lead to another cluster.

// prober asks the members of a cluster.
type prober struct {
	turn  chan struct{}    // has room for one: one probe at a time
	links map[string]*link // by address
	list  []*pb.Member     // the newest member list
	at    map[uint64]string
	seen  map[uint64]time.Time // when each answered last
	// besideText are the addresses that only this node's files name; beside says of each address when it is asked again. Nil until they
	// were read.
	besideText []string
	beside     map[string]time.Time
}

// probeTimeout is how long a member may take to answer.
const probeTimeout = 2 * time.Second

// probeTimeout is that time, or less where the user gives requests less.
func (s *Source) probeTimeout() time.Duration { return min(probeTimeout, s.cfg.CommandTimeout) }

var _ etcdsource.Prober = (*Source)(nil)

// Probe asks every member of the cluster itself. It takes two seconds at most, after the one before it has ended.
func (s *Source) Probe(ctx context.Context) (etcdsource.Probe, error) {
	select {
	case s.probes.turn <- struct{}{}:
		defer func() { <-s.probes.turn }()
	case <-ctx.Done():
		return etcdsource.Probe{}, ctx.Err()
	}
	if s.life.Err() != nil {
		return etcdsource.Probe{}, errClosed
	}
	ctx, cancel := context.WithTimeout(checking.of(ctx), s.probeTimeout()+probeTimeout/4)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	p := etcdsource.Probe{Time: time.Now(), Cluster: s.dial.id.cluster.Load(), Certificates: s.cfg.certificates(),
		Access: s.access()}
	r := &round{s: s, ctx: ctx, asked: map[string]bool{}}
	for _, ep := range s.eps {
		r.ask(ep)
	}
	for _, m := range s.probes.list {
		r.member(m)
	}
	r.wg.Wait()
	r.beside()
	r.settle()
	if s.life.Err() != nil {
		return p, errClosed
	}
	p.Members, p.Guessed = r.members()
	if p.Cluster == 0 {
		p.Cluster = r.cluster()
	}
	p.Others = r.others(p.Cluster)
	if !p.Guessed {
		p.Silent = r.silent()
	}
	s.probes.note(&p)
	r.forget()
	return p, nil
}

// note remembers which members answered, and says of each when that was last.
func (p *prober) note(now *etcdsource.Probe) {
	seen := map[uint64]time.Time{}
	for i := range now.Members {
		m := &now.Members[i]
		if m.Seen = p.seen[m.ID]; m.Answered {
			m.Seen = now.Time
		}
		if m.ID != 0 && !m.Seen.IsZero() {
			seen[m.ID] = m.Seen
		}
	}
	p.seen = seen
}

// closeProbes closes the connections to the members.
func (s *Source) closeProbes() {
	s.probes.turn <- struct{}{}
	defer func() { <-s.probes.turn }()
	for _, l := range s.probes.links {
		l.close()
	}
	s.probes.links = nil
}

// round is one time that all members are asked.
type round struct {
	s   *Source
	ctx context.Context
	wg  sync.WaitGroup

	mu      sync.Mutex // guards what follows, and the maps of the prober
	asked   map[string]bool
	replies []*reply
}

// ask asks the member at an address, unless that is done.
func (r *round) ask(ep endpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked[ep.addr] || len(r.asked) >= maxMembers {
		return
	}
	r.asked[ep.addr] = true
	l := r.link(ep)
	rep := &reply{ep: ep}
	r.replies = append(r.replies, rep)
	failed := func(err error) { rep.fault = err.Error() }
	safego(&r.wg, failed, func() {
		l.ask(r.ctx, r.s, rep, func() {
			for _, m := range rep.list {
				r.member(m)
			}
		})
		if rep.dead {
			r.mu.Lock()
			defer r.mu.Unlock()
			l.close()
			delete(r.s.probes.links, ep.addr)
		}
	})
}

// link returns the connection to an address. One that is old is made again: its certificates may have been renewed.
func (r *round) link(ep endpoint) *link {
	p := &r.s.probes
	l := p.links[ep.addr]
	if l != nil && time.Since(l.made) > linkAge {
		l.close()
		l = nil
	}
	if l == nil {
		l = &link{ep: ep, made: time.Now()}
		if p.links == nil {
			p.links = map[string]*link{}
		}
		p.links[ep.addr] = l
	}
	return l
}

// linkAge is how long a connection to a member is kept.
const linkAge = 10 * time.Minute

// forget closes the connections to addresses that are asked no more, and drops the addresses of members that are gone.
func (r *round) forget() {
	p := &r.s.probes
	for addr, l := range p.links {
		if !r.asked[addr] {
			l.close()
			delete(p.links, addr)
		}
	}
	maps.DeleteFunc(p.at, func(id uint64, _ string) bool {
		return len(p.list) > 0 && !slices.ContainsFunc(p.list, func(m *pb.Member) bool { return m.GetID() == id })
	})
}

// member asks a member of a list, unless its address is asked already.
func (r *round) member(m *pb.Member) {
	r.mu.Lock()
	at := r.s.probes.at[m.GetID()]
	r.mu.Unlock()
	if at != "" {
		if ep, err := parseEndpoint(at, r.s.cfg.wantsTLS()); err == nil {
			r.ask(ep)
			return
		}
	}
	for _, u := range m.GetClientURLs()[:min(len(m.GetClientURLs()), maxURLs)] {
		if ep, err := parseEndpoint(u, r.s.cfg.wantsTLS()); err == nil && r.s.mayAsk(ep) {
			r.ask(ep)
		}
	}
}

// maxURLs is how many addresses of a member are asked.
const maxURLs = 4

// mayAsk reports whether an address that nobody gave may be connected to: a password goes only where the server proves
// who it is, and TLS is spoken only where it was set up.
func (s *Source) mayAsk(ep endpoint) bool {
	if s.cfg.User != "" {
		return ep.tls && !s.cfg.InsecureSkipVerify && s.dial.tls != nil
	}
	return !ep.tls || s.dial.tls != nil
}

// members makes a row of each member of the newest list, else of each address.
func (r *round) members() (out []etcdsource.Member, guessed bool) {
	p := &r.s.probes
	best := r.best()
	for _, rep := range r.replies {
		if rep.id != 0 {
			if p.at == nil {
				p.at = map[uint64]string{}
			}
			p.at[rep.id] = rep.ep.text
		}
	}
	if best != nil {
		p.list = best.list
		r.s.others.Store(&best.list)
	}
	if len(p.list) == 0 {
		for _, rep := range r.replies {
			if rep.beside && rep.status == nil {
				continue
			}
			out = append(out, rep.row(&pb.Member{ID: rep.id}))
		}
		return out, true
	}
	for _, m := range p.list {
		out = append(out, r.row(m))
	}
	slices.SortStableFunc(out, func(a, b etcdsource.Member) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out, false
}

// best is the reply with the newest member list, nil where none has one.
func (r *round) best() (best *reply) {
	for _, rep := range r.replies {
		if len(rep.list) > 0 && (best == nil || rep.better(best)) {
			best = rep
		}
	}
	return best
}

// cluster is the one whose members answer, where none was opened; 0 not known.
func (r *round) cluster() uint64 {
	if best := r.best(); best != nil {
		return best.status.GetHeader().GetClusterId()
	}
	return 0
}

// others are the addresses at which another cluster answers. One of the member list that leads to this machine may do so from here alone.
func (r *round) others(mine uint64) (out []etcdsource.OtherCluster) {
	for _, rep := range r.replies {
		if h := rep.status.GetHeader(); mine != 0 && rep.other == nil && h.GetClusterId() != 0 && h.GetClusterId() != mine { // none was opened
			rep.other = &otherCluster{h.GetClusterId(), h.GetRevision()}
		}
		given := slices.ContainsFunc(r.s.eps, func(ep endpoint) bool { return ep.addr == rep.ep.addr })
		if rep.other != nil && (given || rep.beside || !rep.ep.local()) {
			out = append(out, etcdsource.OtherCluster{Endpoint: rep.ep.text, Cluster: rep.other.id, Revision: rep.other.revision})
		}
	}
	slices.SortFunc(out, func(a, b etcdsource.OtherCluster) int { return strings.Compare(a.Endpoint, b.Endpoint) })
	return out
}

// row is the reply of a member: by its ID, else that of an address of its own.
func (r *round) row(m *pb.Member) etcdsource.Member {
	var silent *reply
	at := r.s.probes.at[m.GetID()]
	urls := r.addresses(m)
	for _, rep := range r.replies {
		if rep.id == m.GetID() && rep.id != 0 {
			return rep.row(m)
		}
		own := rep.ep.text == at || urls[rep.ep.addr]
		if rep.id == 0 && own && (silent == nil || rep.ep.text == at) {
			silent = rep
		}
		if rep.id != 0 && own && silent == nil {
			silent = &reply{ep: rep.ep, fault: "another member answers at its address"}
		}
	}
	switch {
	case silent != nil:
	case m.GetName() == "":
		silent = &reply{fault: "it was added and has never started"}
	case len(m.GetClientURLs()) == 0:
		silent = &reply{fault: "it names no address for clients"}
	default:
		silent = &reply{ep: endpoint{text: m.GetClientURLs()[0]}, fault: "it was not asked: " + r.whyNot(m.GetClientURLs()[0])}
	}
	return silent.row(m)
}

// addresses are those of a member for clients, however they are written.
func (r *round) addresses(m *pb.Member) map[string]bool {
	out := map[string]bool{}
	for _, u := range m.GetClientURLs() {
		if ep, err := parseEndpoint(u, r.s.cfg.wantsTLS()); err == nil {
			out[ep.addr] = true
		}
	}
	return out
}

// whyNot says why an address of a member list was not asked.
func (r *round) whyNot(text string) string {
	ep, err := parseEndpoint(text, r.s.cfg.wantsTLS())
	switch {
	case err != nil:
		return "its address cannot be read"
	case r.s.cfg.User != "":
		return "the password goes only to endpoints that were given, or that prove themselves by TLS"
	case ep.tls:
		return "it speaks TLS, and no certificate was given"
	}
	return "there are too many members"
}

// access is how the cluster is reached.
func (s *Source) access() etcdsource.Access {
	return etcdsource.Access{CACert: s.cfg.CACert, Cert: s.cfg.Cert, Key: s.cfg.Key, User: s.cfg.User, InsecureSkipVerify: s.cfg.InsecureSkipVerify}
}
