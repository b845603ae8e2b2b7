package rules

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// Controllers inside kube-controller-manager that rules name, by the names of their service accounts.
const (
	garbageCollector = "generic-garbage-collector"
	podGC            = "pod-garbage-collector"
	taintEviction    = "taint-eviction-controller"
)

// controllers are the names under which parts of kube-controller-manager act and report.
var controllers = evidence.SetOf(`attachdetach-controller certificate-controller clusterrole-aggregation-controller cronjob-controller
	daemon-set-controller daemonset-controller deployment-controller device-taint-eviction-controller disruption-controller endpoint-controller
	endpointslice-controller endpointslicemirroring-controller ephemeral-volume-controller expand-controller
	generic-garbage-collector horizontal-pod-autoscaler job-controller legacy-service-account-token-cleaner
	namespace-controller node-controller node-lifecycle-controller node-ipam-controller persistent-volume-binder persistentvolume-controller
	pod-garbage-collector pv-protection-controller pvc-protection-controller replicaset-controller replication-controller
	resource-claim-controller resourcequota-controller root-ca-cert-publisher selinux-warning-controller
	service-account-controller service-cidrs-controller statefulset-controller storage-version-migrator-controller
	taint-eviction-controller token-cleaner tokens-controller ttl-after-finished-controller ttl-controller vac-protection-controller
	validatingadmissionpolicy-status-controller bootstrap-signer podcertificaterequest-cleaner route-controller service-controller
	kube-apiserver-serving-clustertrustbundle-publisher resource-pool-status-request-controller`)

// podOwners are the controllers that make and delete pods, by the kind of the pod's owner.
var podOwners = map[string]string{
	"ReplicaSet": "replicaset-controller", "ReplicationController": "replication-controller", "Job": "job-controller",
	"DaemonSet": "daemon-set-controller", "StatefulSet": "statefulset-controller",
}

// ownManagers are field managers that are controllers themselves.
var ownManagers = map[string]string{
	"clusterrole-aggregation-controller": "clusterrole-aggregation-controller", "resource-claim-controller": "resource-claim-controller",
	"service-cidr-controller": "service-cidrs-controller", "service-cidrs-controller": "service-cidrs-controller",
	"validatingadmissionpolicy-status":    "validatingadmissionpolicy-status-controller",
	"storage-version-migrator-controller": "storage-version-migrator-controller",
	"storageversion-migrator-controller":  "storage-version-migrator-controller",
}

// kindControllers are the controllers that write the objects of a kind, where there is one only.
var kindControllers = map[string]string{
	"Deployment": "deployment-controller", "CronJob": "cronjob-controller", "DaemonSet": "daemon-set-controller",
	"StatefulSet": "statefulset-controller", "ReplicationController": "replication-controller", "Endpoints": "endpoint-controller",
	"EndpointSlice": "endpointslice-controller", "Namespace": "namespace-controller",
	"ResourceQuota": "resourcequota-controller", "PodDisruptionBudget": "disruption-controller",
	"HorizontalPodAutoscaler": "horizontal-pod-autoscaler", "CertificateSigningRequest": "certificate-controller",
	"PersistentVolume": "persistent-volume-binder", "PersistentVolumeClaim": "persistent-volume-binder",
	"VolumeAttachment": "attachdetach-controller", "ServiceCIDR": "service-cidrs-controller",
	"ClusterRole": "clusterrole-aggregation-controller", "ResourceClaim": "resource-claim-controller",
	"ValidatingAdmissionPolicy": "validatingadmissionpolicy-status-controller",
}

// controllerOf returns which controller inside kube-controller-manager made a change, "" where it is not known.
func controllerOf(c *Case, manager string) string {
	if own := ownManagers[manager]; own != "" {
		return own
	}
	v := c.Latest()
	if v == nil {
		return ""
	}
	if v.Kind == "Event" {
		return reporter(v)
	}
	if lostOwner(c) {
		return garbageCollector
	}
	created := c.Type == etcdsource.Created
	owner := v.Owner().Kind
	switch v.Kind {
	case "Pod":
		return podController(c, v, owner)
	case "ReplicaSet":
		if c.Changed(".status") || c.Prev == nil && !created && statusLast(c, v) {
			return "replicaset-controller"
		}
		if c.Prev == nil && !created && len(v.Owners) == 0 { // made for a Deployment, and orphaned since
			return garbageCollector
		}
		return "deployment-controller"
	case "Job":
		if created {
			return "cronjob-controller"
		}
		return "job-controller"
	case "ControllerRevision":
		return podOwners[owner]
	case "ServiceAccount":
		return accountController(c, v)
	case "PersistentVolumeClaim", "PersistentVolume", "Secret", "ConfigMap", "Node", "Deployment", "EndpointSlice", "ResourceClaim", "Lease":
		return sharedController(c, v, created)
	}
	return kindControllers[v.Kind]
}

// reporters are the names under which controllers report Events, where these are not those of their service accounts.
var reporters = map[string]string{
	"cidrAllocator": "node-ipam-controller", "endpoint-slice-controller": "endpointslice-controller",
	"endpoint-slice-mirroring-controller": "endpointslicemirroring-controller", "ephemeral_volume": "ephemeral-volume-controller",
	"garbage-collector-controller": garbageCollector, "resource_claim": "resource-claim-controller", "volume_expand": "expand-controller",
}

