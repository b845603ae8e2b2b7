package rules

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// What the controllers of kube-controller-manager write, and what shows that.

// anyObject are fields that controllers write of objects of any kind.
var anyObject = []allowed{
	{".metadata.ownerReferences .metadata.finalizers", proof{func(d *doubt) bool { return lostOwner(d.Case) }, ""}},
	{".metadata.finalizers", proof{ownFinalizers, ""}},
	{".spec.replicas", proof{autoscaled, "scale what no HorizontalPodAutoscaler targets"}},
}

// status is for kinds whose status one of the controllers keeps.
var status = allowed{".status", proof{}}

var (
	managerEvents = proof{func(d *doubt) bool {
		return reporter(d.Cur) != "" || evidence.Component(d.Cur.Reporter()) == evidence.ControllerManager || d.Cur.Reporter() == "controllermanager"
	}, "report Events of another source"}
	ofPodOwner = controlled("ReplicaSet ReplicationController Job DaemonSet StatefulSet", "create a Pod that no controller owns")
	ofRevision = controlled("DaemonSet StatefulSet", "create a ControllerRevision that no controller owns")
	ofRollout  = controlled("Deployment", "create a ReplicaSet that no controller owns")
	served     = proof{ofService, "keep endpoints of no Service"}
	rootMap    = proof{func(d *doubt) bool {
		return d.Cur.Name == "kube-root-ca.crt" && d.Cur.Text("data", "ca.crt") != ""
	}, "keep this ConfigMap"}
	ownAccount = proof{func(d *doubt) bool {
		return d.Cur.Name == "default" || d.Cur.Namespace == "kube-system" && controllers[d.Cur.Name]
	}, "create this ServiceAccount"}
	aggregated = proof{func(d *doubt) bool { return d.Cur.Field("aggregationRule") != nil }, "change rules that are not aggregated"}
	signed     = proof{func(d *doubt) bool { return strings.HasPrefix(d.Cur.Text("spec", "signerName"), "kubernetes.io/") },
		"sign for another signer"}
	forPod = proof{func(d *doubt) bool {
		return d.Cur.Owner().Kind == "Pod" && d.annotation("resource.kubernetes.io/pod-claim-name") != ""
	}, "create a ResourceClaim for no pod"}
)

var controllerManagers = writer{what: "kube-controller-manager",
	creates: map[string]proof{
		"Event": managerEvents, "Lease": leads(evidence.ControllerManager), "LeaseCandidate": leads(evidence.ControllerManager),
		"Pod": ofPodOwner, "ReplicaSet": ofRollout, "Job": controlled("CronJob", "create a Job that no controller owns"), "ControllerRevision": ofRevision,
		"Endpoints": served, "EndpointSlice": served, "ConfigMap": rootMap, "ServiceAccount": ownAccount, "ResourceClaim": forPod,
		"PersistentVolumeClaim": {func(d *doubt) bool {
			return d.ownedBy(evidence.SetOf("Pod")) || claimOfSet(d)
		}, "create a claim for neither a StatefulSet nor a Pod"},
		"PersistentVolume": {func(d *doubt) bool {
			return strings.HasPrefix(d.annotation("pv.kubernetes.io/provisioned-by"), "kubernetes.io/") && d.Cur.Text("spec", "claimRef", "uid") != ""
		}, "create a PersistentVolume that it did not provision"},
		"Secret": {func(d *doubt) bool {
			return token.shown(d) && strings.Contains(d.Cur.Name, "-token-")
		}, token.lacks},
		"VolumeAttachment": {func(d *doubt) bool {
			return strings.HasPrefix(d.Cur.Name, "csi-") && len(d.Cur.Name) == 68 && d.Cur.Text("spec", "nodeName") != ""
		}, "create this VolumeAttachment"},
		"ClusterTrustBundle": {func(d *doubt) bool {
			return d.Cur.Text("spec", "signerName") == "kubernetes.io/kube-apiserver-serving"
		}, "create a ClusterTrustBundle of another signer"},
	},
	changes: map[string][]allowed{
		"Event": {{"*", managerEvents}}, "Lease": {{".spec", leads(evidence.ControllerManager)}}, "LeaseCandidate": {{".spec", leads(evidence.ControllerManager)}},
		"Deployment":  {status, {`.metadata.annotations["deployment.kubernetes.io/*`, proof{}}},
		"ReplicaSet":  {status, {".spec.replicas .spec.minReadySeconds .metadata.annotations .metadata.labels .metadata.ownerReferences", ofRollout}},
		"StatefulSet": {status}, "DaemonSet": {status}, "ReplicationController": {status}, "CronJob": {status}, "PodDisruptionBudget": {status},
		"Job":                     {status, {".metadata.labels .metadata.ownerReferences", controlled("CronJob", "")}, trackedJob},
		"HorizontalPodAutoscaler": {status, {`.metadata.annotations["autoscaling.alpha.kubernetes.io/*`, proof{}}},
		"ResourceQuota":           {status}, "ServiceCIDR": {status}, "ValidatingAdmissionPolicy": {status}, "StorageVersionMigration": {status},
		"ControllerRevision":        {{".revision .metadata.labels .metadata.ownerReferences", ofRevision}},
		"Namespace":                 {{".status.conditions .spec.finalizers", proof{func(d *doubt) bool { return !d.Cur.Deletion.IsZero() }, ""}}},
		"Endpoints":                 {{".subsets .metadata.annotations .metadata.labels", served}},
		"EndpointSlice":             {{".endpoints .ports .metadata.annotations .metadata.labels .metadata.ownerReferences", served}},
		"Secret":                    {{`.data .metadata.annotations["kubernetes.io/service-account.uid"] .metadata.labels["kubernetes.io/legacy-token-invalid-since"]`, token}},
		"ServiceAccount":            {{".secrets", proof{tokensOf, ""}}},
		"CertificateSigningRequest": {{".status", signed}}, "ClusterRole": {{".rules", aggregated}},
		"ConfigMap": {{".data .metadata.annotations", rootMap}, {".data.jws* .data[\"jws*",
			named("kube-public", "cluster-info", "")}},
		"ResourceClaim": {{".status .metadata.finalizers", proof{}}},
		"Service":       {{".status.loadBalancer .status.conditions", balanced}},
		"Pod":           podChanges, "Node": nodeChanges, "PersistentVolumeClaim": claimChanges, "PersistentVolume": volumeChanges,
	},
}

