package health

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Topology is where the members run.
type Topology struct {
	Kind string // stacked, external, single, unknown
	Why  string // how that is known
}

// hosts are the hosts of a member's addresses.
func hosts(m *Row) (out []string) {
	for _, text := range append(append(slices.Clone(m.ClientURLs), m.PeerURLs...), m.Endpoint) {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" {
			if h, _, err := net.SplitHostPort(text); err == nil && !strings.Contains(text, "/") {
				out = append(out, h)
			}
			continue
		}
		out = append(out, u.Hostname())
	}
	return slices.DeleteFunc(out, func(h string) bool { ip := net.ParseIP(h); return h == "localhost" || ip != nil && ip.IsLoopback() })
}

// nodeOf is the Node that a member runs on: the one with its address; where it names none, the one that it is named after.
func (p *Place) nodeOf(m *Row) *Node {
	if p == nil {
		return nil
	}
	at := hosts(m)
	for i := range p.Nodes {
		n := &p.Nodes[i]
		switch {
		case slices.ContainsFunc(n.Addresses, func(a string) bool { return slices.Contains(at, a) }):
			return n
		case len(at) == 0 && m.Name != "" && (n.Name == m.Name || n.Name == node(m.Name)):
			return n
		}
	}
	return nil
}

// shares reports whether an API server has one of the member's addresses, or one of its Node's.
func (p *Place) shares(m *Row) bool {
	return p != nil && slices.ContainsFunc(p.addresses(m), func(h string) bool { return slices.Contains(p.APIServers, h) })
}

// addresses are the hosts of a member's addresses, and those of its Node.
func (p *Place) addresses(m *Row) []string {
	at := hosts(m)
	if n := p.nodeOf(m); n != nil {
		at = append(at, n.Addresses...)
	}
	return at
}

// control reports whether a member's Node is one that runs an API server.
func (p *Place) control(m *Row) bool {
	n := p.nodeOf(m)
	return n != nil && (n.Control || slices.Contains(p.APINodes, n.Name))
}

// mirrored reports whether a mirror pod of etcd is the member's: RKE2 and k3s add eight letters to the node's name.
func (p *Place) mirrored(m *Row) bool {
	return p != nil && m.Name != "" && slices.ContainsFunc(p.EtcdNodes, func(name string) bool {
		return name == m.Name || strings.HasPrefix(m.Name, name+"-") && len(m.Name) == len(name)+9
	})
}

// servers is how many API servers are known: those that renew their lease, else those that have a mirror pod.
func (p *Place) servers() int {
	switch {
	case p == nil:
		return 0
	case len(p.APIServers) > 0:
		return len(p.APIServers)
	}
	return len(p.APINodes)
}

// left is how many API servers are left when the node of a member dies, -1 where that is not known.
func (p *Place) left(m *Row) int {
	n := p.servers()
	if n == 0 {
		return -1
	}
	if p.shares(m) || p.control(m) || len(hosts(m)) == 0 && n == 1 && p.mirrored(m) {
		n--
	}
	return n
}

// topology finds out where the members run: from the store, then from the files of this node.
func topology(rows []Row, guessed bool, p *Place, site *etcdsource.Node) Topology {
	kind, why := p.topology(rows)
	if p != nil && p.Kubeadm.Kind != "" {
		kind, why = p.Kubeadm.join(kind, why)
	}
	if local, how := localTopology(site, rows); local != "" && (kind == "unknown" || kind == local) {
		if kind == local {
			how = why + "; " + how
		}
		kind, why = local, how
	}
	if len(rows) == 1 && !guessed {
		return Topology{"single", "one member; " + map[bool]string{true: why, false: kind + ": " + why}[kind == "unknown"]}
	}
	return Topology{kind, why}
}

// join adds what kubeadm's configuration says to what the addresses say, which are the newer word.
func (k *Kubeadm) join(kind, why string) (string, string) {
	says := "etcd.local"
	if k.Kind == "external" {
		if says = "etcd.external"; len(k.Endpoints) > 0 {
			says += ": " + strings.Join(k.Endpoints, ",")
		}
	}
	says += " in kubeadm's configuration (ConfigMap " + kubeadmConfig + ")"
	switch kind {
	case "unknown":
		return k.Kind, says
	case k.Kind:
		return kind, why + "; " + says
	}
	return kind, why + "; against it is " + says
}