// reporter returns which controller reported an Event, "" where that is none of kube-controller-manager's. Several have
// reported as "controllermanager": the disruption-controller still does.
func reporter(event *evidence.Version) string {
	name := event.Reporter()
	switch {
	case controllers[name]:
		return name
	case name == "controllermanager" && event.Text("involvedObject", "kind") == "PodDisruptionBudget":
		return "disruption-controller"
	}
	return reporters[name]
}

// lostOwner reports whether a change did nothing but remove references to owners of which one is gone or orphans its
// dependents, which the garbage collector does. A controller releases what does not match its selector any more: its owner
// lives.
func lostOwner(c *Case) bool {
	if c.Prev == nil || c.Cur == nil || len(c.Prev.Owners) <= len(c.Cur.Owners) || !c.Only(".metadata.ownerReferences", ".metadata.generation", ".metadata.finalizers") {
		return false
	}
	return slices.ContainsFunc(c.Prev.Owners, func(o evidence.Owner) bool {
		t, alive, found := c.Memory.Objects.Alive(o.UID)
		return found && (!alive || t.Orphan || t.Marked != 0)
	})
}

// accountController separates who writes ServiceAccounts: the default of each namespace has a controller, old versions
// listed their tokens in them, and kube-controller-manager makes those that its controllers use for itself.
func accountController(c *Case, v *evidence.Version) string {
	switch {
	case c.Changed(".secrets"):
		return "tokens-controller"
	case v.Name == "default":
		return "service-account-controller"
	}
	return ""
}

// statusLast reports whether the status was written last; within one second it follows what else is written. Where entries
// do not name their subresource, such a status reports the newest generation.
func statusLast(c *Case, v *evidence.Version) bool {
	if !c.Memory.NamesSubresources() {
		return v.Number(-1, "status", "observedGeneration") == v.Number(0, "metadata", "generation")
	}
	top := evidence.Newest(v.Entries)
	return top != nil && slices.ContainsFunc(v.Entries, func(e evidence.Entry) bool { return e.Subresource == "status" && e.Time.Equal(top.Time) })
}

func podController(c *Case, v *evidence.Version, owner string) string {
	if c.Prev == nil {
		return podOwners[owner]
	}
	if c.Cur != nil {
		if reason, ok := c.Cur.Condition("DisruptionTarget"); ok && c.Changed(".status.conditions") {
			if f, ok := byDisruption(reason); ok && f.Controller != "" {
				return f.Controller
			}
		}
		if c.Changed(".metadata.finalizers") {
			return "job-controller"
		}
		if c.Changed(".status") {
			return "node-lifecycle-controller" // it marks pods as not ready whose node is not
		}
	}
	return podOwners[owner]
}

// sharedController separates the controllers of kinds that several write.
func sharedController(c *Case, v *evidence.Version, created bool) string {
	switch v.Kind {
	case "PersistentVolumeClaim":
		switch {
		case created && v.Owner().Kind == "Pod":
			return "ephemeral-volume-controller"
		case created:
			return "statefulset-controller"
		case c.Changed(".metadata.finalizers"):
			return "pvc-protection-controller"
		case c.Changed(".status.capacity") || c.Changed(".status.allocatedResources"):
			if !c.Changed(".status.phase") {
				return "expand-controller"
			}
		}
	case "PersistentVolume":
		if c.Changed(".metadata.finalizers") {
			return "pv-protection-controller"
		}
	case "Secret":
		return "tokens-controller"
	case "ConfigMap":
		switch v.Name {
		case "kube-root-ca.crt":
			return "root-ca-cert-publisher"
		case "cluster-info":
			return "bootstrap-signer"
		}
		return ""
	case "Node":
		return nodeController(c)
	case "Deployment":
		if c.Only(".spec.replicas", ".metadata.generation") {
			return "horizontal-pod-autoscaler"
		}
	case "EndpointSlice":
		return sliceController(v)
	case "Lease":
		return ""
	}
	return kindControllers[v.Kind]
}

func nodeController(c *Case) string {
	switch {
	case c.Changed(`.metadata.annotations["node.alpha.kubernetes.io/ttl"]`):
		return "ttl-controller"
	case c.Changed(".spec.podCIDR"), c.Changed(".spec.podCIDRs"):
		return "node-ipam-controller"
	case c.Changed(".status.volumesAttached"):
		return "attachdetach-controller"
	case c.Changed(".metadata.annotations"):
		if strings.Contains(c.Changes[0].Path, "controller-managed-attach-detach") {
			return "attachdetach-controller"
		}
		return "ttl-controller"
	}
	return "node-lifecycle-controller"
}

// sliceController returns the controller that an EndpointSlice's label names; "" where that is none of Kubernetes' own.
func sliceController(v *evidence.Version) string {
	switch v.Text("metadata", "labels", "endpointslice.kubernetes.io/managed-by") {
	case "endpointslice-controller.k8s.io":
		return "endpointslice-controller"
	case "endpointslicemirroring-controller.k8s.io":
		return "endpointslicemirroring-controller"
	}
	return ""
}

// IsController reports whether a name is that of a controller inside kube-controller-manager.
func IsController(name string) bool { return controllers[name] }
