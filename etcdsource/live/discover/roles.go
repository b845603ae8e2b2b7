package discover

import (
	"net"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Some clusters keep single resources, as a rule Events, in an etcd of their own. Each etcd of such a node has a name.

// mainName reports whether a name is that of the etcd of the cluster as a whole.
func mainName(name string) bool { return name == "" || name == "main" }

// override is an etcd that keeps some resources only.
type override struct {
	name      string // of the first resource
	resources []string
	endpoints []string
}

// maxOverrides is how many etcds of single resources are listed.
const maxOverrides = 16

// overrides reads --etcd-servers-overrides: group/resource#url;url,… Resources with the same addresses are in one etcd.
func overrides(flag string) (out []override) {
	for _, one := range strings.Split(flag, ",") {
		resource, servers, ok := strings.Cut(one, "#")
		if !ok || servers == "" || len(out) == maxOverrides {
			continue
		}
		resource = strings.TrimPrefix(resource, "/")
		eps := slices.DeleteFunc(strings.Split(servers, ";"), func(ep string) bool { return ep == "" || strings.Contains(ep, "$") })
		at := slices.IndexFunc(out, func(o override) bool { return slices.Equal(o.endpoints, eps) })
		if at < 0 {
			out = append(out, override{name: path.Base(resource), endpoints: eps})
			at = len(out) - 1
		}
		out[at].resources = append(out[at].resources, resource)
	}
	return out
}

// kopsPorts are those at which kOps' etcds listen.
var kopsPorts = map[string]string{"4001": "main", "4002": "events", "4003": "cilium", "4004": "leases"}

// named gives each hint the name of the etcd that it is about, and adds those that an API server names beside its own.
func named(hints []hint) (out []hint) {
	byPort, keeps := map[string]string{}, map[string][]string{"events": {"events"}, "leases": {"coordination.k8s.io/leases"}}
	for i := range hints {
		for _, o := range hints[i].overrides {
			keeps[o.name] = o.resources
			for _, ep := range o.endpoints {
				byPort[portOf(ep)] = o.name
			}
		}
	}
	for _, h := range hints {
		if h.name == "" {
			h.name = h.nameBy(byPort)
		}
		if !mainName(h.name) {
			h.resources = keeps[h.name]
		}
		out = append(out, h)
	}
	for _, h := range hints {
		for _, o := range h.overrides {
			of := h
			of.name, of.endpoints, of.overrides, of.dataDir, of.walDir, of.resources = o.name, o.endpoints, nil, "", "", o.resources
			of.from += ", --etcd-servers-overrides of " + strings.Join(o.resources, ", ")
			out = append(out, of)
		}
	}
	several := map[string]bool{}
	for i := range out {
		several[out[i].distro] = several[out[i].distro] || !mainName(out[i].name)
	}
	for i := range out {
		if out[i].name == "" && several[out[i].distro] {
			out[i].name = "main"
		}
	}
	return out
}

// nameBy finds the name by a port or by the data directory.
func (h *hint) nameBy(byPort map[string]string) string {
	if h.client {
		return ""
	}
	for _, ep := range h.endpoints {
		port := portOf(ep)
		if name := byPort[port]; name != "" {
			return name
		}
		if name := kopsPorts[port]; name != "" && h.distro == "kops" {
			return name
		}
	}
	if strings.Contains(path.Base(h.dataDir), "events") {
		return "events"
	}
	return ""
}

// portOf is the port of an endpoint, the endpoint itself where it has none.
func portOf(ep string) string {
	if u, err := url.Parse(ep); err == nil {
		if _, port, err := net.SplitHostPort(u.Host); err == nil {
			return port
		}
	}
	return ep
}
