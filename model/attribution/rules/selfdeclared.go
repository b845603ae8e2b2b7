package rules

import (
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// Managers are what clients call themselves: --field-manager=kubelet is enough. A component is believed to have written
// what it does write; of anything else only the name is given, and no controller, node or lane.

// writer says what a component of Kubernetes writes: kinds that it creates, kinds that it changes; nil: any.
type writer struct {
	what    string
	creates map[string]bool
	changes map[string]bool
}

// writes says what each component writes.
var writes = map[string]writer{
	evidence.Kubelet: {"the kubelet", evidence.SetOf("Event Lease Node CSINode CertificateSigningRequest PodCertificateRequest Pod ResourceSlice"),
		evidence.SetOf("Event Lease Node CSINode CertificateSigningRequest PodCertificateRequest Pod ResourceSlice PersistentVolumeClaim PersistentVolume ResourceClaim")},
	evidence.Scheduler: {"the kube-scheduler", evidence.SetOf("Event Lease LeaseCandidate ResourceClaim"),
		evidence.SetOf("Event Lease LeaseCandidate ResourceClaim Pod PersistentVolumeClaim PersistentVolume PodGroup Workload")},
	evidence.ControllerManager: {"kube-controller-manager", evidence.SetOf(`Event Lease LeaseCandidate Pod ReplicaSet Job ControllerRevision Endpoints EndpointSlice
		PersistentVolumeClaim PersistentVolume Secret ConfigMap ServiceAccount ResourceClaim VolumeAttachment ClusterTrustBundle ServiceCIDR`), nil},
	evidence.APIServer: {"the kube-apiserver", apiServers, apiServers},
}

// apiServers are the kinds that the API server writes of its own accord: what it is bootstrapped with, its own endpoints
// and leases, status that it computes, and labels of tokens that were used.
var apiServers = evidence.SetOf(`Event Lease LeaseCandidate ConfigMap Secret Endpoints EndpointSlice Service Namespace ResourceQuota RangeAllocation
	ClusterRole ClusterRoleBinding Role RoleBinding PriorityClass FlowSchema PriorityLevelConfiguration APIService CustomResourceDefinition
	ServiceCIDR IPAddress StorageVersion StorageVersionMigration
	ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding`)

// doubtName takes back what a manager's name promises where the component of that name would not write this.
func doubtName(c *Case, f *Finding) {
	w, ok := writes[evidence.Component(f.Writer)]
	if !ok || c.Ref.Name == "" || c.Cur == nil {
		return
	}
	d := doubt{c, evidence.Component(f.Writer), c.Cur.Kind}
	if c.Ref.Custom {
		d.kind = "custom " + d.kind
	}
	if why := d.unlike(&w); why != "" {
		f.Controller, f.Grade, f.Borrowed = "", min(f.Grade, Likely), true
		f.Evidence += "; manager names are self-declared: " + w.what + " does not " + why
	}
}

// doubt asks whether a component made a change of an object that is still there.
type doubt struct {
	*Case
	component string
	kind      string // "custom Pod" for a custom resource
}

// unlike says what the component would not do; "" where nothing speaks against it.
func (d doubt) unlike(w *writer) string {
	switch {
	case d.component == evidence.APIServer && d.kind == "ConfigMap" && d.Cur.Namespace != "kube-system":
		return "keep this ConfigMap"
	case d.Created():
		return d.unlikeCreated(w)
	case d.Prev == nil:
		return ""
	case w.changes != nil && !w.changes[d.kind]:
		return "change a " + d.Cur.Kind
	case d.component == evidence.ControllerManager:
		return d.unlikeChanged()
	case d.component != evidence.APIServer && d.kind == "Pod":
		return d.foreign(".status")
	}
	return ""
}

// ownersOf are the kinds of owners that kube-controller-manager creates objects of a kind for.
var ownersOf = map[string]map[string]bool{
	"Pod":                evidence.SetOf("ReplicaSet ReplicationController Job DaemonSet StatefulSet"),
	"ReplicaSet":         evidence.SetOf("Deployment"),
	"Job":                evidence.SetOf("CronJob"),
	"ControllerRevision": evidence.SetOf("DaemonSet StatefulSet"),
}

func (d doubt) unlikeCreated(w *writer) string {
	v := d.Cur
	switch {
	case w.creates != nil && !w.creates[d.kind]:
		return "create a " + v.Kind
	case d.component == evidence.ControllerManager:
		if owners := ownersOf[v.Kind]; owners != nil && !owners[v.Owner().Kind] {
			return "create a " + v.Kind + " that no controller owns"
		}
		return foreignData(v)
	case d.component == evidence.Kubelet && d.kind == "Pod" && v.Text("metadata", "annotations", "kubernetes.io/config.mirror") == "":
		return "create a Pod that mirrors no manifest"
	}
	return ""
}

// foreignData is for ConfigMaps: kube-controller-manager keeps a few of its own.
func foreignData(v *evidence.Version) string {
	if v.Kind == "ConfigMap" && v.Name != "kube-root-ca.crt" && v.Name != "cluster-info" && v.Namespace != "kube-system" {
		return "keep this ConfigMap"
	}
	return ""
}

// upkeep are the fields that kube-controller-manager may write of any object.
var upkeep = []string{".status", ".metadata.ownerReferences", ".metadata.finalizers", ".metadata.annotations"}

// unlikeChanged is for kinds whose spec people write: kube-controller-manager keeps their status, and scales them.
func (d doubt) unlikeChanged() string {
	switch d.kind {
	case "Deployment", "StatefulSet", "ReplicationController":
		return d.foreign(append([]string{".spec.replicas"}, upkeep...)...)
	case "DaemonSet", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget", "CustomResourceDefinition", "Role", "RoleBinding", "ClusterRoleBinding",
		"Ingress", "NetworkPolicy", "LimitRange", "StorageClass", "Service":
		return d.foreign(append([]string{".metadata.labels"}, upkeep...)...)
	case "ConfigMap":
		if d.foreign(upkeep...) != "" {
			return foreignData(d.Cur)
		}
	}
	return ""
}

// foreign names a field that the component claims to have changed, and that is none of those given, nor below one. What the
// API server fills in during anybody's write is nobody's in managedFields, and does not count.
func (d doubt) foreign(but ...string) string {
	for i := range d.Changes {
		ch := &d.Changes[i]
		p := evidence.Path(diff.Split(ch.Path))
		if ch.Op == diff.Remove || evidence.Unowned(ch.Path) || evidence.Within(ch.Path, but) {
			continue
		}
		for k := range d.Cur.Entries {
			e := &d.Cur.Entries[k]
			if m := e.Set.Match(p); evidence.Component(e.Manager) == d.component && m != fields.None {
				return "change " + ch.Path + " of a " + d.Cur.Kind
			}
		}
	}
	return ""
}