// topology is what the store says of it.
func (p *Place) topology(rows []Row) (kind, why string) {
	if p == nil {
		return "unknown", "the store was not read"
	}
	shared, control, mirrored, named := 0, 0, 0, 0
	for i := range rows {
		for n, ok := range map[*int]bool{&shared: p.shares(&rows[i]), &control: p.control(&rows[i]), &mirrored: p.mirrored(&rows[i]), &named: len(hosts(&rows[i])) > 0} {
			if ok {
				*n++
			}
		}
	}
	of := func(n int, what, alone string) string {
		if len(rows) == 1 {
			return alone
		}
		return fmt.Sprintf("%d of %s %s", n, plural(len(rows), "member"), what)
	}
	var how []string
	if shared > 0 {
		how = append(how, of(shared, "have the address of an API server (masterleases)", "it has the address of an API server (masterleases)"))
	}
	if control > 0 {
		how = append(how, of(control, "have the address of a control-plane node (Node objects)", "it has the address of a control-plane node (Node object)"))
	}
	if mirrored > 0 {
		how = append(how, of(mirrored, "are mirror pods (etcd-NODE)", "it is a mirror pod (etcd-NODE)"))
	}
	switch {
	case len(how) > 0:
		return "stacked", strings.Join(how, "; ")
	case named == len(rows) && named > 0 && len(p.EtcdNodes) == 0 && len(p.APIServers) > 0:
		return "external", fmt.Sprintf("no member has an address of the %s (masterleases)", plural(len(p.APIServers), "API server"))
	case named == len(rows) && named > 0 && len(p.EtcdNodes) == 0 && slices.ContainsFunc(p.Nodes, func(n Node) bool { return slices.Contains(p.APINodes, n.Name) && len(n.Addresses) > 0 }):
		return "external", fmt.Sprintf("no member has an address of the %s that run an API server (mirror pods, Node objects)", plural(len(p.APINodes), "node"))
	case p.servers() > 0:
		return "unknown", "the members name no address that could be compared with those of the API servers"
	}
	return "unknown", "the store holds no addresses of API servers (masterleases), and no mirror pods"
}

// localTopology is what the files of this node say, "" where they say nothing.
func localTopology(n *etcdsource.Node, rows []Row) (kind, how string) {
	switch {
	case n == nil || !n.Here || n.EtcdFile == "" && n.APIFile == "":
		return "", ""
	case n.EtcdFile != "" && n.EtcdFile == n.APIFile:
		return "stacked", "on this node etcd is a part of " + n.Distribution + ", as the API server is (" + n.EtcdFile + ")"
	case n.EtcdFile != "" && n.APIFile != "":
		return "stacked", "this node runs both etcd (" + n.EtcdFile + ") and an API server (" + n.APIFile + ")"
	case n.APIFile != "" && n.Data.There && len(n.EtcdServers) > 0 && slices.ContainsFunc(n.EtcdServers, local):
		return "stacked", "this node has an API server with --etcd-servers=" + strings.Join(n.EtcdServers, ",") + " (" + n.APIFile + ") and the data directory of its etcd (" + n.Data.Dir + "), which nothing starts now"
	case n.APIFile != "" && slices.ContainsFunc(n.EtcdServers, func(u string) bool { return owns(n, u) }):
		return "stacked", "this node has an API server with --etcd-servers=" + strings.Join(n.EtcdServers, ",") + " (" + n.APIFile + "), which is this node's own address; nothing starts its etcd now"
	case n.APIFile != "" && n.Data.There && slices.ContainsFunc(n.EtcdServers, func(u string) bool { return ofOwn(n, rows, u) }):
		return "stacked", "this node has an API server with --etcd-servers=" + strings.Join(n.EtcdServers, ",") + " (" + n.APIFile + "), which is the address of its member, and the data directory of an etcd (" + n.Data.Dir + "), which nothing starts now"
	case n.APIFile != "" && len(n.EtcdServers) > 0:
		return "external", "this node runs an API server and no etcd: --etcd-servers=" + strings.Join(n.EtcdServers, ",") + " (" + n.APIFile + ")"
	}
	return "", ""
}

// owns reports whether an address is a node's.
func owns(n *etcdsource.Node, address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && (slices.Contains(n.Addresses, u.Hostname()) || strings.EqualFold(u.Hostname(), n.Name))
}

// ofOwn reports whether an address is that of the member that is named after a node, or as the node's files name it.
func ofOwn(n *etcdsource.Node, rows []Row, address string) bool {
	u, err := url.Parse(address)
	return err == nil && slices.ContainsFunc(rows, func(r Row) bool {
		return r.Name != "" && (r.Name == n.Name || r.Name == n.Member.Name) && slices.Contains(hosts(&r), u.Hostname())
	})
}

// local reports whether an address is one of the host itself.
func local(address string) bool {
	u, err := url.Parse(address)
	return err == nil && loopback(u.Hostname())
}
