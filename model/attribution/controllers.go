package attribution

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Controllers inside kube-controller-manager that rules name, by the names of their service accounts.
const (
	garbageCollector = "generic-garbage-collector"
	podGC            = "pod-garbage-collector"
	taintEviction    = "taint-eviction-controller"
)

// controllers are the names under which parts of kube-controller-manager act and report.
var controllers = set(`attachdetach-controller certificate-controller clusterrole-aggregation-controller cronjob-controller
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

func set(s string) map[string]bool {
	m := map[string]bool{}
	for _, f := range strings.Fields(s) {
		m[f] = true
	}
	return m
}

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
	"EndpointSlice": "endpointslice-controller", "Namespace": "namespace-controller", "ServiceAccount": "service-account-controller",
	"ResourceQuota": "resourcequota-controller", "PodDisruptionBudget": "disruption-controller",
	"HorizontalPodAutoscaler": "horizontal-pod-autoscaler", "CertificateSigningRequest": "certificate-controller",
	"PersistentVolume": "persistent-volume-binder", "PersistentVolumeClaim": "persistent-volume-binder",
	"VolumeAttachment": "attachdetach-controller", "ServiceCIDR": "service-cidrs-controller",
	"ClusterRole": "clusterrole-aggregation-controller", "ResourceClaim": "resource-claim-controller",
	"ValidatingAdmissionPolicy": "validatingadmissionpolicy-status-controller",
}

// controllerOf tells which controller inside kube-controller-manager made a change, "" where it cannot be told.
func (c *ctx) controllerOf(manager string) string {
	if own := ownManagers[manager]; own != "" {
		return own
	}
	v := c.version()
	if v == nil {
		return ""
	}
	created := c.Type == etcdsource.Created
	owner := v.owner().kind
	switch v.Kind {
	case "Event":
		if name := eventComponent(v); controllers[name] {
			return name
		}
		return ""
	case "Pod":
		return c.podController(v, owner)
	case "ReplicaSet":
		if c.changed(".status") || c.prev == nil && !created && c.statusLast(v) {
			return "replicaset-controller"
		}
		return c.letGo(v, "deployment-controller")
	case "Job":
		if created {
			return "cronjob-controller"
		}
		return c.letGo(v, "job-controller")
	case "ControllerRevision":
		return podOwners[owner]
	case "PersistentVolumeClaim", "PersistentVolume", "Secret", "ConfigMap", "Node", "Deployment", "EndpointSlice", "ResourceClaim", "Lease":
		return c.special(v, created)
	}
	return c.letGo(v, kindControllers[v.Kind])
}

// letGo recognises the garbage collector, which takes owners off that are gone or that orphan their dependents.
func (c *ctx) letGo(v *version, otherwise string) string {
	if c.prev != nil && c.cur != nil && c.only(".metadata.ownerReferences", ".metadata.generation", ".metadata.finalizers") && len(c.prev.owners) > len(c.cur.owners) {
		for _, o := range c.prev.owners {
			if t, living, found := c.e.world.alive(o.uid); found && (!living || t.orphan || t.marked != 0) {
				return garbageCollector
			}
		}
	}
	return otherwise
}

// statusLast reports whether nothing was written after the status: it follows what else is written in the same second.
// Where entries do not tell of the status, it knows the newest generation then.
func (c *ctx) statusLast(v *version) bool {
	if !c.e.parser.subresources {
		return v.number(-1, "status", "observedGeneration") == v.number(0, "metadata", "generation")
	}
	top := newest(v.entries)
	return top != nil && slices.ContainsFunc(v.entries, func(e entry) bool { return e.Subresource == "status" && e.Time.Equal(top.Time) })
}

func (c *ctx) podController(v *version, owner string) string {
	if c.prev == nil {
		return podOwners[owner]
	}
	if c.cur != nil {
		if reason, ok := c.cur.condition("DisruptionTarget"); ok && c.changed(".status.conditions") {
			if f, ok := byReason(reason); ok && f.controller != "" {
				return f.controller
			}
		}
		if c.changed(".metadata.finalizers") {
			return "job-controller"
		}
		if c.changed(".status") {
			return "node-lifecycle-controller" // it says that a pod is not ready whose node is not
		}
	}
	return c.letGo(v, podOwners[owner])
}

// special tells apart who writes kinds that several controllers write.
func (c *ctx) special(v *version, created bool) string {
	switch v.Kind {
	case "PersistentVolumeClaim":
		switch {
		case created && v.owner().kind == "Pod":
			return "ephemeral-volume-controller"
		case created:
			return "statefulset-controller"
		case c.changed(".metadata.finalizers"):
			return "pvc-protection-controller"
		case c.changed(".status.capacity") || c.changed(".status.allocatedResources"):
			if !c.changed(".status.phase") {
				return "expand-controller"
			}
		}
	case "PersistentVolume":
		if c.changed(".metadata.finalizers") {
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
		return c.nodeController()
	case "Deployment":
		if c.only(".spec.replicas", ".metadata.generation") {
			return "horizontal-pod-autoscaler"
		}
	case "EndpointSlice":
		return sliceController(v)
	case "Lease":
		return ""
	}
	return kindControllers[v.Kind]
}

func (c *ctx) nodeController() string {
	switch {
	case c.changed(`.metadata.annotations["node.alpha.kubernetes.io/ttl"]`):
		return "ttl-controller"
	case c.changed(".spec.podCIDR"), c.changed(".spec.podCIDRs"):
		return "node-ipam-controller"
	case c.changed(".status.volumesAttached"):
		return "attachdetach-controller"
	case c.changed(".metadata.annotations"):
		if strings.Contains(c.Changes[0].Path, "controller-managed-attach-detach") {
			return "attachdetach-controller"
		}
		return "ttl-controller"
	}
	return "node-lifecycle-controller"
}

// sliceController reads who keeps an EndpointSlice from its label; "" where that is nobody of Kubernetes.
func sliceController(v *version) string {
	switch v.Text("metadata", "labels", "endpointslice.kubernetes.io/managed-by") {
	case "endpointslice-controller.k8s.io":
		return "endpointslice-controller"
	case "endpointslicemirroring-controller.k8s.io":
		return "endpointslicemirroring-controller"
	}
	return ""
}
