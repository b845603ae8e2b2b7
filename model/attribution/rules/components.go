package rules

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// What the components beside kube-controller-manager write, and what shows that.

// Components that write little.
const (
	kubeProxy    = "kube-proxy"
	cloudManager = "cloud-controller-manager"
)

var kubeProxies = writer{what: "kube-proxy",
	creates: map[string]proof{"Event": eventsOf(kubeProxy)},
	changes: map[string][]allowed{"Event": {{"*", eventsOf(kubeProxy)}}},
}

var (
	cloudEvents = eventsOf(cloudManager + " service-controller cloud-node-controller cloud-node-lifecycle-controller route_controller node-controller")
	onCloud     = proof{func(d *doubt) bool { return d.Cur.Text("spec", "providerID") != "" }, "change a Node that names no cloud provider"}
	balanced    = proof{func(d *doubt) bool { return d.Cur.Text("spec", "type") == "LoadBalancer" }, "change a Service that is no load balancer"}
)

var cloudManagers = writer{what: cloudManager,
	creates: map[string]proof{"Event": cloudEvents, "Lease": leads(cloudManager), "LeaseCandidate": leads(cloudManager)},
	changes: map[string][]allowed{
		"Event": {{"*", cloudEvents}}, "Lease": {{".spec", leads(cloudManager)}}, "LeaseCandidate": {{".spec", leads(cloudManager)}},
		"Node": {{`.spec.providerID .spec.podCIDR .spec.podCIDRs .status.addresses .metadata.labels["node.kubernetes.io/instance-type"]
			.metadata.labels["beta.kubernetes.io/instance-type"] .metadata.labels["topology.kubernetes.io/*
			.metadata.labels["failure-domain.beta.kubernetes.io/*`, onCloud},
			{".status.conditions", proof{func(d *doubt) bool { return onCloud.shown(d) && d.onlyConditions("NetworkUnavailable") }, ""}}},
		"Service": {{`.status.loadBalancer .status.conditions .metadata.finalizers[="service.kubernetes.io/load-balancer-cleanup"]`, balanced}},
	},
}

// What the objects of a kubelet's node show.
var (
	ownLease = proof{func(d *doubt) bool {
		return d.Cur.Namespace == "kube-node-lease" && d.Cur.Text("spec", "holderIdentity") == d.Cur.Name
	}, "hold this lease"}
	registered = proof{func(d *doubt) bool {
		return d.label("kubernetes.io/hostname") != "" && d.label("kubernetes.io/os") != "" && d.label("kubernetes.io/arch") != ""
	}, "register a Node without its labels"}
	runsOn = proof{func(d *doubt) bool { return d.Cur.Text("spec", "nodeName") != "" }, "write a Pod that is on no node"}
	ofNode = proof{func(d *doubt) bool { return d.Cur.Owner().Kind == "Node" && d.Cur.Owner().Name == d.Cur.Name },
		"write a CSINode that its Node does not own"}
)

var kubelets = writer{what: "the kubelet",
	creates: map[string]proof{
		"Event": eventsOf(evidence.Kubelet), "Lease": ownLease, "Node": registered, "CSINode": ofNode,
		"Pod": {func(d *doubt) bool {
			return d.annotation("kubernetes.io/config.mirror") != ""
		}, "create a Pod that mirrors no manifest"},
		"CertificateSigningRequest": {func(d *doubt) bool { // the API server sets who asks
			by, signer := d.Cur.Text("spec", "username"), d.Cur.Text("spec", "signerName")
			return (strings.HasPrefix(by, "system:node:") || strings.HasPrefix(by, "system:bootstrap:")) &&
				(signer == "kubernetes.io/kubelet-serving" || signer == "kubernetes.io/kube-apiserver-client-kubelet")
		}, "ask for this certificate"},
		"PodCertificateRequest": {func(d *doubt) bool { return d.Cur.Text("spec", "nodeName") != "" && d.Cur.Text("spec", "podUID") != "" },
			"ask for a certificate of no pod"},
	},
	changes: map[string][]allowed{
		"Event": {{"*", eventsOf(evidence.Kubelet)}},
		"Lease": {{".spec .metadata.ownerReferences", ownLease}},
		"Node": {{".status", proof{}}, {`.metadata.annotations["volumes.kubernetes.io/controller-managed-attach-detach"] .metadata.labels["kubernetes.io/hostname"]
			.metadata.labels["kubernetes.io/os"] .metadata.labels["kubernetes.io/arch"] .metadata.labels["beta.kubernetes.io/os"]
			.metadata.labels["beta.kubernetes.io/arch"]`, registered}},
		"CSINode": {{`.spec.drivers .metadata.annotations["storage.alpha.kubernetes.io/migrated-plugins"]`, ofNode}},
		"Pod":     {{".status", runsOn}},
		"PersistentVolumeClaim": {{".status.capacity .status.conditions .status.allocatedResources .status.allocatedResourceStatuses", proof{func(d *doubt) bool {
			return d.Memory.Objects.UsingClaim(d.Cur.Namespace, d.Cur.Name) > 0
		}, "change a claim that no pod uses"}}},
	},
}

