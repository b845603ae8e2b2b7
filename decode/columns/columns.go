package columns

import (
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// Column is a column between NAME and AGE. Value gets a decoded object, nil where it could not be decoded, and returns
// text that is not safe yet.
type Column struct {
	Head  string
	Value func(tree map[string]any) string
}

// Of returns the columns of a type: kubectl's for the common ones, the definition's for custom resources, which may
// have others in each apiVersion. wide adds those that a definition wants in wide output only.
func Of(r kinds.Resource, apiVersion string, wide bool) (out []Column) {
	if !r.Custom {
		return printers[r.Group+"/"+r.Kind]
	}
	version := apiVersion[strings.LastIndexByte(apiVersion, '/')+1:]
	for _, v := range r.Versions {
		if v.Name != version {
			continue
		}
		for _, c := range v.Columns {
			if c.Type == "date" || c.Priority > 0 && !wide {
				continue // kubectl shows dates as ages; AGE is there already
			}
			path := compile(c.Path)
			out = append(out, Column{strings.ToUpper(c.Name), func(t map[string]any) string { return orNone(path.first(t, c.Type)) }})
		}
	}
	return out
}

// field is a column that holds one field, and none where there is none.
func field(head, path, none string) Column {
	return Column{head, func(t map[string]any) string {
		if s := Field(t, path); s != "" {
			return s
		}
		return none
	}}
}

// list is a column that holds all values of a path, and none where there is none.
func list(head, path, none string) Column {
	e := compile(path)
	return Column{head, func(t map[string]any) string {
		if s := e.all(t); s != "" {
			return s
		}
		return none
	}}
}

// length counts the entries of maps.
func length(head string, fields ...string) Column {
	return Column{head, func(t map[string]any) string {
		n := 0
		for _, f := range fields {
			m, _ := t[f].(map[string]any)
			n += len(m)
		}
		return strconv.Itoa(n)
	}}
}

// of is "1/3".
func of(head, have, want string) Column {
	return Column{head, func(t map[string]any) string { return number(t, have) + "/" + number(t, want) }}
}

func num(head, path string) Column {
	return Column{head, func(t map[string]any) string { return number(t, path) }}
}

func number(t map[string]any, path string) string {
	if s := Field(t, path); s != "" {
		return s
	}
	return "0"
}

var printers = map[string][]Column{
	"/Pod":                    {{"READY", podReady}, {"STATUS", podStatus}, {"RESTARTS", podRestarts}, field("NODE", ".spec.nodeName", "<none>")},
	"/Node":                   {{"STATUS", nodeStatus}, {"ROLES", nodeRoles}, field("VERSION", ".status.nodeInfo.kubeletVersion", "")},
	"/Namespace":              {field("STATUS", ".status.phase", "")},
	"/Service":                {field("TYPE", ".spec.type", ""), field("CLUSTER-IP", ".spec.clusterIP", "<none>"), {"PORT(S)", servicePorts}},
	"/Endpoints":              {{"ENDPOINTS", endpoints}},
	"/ConfigMap":              {length("DATA", "data", "binaryData")},
	"/Secret":                 {field("TYPE", ".type", ""), length("DATA", "data")},
	"/PersistentVolume":       {field("CAPACITY", ".spec.capacity.storage", ""), field("STATUS", ".status.phase", ""), {"CLAIM", claim}, field("STORAGECLASS", ".spec.storageClassName", "")},
	"/PersistentVolumeClaim":  {field("STATUS", ".status.phase", ""), field("VOLUME", ".spec.volumeName", ""), field("CAPACITY", ".status.capacity.storage", ""), field("STORAGECLASS", ".spec.storageClassName", "")},
	"/Event":                  {field("TYPE", ".type", ""), field("REASON", ".reason", ""), {"OBJECT", eventObject}, {"MESSAGE", message}},
	"/ReplicationController":  {num("DESIRED", ".spec.replicas"), num("CURRENT", ".status.replicas"), num("READY", ".status.readyReplicas")},
	"apps/Deployment":         {of("READY", ".status.readyReplicas", ".spec.replicas"), num("UP-TO-DATE", ".status.updatedReplicas"), num("AVAILABLE", ".status.availableReplicas")},
	"apps/ReplicaSet":         {num("DESIRED", ".spec.replicas"), num("CURRENT", ".status.replicas"), num("READY", ".status.readyReplicas")},
	"apps/StatefulSet":        {of("READY", ".status.readyReplicas", ".spec.replicas")},
	"apps/DaemonSet":          {num("DESIRED", ".status.desiredNumberScheduled"), num("CURRENT", ".status.currentNumberScheduled"), num("READY", ".status.numberReady")},
	"apps/ControllerRevision": {{"CONTROLLER", owner}, field("REVISION", ".revision", "")},
	"batch/Job":               {{"STATUS", jobStatus}, of("COMPLETIONS", ".status.succeeded", ".spec.completions")},
	"batch/CronJob":           {field("SCHEDULE", ".spec.schedule", ""), field("SUSPEND", ".spec.suspend", "False"), {"ACTIVE", func(t map[string]any) string { return strconv.Itoa(len(items(t, ".status.active"))) }}},
	"autoscaling/HorizontalPodAutoscaler": {{"REFERENCE", func(t map[string]any) string {
		return Field(t, ".spec.scaleTargetRef.kind") + "/" + Field(t, ".spec.scaleTargetRef.name")
	}}, field("MINPODS", ".spec.minReplicas", "1"), num("MAXPODS", ".spec.maxReplicas"), num("REPLICAS", ".status.currentReplicas")},
	"policy/PodDisruptionBudget":                    {field("MIN AVAILABLE", ".spec.minAvailable", "N/A"), field("MAX UNAVAILABLE", ".spec.maxUnavailable", "N/A"), num("ALLOWED DISRUPTIONS", ".status.disruptionsAllowed")},
	"networking.k8s.io/Ingress":                     {field("CLASS", ".spec.ingressClassName", "<none>"), list("HOSTS", ".spec.rules[*].host", "*")},
	"discovery.k8s.io/EndpointSlice":                {field("ADDRESSTYPE", ".addressType", ""), list("PORTS", ".ports[*].port", "<unset>"), list("ENDPOINTS", ".endpoints[*].addresses[*]", "<unset>")},
	"coordination.k8s.io/Lease":                     {field("HOLDER", ".spec.holderIdentity", "")},
	"storage.k8s.io/StorageClass":                   {field("PROVISIONER", ".provisioner", ""), field("RECLAIMPOLICY", ".reclaimPolicy", ""), field("VOLUMEBINDINGMODE", ".volumeBindingMode", "")},
	"scheduling.k8s.io/PriorityClass":               {num("VALUE", ".value"), field("GLOBAL-DEFAULT", ".globalDefault", "false")},
	"rbac.authorization.k8s.io/RoleBinding":         {{"ROLE", roleRef}},
	"rbac.authorization.k8s.io/ClusterRoleBinding":  {{"ROLE", roleRef}},
	"apiregistration.k8s.io/APIService":             {{"SERVICE", apiService}, {"AVAILABLE", conditionOf("Available")}},
	"certificates.k8s.io/CertificateSigningRequest": {field("SIGNERNAME", ".spec.signerName", "<none>"), field("REQUESTOR", ".spec.username", ""), {"CONDITION", csrCondition}},
}
