package evidence

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// Names are the managers under which the components of Kubernetes write in this cluster. A client without a name of its
// own writes under the file name of its program (client-go, rest.DefaultKubernetesUserAgent), and where all components are
// one program, as in k3s, they share that name. What only one component writes reveals it: leases, the certificate of each
// namespace, the Service of the API server. A single write by hand counts for little beside renewals.
type Names struct {
	seen map[string]map[string]int // number of writes, by component and manager
	best map[string]string         // the manager with most writes, by component
}

// The fields that only one component writes.
var (
	renewTime = Path(diff.Split(".spec.renewTime"))
	rootCA    = Path(diff.Split(`.data["ca.crt"]`))
	portsType = Path(diff.Split(".spec.type"))
)

// Note counts who wrote a version that only one component writes. created: it is the object's first version.
func (n *Names) Note(v *Version, created bool) {
	if v == nil || !v.IsKubernetes() {
		return
	}
	switch {
	case v.Kind == "Lease" && v.Namespace == "kube-node-lease":
		n.add(Kubelet, v, renewTime)
	case v.IsLeaderLease():
		n.add(v.Name, v, renewTime)
	case v.Kind == "ConfigMap" && v.Name == "kube-root-ca.crt" && created:
		n.add(ControllerManager, v, rootCA)
	case v.Kind == "Service" && v.Namespace == "default" && v.Name == "kubernetes":
		n.add(APIServer, v, portsType)
	}
}

// maxNames bounds how many names of one component are remembered.
const maxNames = 16

func (n *Names) add(comp string, v *Version, p Path) {
	for i := range v.Entries {
		e := &v.Entries[i]
		if e.Operation != "Update" || e.Set().Match(p) != fields.Exact {
			continue
		}
		if n.seen == nil {
			n.seen, n.best = map[string]map[string]int{}, map[string]string{}
		}
		name, by := e.Manager, n.seen[comp]
		if Component(name) == comp {
			name = comp
		}
		if by == nil {
			by = map[string]int{}
			n.seen[comp] = by
		}
		if by[name] > 0 || len(by) < maxNames {
			by[name]++
		}
		if best := n.best[comp]; best == "" || by[name] > by[best] {
			n.best[comp] = name
		}
	}
}

// Of returns the manager under which a component writes. A component of which nothing was seen has the name that the API
// server and kube-controller-manager share.
func (n *Names) Of(comp string) string {
	if name := n.best[comp]; name != "" {
		return name
	}
	if one := n.best[APIServer]; one != "" && one != APIServer && one == n.best[ControllerManager] {
		return one
	}
	return comp
}

// Is reports whether a manager is a component, under its own name or the one that it has in this cluster.
func (n *Names) Is(manager, comp string) bool {
	return Component(manager) == comp || manager != "" && manager == n.Of(comp)
}

// Any reports whether a manager is some component of Kubernetes.
func (n *Names) Any(manager string) bool {
	return slices.ContainsFunc(Components, func(c string) bool { return n.Is(manager, c) })
}

// Called returns the components that write under a name in this cluster.
func (n *Names) Called(name string) (out []string) {
	for _, c := range Components {
		if n.Of(c) == name {
			out = append(out, c)
		}
	}
	return out
}
