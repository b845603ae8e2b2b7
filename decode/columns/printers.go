package columns

import (
	"maps"
	"time"
)

// printers are the columns of Kubernetes' own types, as the API server's printers have them (kubernetes
// pkg/printers/internalversion); .ci/kubectl holds one against the other. Types without a printer have the time of their
// creation.
var printers = merged(workloads, network, storage, more)

func merged(parts ...map[string][]Column) map[string][]Column {
	out := map[string][]Column{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	return out
}

var more = map[string][]Column{
	"/Pod":            podColumns,
	"/Namespace":      {field("STATUS", ".status.phase", "Active"), age},
	"/ConfigMap":      {length("DATA", ".data", ".binaryData"), age},
	"/Secret":         {field("TYPE", ".type", "Opaque"), col("DATA", secretData), age},
	"/ServiceAccount": {age},
	"/Event":          events,
	"/ResourceQuota":  {col("REQUEST", quotas(false)), col("LIMIT", quotas(true)), age},
	"autoscaling/HorizontalPodAutoscaler": {col("REFERENCE", scaleTarget), col("TARGETS", metrics), count("MINPODS", ".spec.minReplicas", "1"),
		num("MAXPODS", ".spec.maxReplicas"), num("REPLICAS", ".status.currentReplicas"), age},
	"policy/PodDisruptionBudget": {field("MIN AVAILABLE", ".spec.minAvailable", "N/A"), field("MAX UNAVAILABLE", ".spec.maxUnavailable", "N/A"),
		num("ALLOWED DISRUPTIONS", ".status.disruptionsAllowed"), age},
	"coordination.k8s.io/Lease": {field("HOLDER", ".spec.holderIdentity", ""), age},
	"coordination.k8s.io/LeaseCandidate": {field("LEASENAME", ".spec.leaseName", ""), field("BINARYVERSION", ".spec.binaryVersion", ""),
		field("EMULATIONVERSION", ".spec.emulationVersion", ""), age},
	"scheduling.k8s.io/PriorityClass": {num("VALUE", ".value"), boolean("GLOBAL-DEFAULT", ".globalDefault", "false"), age,
		field("PREEMPTIONPOLICY", ".preemptionPolicy", "PreemptLowerPriority")},
	"scheduling.k8s.io/Workload":                    {age},
	"scheduling.k8s.io/PodGroup":                    {col("POLICY", gang), within("WORKLOAD", ".spec.workloadRef", ".workloadName"), col("STATUS", podGroupStatus), age},
	"scheduling.k8s.io/CompositePodGroup":           {col("POLICY", gang), within("WORKLOAD", ".spec.workloadRef", ".workloadName"), age},
	"rbac.authorization.k8s.io/RoleBinding":         roleBinding,
	"rbac.authorization.k8s.io/ClusterRoleBinding":  roleBinding,
	"apiregistration.k8s.io/APIService":             {col("SERVICE", apiService), col("AVAILABLE", available), age},
	"certificates.k8s.io/CertificateSigningRequest": {age, col("SIGNERNAME", csrSigner), field("REQUESTOR", ".spec.username", ""), col("REQUESTEDDURATION", csrDuration), col("CONDITION", csrCondition)},
	"certificates.k8s.io/ClusterTrustBundle":        {field("SIGNERNAME", ".spec.signerName", "<none>")},
	"certificates.k8s.io/PodCertificateRequest": {field("PODNAME", ".spec.podName", ""), field("SERVICEACCOUNTNAME", ".spec.serviceAccountName", ""), field("NODENAME", ".spec.nodeName", ""),
		field("SIGNERNAME", ".spec.signerName", ""), col("STATE", func(t map[string]any) string { return lastOf(t, "Pending", "Issued", "Denied", "Failed") }),
		col("UNVERIFIEDUSERANNOTATIONS", func(t map[string]any) string { return formatLabels(entries(t, ".spec.unverifiedUserAnnotations")) })},
	"node.k8s.io/RuntimeClass":                                      {col("HANDLER", func(t map[string]any) string { return or(Field(t, ".handler"), Field(t, ".spec.runtimeHandler")) }), age},
	"admissionregistration.k8s.io/MutatingWebhookConfiguration":     {length("WEBHOOKS", ".webhooks"), age},
	"admissionregistration.k8s.io/ValidatingWebhookConfiguration":   {length("WEBHOOKS", ".webhooks"), age},
	"admissionregistration.k8s.io/ValidatingAdmissionPolicy":        {length("VALIDATIONS", ".spec.validations"), col("PARAMKIND", paramKind), age},
	"admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": {field("POLICYNAME", ".spec.policyName", ""), col("PARAMREF", paramRef), age},
	"admissionregistration.k8s.io/MutatingAdmissionPolicy":          {length("MUTATIONS", ".spec.mutations"), col("PARAMKIND", paramKind), age},
	"admissionregistration.k8s.io/MutatingAdmissionPolicyBinding":   {field("POLICYNAME", ".spec.policyName", ""), col("PARAMREF", paramRef), age},
	"flowcontrol.apiserver.k8s.io/FlowSchema": {field("PRIORITYLEVEL", ".spec.priorityLevelConfiguration.name", ""), col("MATCHINGPRECEDENCE", nonZero(".spec.matchingPrecedence", "1000")),
		within("DISTINGUISHERMETHOD", ".spec.distinguisherMethod", ".type"), age, col("MISSINGPL", dangling)},
	"flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": {field("TYPE", ".spec.type", ""), col("NOMINALCONCURRENCYSHARES", shares), col("QUEUES", queuing("queues", "64")),
		col("HANDSIZE", queuing("handSize", "8")), col("QUEUELENGTHLIMIT", queuing("queueLengthLimit", "50")), age},
	"internal.apiserver.k8s.io/StorageVersion": {field("COMMONENCODINGVERSION", ".status.commonEncodingVersion", "<unset>"), col("STORAGEVERSIONS", storageVersions), age},
	"resource.k8s.io/DeviceClass":              {age},
	"resource.k8s.io/ResourceClaim":            {col("STATE", claimState), age},
	"resource.k8s.io/ResourceClaimTemplate":    {age},
	"resource.k8s.io/ResourceSlice":            {field("NODE", ".spec.nodeName", ""), field("DRIVER", ".spec.driver", ""), field("POOL", ".spec.pool.name", ""), age},
	"resource.k8s.io/DeviceTaintRule": {field("KEY", ".spec.taint.key", ""), field("VALUE", ".spec.taint.value", ""), field("EFFECT", ".spec.taint.effect", ""),
		ago("TIMEADDED", ".spec.taint.timeAdded", "0s"), age},
	"resource.k8s.io/ResourcePoolStatusRequest": {field("DRIVER", ".spec.driver", ""), col("TOTAL", pools("totalDevices")), col("AVAILABLE", pools("availableDevices")),
		col("ALLOCATED", pools("allocatedDevices")), col("UNAVAILABLE", pools("unavailableDevices")), col("ERRORS", pools("validationError")),
		num("POOLS", ".status.poolCount"), col("STATUS", poolProgress), {Head: "COMPLETED", moment: poolCompleted}},
	"storagemigration.k8s.io/StorageVersionMigration": {col("RESOURCE", groupResource), col("STATUS", migration)},
	"lifecycle.k8s.io/EvictionRequest": {col("TARGET", evictionTarget), col("TARGET TYPE", evictionTargetType), col("STATUS", evictionStatus),
		field("REQUESTER", ".spec.requester", ""), field("INTENT", ".spec.intent", ""), age},
	"lifecycle.k8s.io/Eviction": with([]Column{col("TARGET", evictionTarget), col("TARGET TYPE", evictionTargetType), col("STATUS", evictionStatus), col("ACTIVE RESPONDER", evictionResponder),
		{Head: "RESPONDER STATUS", moment: responderStatus}, {Head: "RESPONDER EXPECTED FINISH", moment: responderFinish}, col("REQUESTERS", evictionRequesters), age},
		wide(Column{Head: "RESPONDER HEARTBEAT", moment: responderHeartbeat}, col("RESPONDER STATUS MESSAGE", responderMessage))),
}

// Mark is what kubectl puts behind the name of an object: "(default)" for the class of ingresses that is the default.
func Mark(group, kind string, t map[string]any) string {
	if group == "networking.k8s.io" && kind == "IngressClass" && scalar(entries(t, ".metadata.annotations")["ingressclass.kubernetes.io/is-default-class"]) == "true" {
		return " (default)"
	}
	return ""
}

// IsDefaultClass reports whether a storage class asks to be the default one. Of several the youngest is.
func IsDefaultClass(group, kind string, t map[string]any) bool {
	a := entries(t, ".metadata.annotations")
	return group == "storage.k8s.io" && kind == "StorageClass" && (scalar(a["storageclass.kubernetes.io/is-default-class"]) == "true" || scalar(a["storageclass.beta.kubernetes.io/is-default-class"]) == "true")
}

// Younger reports whether of two storage classes that ask to be the default one the first is: the younger one, of two of the
// same age the first by name.
func Younger(created time.Time, name string, than time.Time, thanName string) bool {
	return created.After(than) || created.Equal(than) && name < thanName
}
