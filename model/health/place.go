package health

import (
	"context"
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

// Place is what the store says of the nodes of the control plane.
type Place struct {
	APIServers []string // addresses of API servers that have renewed their lease
	EtcdNodes  []string // nodes that have a mirror pod of etcd
}

// maxPlace is how many keys of each kind are read.
const maxPlace = 100

// ReadPlace reads the names of a few keys below a Kubernetes root, from one member and without the quorum: no values.
func ReadPlace(ctx context.Context, src etcdsource.Source, root string) (*Place, error) {
	p := &Place{}
	for _, look := range []struct {
		prefix, name string
		into         *[]string
	}{
		{"masterleases/", "", &p.APIServers},
		{"pods/kube-system/", "etcd-", &p.EtcdNodes},
		{"pods/openshift-etcd/", "etcd-", &p.EtcdNodes},
	} {
		span := etcdsource.Prefix(root + look.prefix + look.name)
		span.Limit = maxPlace
		page, err := src.Range(ctx, span, etcdsource.At{Serializable: true})
		if err != nil {
			if err = etcdsource.Seen(err); err != nil {
				return nil, fmt.Errorf("read the nodes of the control plane: %w", err)
			}
			continue
		}
		for i := range page.Entries {
			*look.into = append(*look.into, strings.TrimPrefix(string(page.Entries[i].Key), root+look.prefix+look.name))
		}
	}
	return p, nil
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

// shares reports whether an API server has one of the member's addresses.
func (p *Place) shares(m *Row) bool {
	return p != nil && slices.ContainsFunc(hosts(m), func(h string) bool { return slices.Contains(p.APIServers, h) })
}

// mirrored reports whether a mirror pod of etcd is the member's: RKE2 and k3s add eight letters to the node's name.
func (p *Place) mirrored(m *Row) bool {
	return p != nil && m.Name != "" && slices.ContainsFunc(p.EtcdNodes, func(node string) bool {
		return node == m.Name || strings.HasPrefix(m.Name, node+"-") && len(m.Name) == len(node)+9
	})
}

// left is how many API servers are left when the node of a member dies, -1 where that is not known.
func (p *Place) left(m *Row) int {
	if p == nil || len(p.APIServers) == 0 {
		return -1
	}
	n := len(p.APIServers)
	if p.shares(m) || len(hosts(m)) == 0 && n == 1 && p.mirrored(m) {
		n--
	}
	return n
}

// topology finds out where the members run.
func topology(rows []Row, p *Place) Topology {
	shared, mirrored, seen := 0, 0, 0
	for i := range rows {
		if p.shares(&rows[i]) {
			shared++
		}
		if p.mirrored(&rows[i]) {
			mirrored++
		}
		if len(hosts(&rows[i])) > 0 {
			seen++
		}
	}
	kind, why := "unknown", "the store holds no addresses of API servers (masterleases) and no mirror pods of etcd"
	switch {
	case shared > 0:
		kind, why = "stacked", fmt.Sprintf("%d of %s have the address of an API server (masterleases)", shared, plural(len(rows), "member"))
		if len(rows) == 1 {
			why = "it has the address of an API server (masterleases)"
		}
	case mirrored > 0:
		kind, why = "stacked", fmt.Sprintf("%d of %s are mirror pods (etcd-NODE)", mirrored, plural(len(rows), "member"))
	case p != nil && len(p.APIServers) > 0 && len(p.EtcdNodes) == 0 && seen == len(rows) && seen > 0:
		kind, why = "external", fmt.Sprintf("no member has an address of the %s (masterleases)", plural(len(p.APIServers), "API server"))
	case p != nil && len(p.APIServers) > 0:
		why = "the members name no address that could be compared with those of the API servers"
	case p == nil:
		why = "the store was not read"
	}
	if len(rows) == 1 {
		return Topology{"single", "one member; " + map[bool]string{true: why, false: kind + ": " + why}[kind == "unknown"]}
	}
	return Topology{kind, why}
}
