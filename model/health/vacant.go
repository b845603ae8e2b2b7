package health

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// vacant are the members that a cluster lacks, as far as that is known: those that a data directory names which was moved aside, those
// that this node's member is configured with, and those of nodes of the control plane on which none runs. There are none where a cluster
// is meant to be as it is.
func (a *adviser) vacant() (out []*Row) {
	if a.unclear() {
		return nil
	}
	add := func(rows ...*Row) {
		for _, row := range rows {
			if !slices.ContainsFunc(out, func(r *Row) bool { return alike(r, row) }) {
				out = append(out, row)
			}
		}
	}
	uneven := a.r.Voters == 1 || a.r.Voters%2 == 0
	if uneven && a.own() != nil {
		add(a.formers()...)
		add(a.configuredWith()...)
	}
	if a.alone() {
		return out
	}
	even := a.r.Voters%2 == 0
	add(a.unused(func(n *Node) bool { return a.in.Place.runsEtcd(n) || even && a.stacked() })...)
	if even {
		if row := a.beside(); row != nil {
			add(row)
		}
	}
	return out
}

// unclear reports whether too little is known of the members to say that one is missing.
func (a *adviser) unclear() bool {
	return a.r.NonMember != nil || a.r.Guessed || a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable || len(a.sides) > 0
}

// possible is a member that may be missing beside a single one: at another API server, of which nothing says whether a member ever ran
// beside it. The API servers may be meant to share the one. It is nil where there is no such API server.
func (a *adviser) possible() *Row {
	if a.unclear() || a.r.Voters != 1 || a.alone() || !a.stacked() {
		return nil
	}
	if list := a.unused(func(*Node) bool { return true }); len(list) > 0 {
		return list[0]
	}
	return a.beside()
}

// alike reports whether two rows are of one member: by name, that of its node, or the host.
func alike(x, y *Row) bool {
	return x.Name != "" && (x.Name == y.Name || node(x.Name) == y.Name || node(y.Name) == x.Name) ||
		slices.ContainsFunc(hosts(x), func(h string) bool { return slices.Contains(hosts(y), h) })
}

// alone reports whether this node's member is configured as the only one. The configuration of kubeadm does not say so: it names only the
// members that were there before.
func (a *adviser) alone() bool {
	n := a.in.Site.Node
	return n != nil && a.own() != nil && !joins(a.in.Site.Distribution) && len(initial(n)) == 1
}

// initial are the members of --initial-cluster of this node's member.
func initial(n *etcdsource.Node) (out []*Row) {
	for part := range strings.SplitSeq(n.Member.InitialCluster, ",") {
		if name, u, ok := strings.Cut(strings.TrimSpace(part), "="); ok && name != "" && u != "" && !strings.Contains(part, "$") {
			out = append(out, &Row{Member: etcdsource.Member{Name: name, PeerURLs: []string{u}}})
		}
	}
	return out
}

// configuredWith are the members that this node's member is configured with, and that are none; nil where that may be an old list.
func (a *adviser) configuredWith() (out []*Row) {
	n := a.in.Site.Node
	if n == nil || joins(a.in.Site.Distribution) {
		return nil
	}
	for _, row := range initial(n) {
		if !a.is(row) && !a.in.Place.retired(row, a.r.Rows) {
			row.ClientURLs = a.clientsOf(row)
			out = append(out, row)
		}
	}
	return out
}

// runsEtcd reports whether the store says that a member runs on a node.
func (p *Place) runsEtcd(n *Node) bool { return n.Etcd || slices.Contains(p.EtcdNodes, n.Name) }

// retired reports whether the node of a former member is no longer in the cluster, where the members are nodes of it.
func (p *Place) retired(row *Row, members []Row) bool {
	if p == nil || !slices.Contains(p.Looked, node(row.Name)) || !slices.ContainsFunc(members, func(m Row) bool { return p.nodeOf(&m) != nil }) {
		return false
	}
	at := hosts(row)
	return !slices.ContainsFunc(p.Nodes, func(n Node) bool {
		return n.Name == row.Name || n.Name == node(row.Name) || slices.ContainsFunc(n.Addresses, func(h string) bool { return slices.Contains(at, h) })
	}) && !slices.ContainsFunc(at, func(h string) bool { return slices.Contains(p.APIServers, h) })
}

// unused are members to be on nodes of the control plane on which none runs, of those nodes that are asked for. A member whose node is
// not known may run on any.
func (a *adviser) unused(which func(*Node) bool) (out []*Row) {
	p := a.in.Place
	if p == nil {
		return nil
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if !n.Control && !slices.Contains(p.APINodes, n.Name) && !p.runsEtcd(n) || a.runs(n) || !which(n) {
			continue
		}
		row := &Row{Member: etcdsource.Member{Name: n.Name, PeerURLs: []string{a.peerAt("ADDRESS")}}}
		if len(n.Addresses) > 0 {
			row.PeerURLs = []string{a.peerAt(n.Addresses[0])}
		}
		row.ClientURLs = a.clientsOf(row)
		out = append(out, row)
	}
	somewhere := 0
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if p.nodeOf(row) == nil && !p.mirrored(row) && !slices.ContainsFunc(hosts(row), func(h string) bool { return net.ParseIP(h) != nil }) {
			somewhere++
		}
	}
	if len(out) <= somewhere {
		return nil
	}
	return out
}

// lacks says which members a cluster lacks, "" for none.
func (a *adviser) lacks() string {
	rows := a.vacant()
	if len(rows) == 0 {
		return ""
	}
	var names []string
	for _, row := range rows {
		name := row.Name
		if name == "" {
			name = first(row.PeerURLs)
			if u, err := url.Parse(name); err == nil && u.Hostname() != "" {
				name = "one at " + u.Hostname()
			}
		}
		names = append(names, name)
	}
	do := "is missing: add it again"
	if len(names) > 1 {
		do = "are missing: add them again, one after the other"
	}
	return fmt.Sprintf("%s, and %s %s", a.r.counted(), list(names), do)
}

// counted is how many members and learners there are.
func (r *Report) counted() string {
	n := plural(r.Voters, "member")
	if learners := len(r.Rows) - r.Voters; learners > 0 {
		n += " and " + plural(learners, "learner")
	}
	return n
}