// tokensOf reports whether the Secrets of a ServiceAccount are tokens that its controller named.
func tokensOf(d *doubt) bool {
	list, _ := d.Cur.Field("secrets").([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if name, _ := m["name"].(string); !strings.HasPrefix(name, d.Cur.Name+"-token-") && !strings.HasPrefix(name, d.Cur.Name+"-dockercfg-") {
			return false
		}
	}
	return len(list) > 0
}

// trackedJob are the labels that the API server gives a Job with the first write of its status.
var trackedJob = allowed{`.metadata.labels["batch.kubernetes.io/*`, proof{}}

var podChanges = []allowed{
	{".status.conditions", proof{func(d *doubt) bool { // the node is not ready
		return d.Cur.Text("spec", "nodeName") != "" && d.onlyConditions("Ready")
	}, ""}},
	{".status.conditions .status.phase .status.reason .status.message", proof{func(d *doubt) bool {
		return disruptedBy(d.Cur, "DeletionByTaintManager", "DeletionByPodGC", "DeletionByDeviceTaintManager") && d.onlyConditions("DisruptionTarget")
	}, ""}},
	{".metadata.ownerReferences .metadata.finalizers", ofPodOwner},
	{`.metadata.labels["statefulset.kubernetes.io/pod-name"] .metadata.labels["apps.kubernetes.io/pod-index"]`, controlled("StatefulSet", "")},
	{`.status.resourceClaimStatuses .metadata.annotations["resource.kubernetes.io/*`, proof{}},
}

var nodeChanges = []allowed{
	{`.metadata.annotations["node.alpha.kubernetes.io/ttl"] .spec.podCIDR .spec.podCIDRs .status.volumesAttached`, proof{}},
	{".spec.taints", proof{func(d *doubt) bool { return d.Prev != nil && onlyConditionTaints(d.Prev, d.Cur) }, ""}},
	{".status.conditions", proof{func(d *doubt) bool {
		for _, t := range d.conditions() {
			m := conditionsOf(d.Cur)[t]
			if m["status"] != "Unknown" && t != "NetworkUnavailable" {
				return false
			}
		}
		return true
	}, ""}},
}

var claimChanges = []allowed{
	{`.status .spec.volumeName .metadata.annotations["pv.kubernetes.io/*
		.metadata.annotations["volume.kubernetes.io/* .metadata.annotations["volume.beta.kubernetes.io/*`, proof{func(d *doubt) bool {
		return d.Cur.Text("spec", "volumeName") != "" || !d.Changed(".status.phase")
	}, ""}},
	{".metadata.ownerReferences", proof{claimOfSet, ""}},
	{".spec.storageClassName", proof{func(d *doubt) bool { // the default class, later
		return d.Prev != nil && d.Prev.Field("spec", "storageClassName") == nil
	}, ""}},
}

var volumeChanges = []allowed{
	{".status", proof{}},
	{`.spec.claimRef .metadata.annotations["pv.kubernetes.io/*`, proof{func(d *doubt) bool {
		return d.annotation("pv.kubernetes.io/bound-by-controller") == "yes" || d.Cur.Text("spec", "claimRef", "uid") != ""
	}, ""}},
}