var schedulers = writer{what: "the kube-scheduler",
	creates: map[string]proof{
		"Event": eventsOf(evidence.Scheduler), "Lease": leads(evidence.Scheduler), "LeaseCandidate": leads(evidence.Scheduler),
		"ResourceClaim": {func(d *doubt) bool {
			return d.Cur.Owner().Kind == "Pod" && d.annotation("resource.kubernetes.io/extended-resource-claim") != ""
		}, "create a ResourceClaim for no pod"},
	},
	changes: map[string][]allowed{
		"Event": {{"*", eventsOf(evidence.Scheduler)}}, "Lease": {{".spec", leads(evidence.Scheduler)}}, "LeaseCandidate": {{".spec", leads(evidence.Scheduler)}},
		"Pod": {
			{".status.conditions .status.nominatedNodeName .status.extendedResourceClaimStatus", proof{func(d *doubt) bool {
				return d.Cur.Text("spec", "nodeName") == "" && d.onlyConditions("PodScheduled")
			}, ""}},
			{".status.conditions", proof{func(d *doubt) bool {
				return disruptedBy(d.Cur, "PreemptionByScheduler") && d.onlyConditions("DisruptionTarget")
			}, ""}},
		},
		"PersistentVolumeClaim": {{`.metadata.annotations["volume.kubernetes.io/selected-node"] .metadata.annotations["volume.beta.kubernetes.io/selected-node"]`,
			proof{}}},
		"PersistentVolume": {{`.spec.claimRef .metadata.annotations["pv.kubernetes.io/bound-by-controller"]`,
			proof{func(d *doubt) bool { return d.annotation("pv.kubernetes.io/bound-by-controller") == "yes" }, ""}}},
		"ResourceClaim": {{".status.allocation .status.reservedFor .metadata.finalizers", proof{func(d *doubt) bool {
			return d.Cur.Field("status", "allocation") != nil
		}, ""}}},
	},
}

var (
	ownService  = named("default", "kubernetes", "keep these endpoints")
	defaultRole = proof{func(d *doubt) bool {
		n := d.Cur.Name
		return d.label("kubernetes.io/bootstrapping") == "rbac-defaults" && (strings.HasPrefix(n, "system:") || defaultRoles[n])
	}, "keep RBAC objects that are no defaults"}
	ownFlow = proof{func(d *doubt) bool { return d.annotation("apf.kubernetes.io/autoupdate-spec") != "" },
		"keep objects of API priority and fairness that are no defaults"}
	ownAPI = proof{func(d *doubt) bool { return d.label("kube-aggregator.kubernetes.io/automanaged") != "" }, "register an APIService of others"}
	ownMap = named("kube-system", "extension-apiserver-authentication kube-apiserver-legacy-service-account-token-tracking", "keep this ConfigMap")
	// identity is the lease of one API server.
	identity = proof{func(d *doubt) bool {
		return d.Cur.Namespace == "kube-system" && strings.HasPrefix(d.Cur.Name, "apiserver-") && d.Cur.Text("spec", "holderIdentity") != ""
	}, "hold this lease"}
	serverEvents = eventsOf(evidence.APIServer + " ipallocator-repair-controller portallocator-repair-controller")
	// token is for tokens of ServiceAccounts.
	token = proof{func(d *doubt) bool { return d.Cur.IsAccountToken() }, "write a Secret that is no token"}
)

// defaultRoles are the RBAC defaults that are not named system:.
var defaultRoles = evidence.SetOf("cluster-admin admin edit view extension-apiserver-authentication-reader")

// onlyAdds reports whether nothing was removed: the API server completes the RBAC defaults.
func onlyAdds(d *doubt) bool { return defaultRole.shown(d) && len(d.Removed) == 0 }

var apiServers = writer{what: "the kube-apiserver",
	creates: map[string]proof{
		"Event": serverEvents, "Lease": identity, "ConfigMap": ownMap, "Service": ownService, "Endpoints": ownService, "EndpointSlice": ownService,
		"Namespace":   named("", "default kube-system kube-public kube-node-lease", "create this Namespace"),
		"ClusterRole": defaultRole, "ClusterRoleBinding": defaultRole, "Role": defaultRole, "RoleBinding": defaultRole,
		"PriorityClass": named("", "system-cluster-critical system-node-critical", "create this PriorityClass"),
		"FlowSchema":    ownFlow, "PriorityLevelConfiguration": ownFlow, "APIService": ownAPI,
		"ServiceCIDR": named("", "kubernetes", "create this ServiceCIDR"),
		"IPAddress": {func(d *doubt) bool { return d.Cur.Text("spec", "parentRef", "resource") == "services" },
			"create an IPAddress of no Service"},
		"StorageVersion": {func(d *doubt) bool { return d.Cur.Field("status", "storageVersions") != nil }, "create this StorageVersion"},
	},
	changes: map[string][]allowed{
		"Event": {{"*", serverEvents}}, "Lease": {{".spec .metadata.labels", identity}}, "ConfigMap": {{".data", ownMap}},
		"Service": {{".spec", ownService}}, "Endpoints": {{".subsets .metadata.labels", ownService}},
		"EndpointSlice": {{".endpoints .ports .metadata.labels", ownService}},
		"ClusterRole":   {{".rules .aggregationRule .metadata", proof{onlyAdds, ""}}}, "ClusterRoleBinding": {{".subjects .metadata", proof{onlyAdds, ""}}},
		"Role": {{".rules .metadata", proof{onlyAdds, ""}}}, "RoleBinding": {{".subjects .metadata", proof{onlyAdds, ""}}},
		"FlowSchema": {{".status", proof{}}, {".spec .metadata", ownFlow}}, "PriorityLevelConfiguration": {{".status", proof{}}, {".spec .metadata", ownFlow}},
		"APIService": {{".status", proof{}}, {".spec .metadata.labels", ownAPI}}, "CustomResourceDefinition": {{".status", proof{}}},
		"ResourceQuota": {{".status.used", proof{}}}, "ServiceCIDR": {{".status", proof{}}}, "StorageVersion": {{".status", proof{}}},
		"Secret": {{`.metadata.labels["kubernetes.io/legacy-token-last-used"]`, token}},
	},
}
