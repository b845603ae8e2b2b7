package attribution

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
)

// Names in managedFields are what clients call themselves: --field-manager=kubelet is enough. A part of Kubernetes is
// believed to have written what it does write; of anything else only the name is told, and no controller, node or lane.

// does says what a part of Kubernetes writes: kinds that it makes, kinds that it changes.
type does struct {
	what    string
	makes   map[string]bool
	changes map[string]bool
}

var doings = map[string]does{
	kubelet: {"the kubelet", set("Event Lease Node CSINode CertificateSigningRequest PodCertificateRequest Pod ResourceSlice"),
		set("Event Lease Node CSINode CertificateSigningRequest PodCertificateRequest Pod ResourceSlice PersistentVolumeClaim PersistentVolume ResourceClaim")},
	scheduler: {"the kube-scheduler", set("Event Lease LeaseCandidate ResourceClaim"),
		set("Event Lease LeaseCandidate ResourceClaim Pod PersistentVolumeClaim PersistentVolume PodGroup Workload")},
	controlMgr: {"kube-controller-manager", set(`Event Lease LeaseCandidate Pod ReplicaSet Job ControllerRevision Endpoints EndpointSlice
		PersistentVolumeClaim PersistentVolume Secret ConfigMap ServiceAccount ResourceClaim VolumeAttachment ClusterTrustBundle ServiceCIDR`), nil},
	apiserver: {"the kube-apiserver", nil, nil},
}

// workloads are what the API server never writes of its own accord.
var workloads = set("Pod Deployment ReplicaSet StatefulSet DaemonSet Job CronJob ReplicationController")

// selfNamed takes back what a name promises where the component of that name would not write this.
func (c *ctx) selfNamed(f *finding) {
	d, ok := doings[component(f.writer)]
	if !ok || c.Ref.Name == "" || c.version() == nil {
		return
	}
	if why := c.unlike(component(f.writer), d); why != "" {
		f.controller, f.grade, f.borrowed = "", min(f.grade, Likely), true
		f.evidence += "; names are self-declared: " + d.what + " does not " + why
	}
}

// unlike says what a component would not do; "" where nothing speaks against it.
func (c *ctx) unlike(name string, d does) string {
	v := c.version()
	kind := v.Kind
	if c.Ref.Custom {
		kind = "custom " + kind
	}
	switch {
	case c.cur == nil:
		return ""
	case name == apiserver && workloads[kind]:
		return "write a " + v.Kind
	case c.made() && d.makes != nil && !d.makes[kind]:
		return "create a " + v.Kind
	case c.made() && name == controlMgr:
		return c.unlikeMade(v)
	case c.made() && name == kubelet && kind == "Pod" && v.Text("metadata", "annotations", "kubernetes.io/config.mirror") == "":
		return "create a Pod that mirrors no manifest"
	case c.made() || c.prev == nil:
		return ""
	case d.changes != nil && !d.changes[kind]:
		return "change a " + v.Kind
	case name == controlMgr:
		return c.unlikeChanged(v, kind)
	case name != apiserver && kind == "Pod":
		return c.foreign(name, v.Kind, ".status")
	}
	return ""
}

// made reports whether the change made the object.
func (c *ctx) made() bool { return c.prev == nil && c.Version == 1 }

// ownersOf are the kinds of owners that kube-controller-manager makes objects of a kind for.
var ownersOf = map[string]string{
	"Pod": "ReplicaSet ReplicationController Job DaemonSet StatefulSet", "ReplicaSet": "Deployment", "Job": "CronJob",
	"ControllerRevision": "DaemonSet StatefulSet",
}

// unlikeMade is for objects that kube-controller-manager makes for others only.
func (c *ctx) unlikeMade(v *version) string {
	if owners := ownersOf[v.Kind]; owners != "" && !set(owners)[v.owner().kind] {
		return "create a " + v.Kind + " that no controller owns"
	}
	return foreignData(v)
}

// foreignData is for ConfigMaps: kube-controller-manager keeps a few of its own.
func foreignData(v *version) string {
	if v.Kind == "ConfigMap" && v.Name != "kube-root-ca.crt" && v.Name != "cluster-info" && v.Namespace != "kube-system" {
		return "keep this ConfigMap"
	}
	return ""
}

// upkeep are the fields that kube-controller-manager may write of any object.
var upkeep = []string{".status", ".metadata.ownerReferences", ".metadata.finalizers", ".metadata.annotations"}

// unlikeChanged is for kinds that people write the spec of: kube-controller-manager keeps their status, and scales them.
func (c *ctx) unlikeChanged(v *version, kind string) string {
	switch kind {
	case "Deployment", "StatefulSet", "ReplicationController":
		return c.foreign(controlMgr, v.Kind, append([]string{".spec.replicas"}, upkeep...)...)
	case "DaemonSet", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget", "CustomResourceDefinition", "Role", "RoleBinding", "ClusterRoleBinding",
		"Ingress", "NetworkPolicy", "LimitRange", "StorageClass", "Service":
		return c.foreign(controlMgr, v.Kind, append([]string{".metadata.labels"}, upkeep...)...)
	case "ConfigMap":
		if c.foreign(controlMgr, v.Kind, upkeep...) != "" {
			return foreignData(v)
		}
	}
	return ""
}

// foreign names a field that a component claims to have changed, and that is none of those given, nor below one. What
// the API server fills in with anybody's write is nobody's in managedFields, and does not count.
func (c *ctx) foreign(name, kind string, but ...string) string {
	for i := range c.Changes {
		ch := &c.Changes[i]
		p := path(diff.Split(ch.Path))
		if ch.Op == diff.Remove || unowned[ch.Path] || within(ch.Path, but) {
			continue
		}
		for k := range c.cur.entries {
			e := &c.cur.entries[k]
			if m := e.Set.Match(p); component(e.Manager) == name && m != fields.None {
				return "change " + ch.Path + " of a " + kind
			}
		}
	}
	return ""
}

// within reports whether a path is one of those given, or below one.
func within(p string, of []string) bool {
	for _, o := range of {
		if rest, ok := strings.CutPrefix(p, o); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}
