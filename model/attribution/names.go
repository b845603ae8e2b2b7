package attribution

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// parts are those of Kubernetes that have names.
var parts = []string{apiserver, controlMgr, scheduler, kubelet}

// names are what the parts of Kubernetes call themselves in this cluster. A client that says nothing else is named by
// the file of its program (client-go, rest.DefaultKubernetesUserAgent), and where all parts are one program, as in k3s,
// all of them have its name. What only one part writes tells it: leases, the certificate of each namespace, the Service
// of the API server. One name set by hand counts for little beside what is renewed all the time.
type names struct {
	seen map[string]map[string]int // how often, by part and manager
	best map[string]string         // the one that was seen most
}

// The fields that tell.
var (
	renewTime = path(diff.Split(".spec.renewTime"))
	rootCA    = path(diff.Split(`.data["ca.crt"]`))
	portsType = path(diff.Split(".spec.type"))
)

// note takes what a version tells of the part that wrote it.
func (n *names) note(v *version, made bool) {
	if v == nil || !v.IsKubernetes() {
		return
	}
	switch {
	case v.Kind == "Lease" && v.Namespace == "kube-node-lease":
		n.add(kubelet, v, renewTime)
	case leads(v):
		n.add(v.Name, v, renewTime)
	case v.Kind == "ConfigMap" && v.Name == "kube-root-ca.crt" && made:
		n.add(controlMgr, v, rootCA)
	case v.Kind == "Service" && v.Namespace == "default" && v.Name == "kubernetes":
		n.add(apiserver, v, portsType)
	}
}

// leads reports whether an object is the lease of who leads among several of one part.
func leads(v *version) bool {
	return v.Kind == "Lease" && v.Namespace == "kube-system" && (v.Name == controlMgr || v.Name == scheduler)
}

// maxNames bounds how many names of one part are remembered.
const maxNames = 16

func (n *names) add(part string, v *version, p path) {
	for i := range v.entries {
		e := &v.entries[i]
		if e.Operation != "Update" || e.Set.Match(p) != fields.Exact {
			continue
		}
		if n.seen == nil {
			n.seen, n.best = map[string]map[string]int{}, map[string]string{}
		}
		name, by := e.Manager, n.seen[part]
		if component(name) == part {
			name = part
		}
		if by == nil {
			by = map[string]int{}
			n.seen[part] = by
		}
		if by[name] > 0 || len(by) < maxNames {
			by[name]++
		}
		if best := n.best[part]; best == "" || by[name] > by[best] {
			n.best[part] = name
		}
	}
}

// of returns what a part calls itself. A part of which nothing was seen has the name that the API server and
// kube-controller-manager share.
func (n *names) of(part string) string {
	if name := n.best[part]; name != "" {
		return name
	}
	if one := n.best[apiserver]; one != "" && one != apiserver && one == n.best[controlMgr] {
		return one
	}
	return part
}

// is reports whether a manager is a part of Kubernetes, under its own name or the one that it has here.
func (n *names) is(manager, part string) bool {
	return component(manager) == part || manager != "" && manager == n.of(part)
}

// any reports whether a manager is some part of Kubernetes.
func (n *names) any(manager string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return n.is(manager, p) })
}

// called returns the parts that a name stands for here.
func (n *names) called(name string) (out []string) {
	for _, p := range parts {
		if n.of(p) == name {
			out = append(out, p)
		}
	}
	return out
}

// keptAlone are the kinds of which all but the making is one controller's, whatever other parts share its name.
var keptAlone = set("Event Deployment ReplicaSet DaemonSet StatefulSet ReplicationController Job CronJob EndpointSlice PodDisruptionBudget HorizontalPodAutoscaler")

// keeps reports whether a writer is kube-controller-manager: under a name that other parts have too, only what its
// controllers alone do tells.
func (c *ctx) keeps(writer string) bool {
	if component(writer) == controlMgr {
		return true
	}
	v := c.version()
	return v != nil && c.e.names.is(writer, controlMgr) && (keptAlone[v.Kind] || len(c.e.names.called(writer)) == 1)
}

// partOf tells which part of Kubernetes a writer is, "" where it is none or cannot be told.
func (c *ctx) partOf(writer, controller string) string {
	if p := component(writer); p == etcd || slices.Contains(parts, p) {
		return p
	}
	v, may := c.version(), c.e.names.called(writer)
	switch {
	case len(may) == 0 || v == nil:
		return ""
	case len(may) == 1:
		return may[0]
	case controller != "":
		return controlMgr
	case leads(v):
		return v.Name
	case v.Kind == "Event" && component(eventComponent(v)) == scheduler:
		return scheduler
	case v.node() != "" && c.only(".status", ".spec.renewTime"), v.Kind == "Event" && eventComponent(v) == kubelet, v.Kind == "CSINode":
		return kubelet
	}
	return ""
}

// rename notes which part of Kubernetes wrote, and gives a part that a rule concluded the name that it has here. What a
// part does in the course of another's request bears no name.
func (c *ctx) rename(f *finding) {
	if f.part != "" {
		return
	}
	f.part = c.partOf(f.writer, f.controller)
	if f.stored || !slices.Contains(parts, f.writer) || c.e.ownKey(string(c.Key)) {
		return
	}
	if name := c.e.names.of(f.writer); name != f.writer {
		f.evidence += "; " + f.writer + " is called " + name + " here"
		f.writer = name
	}
}
