package print

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// column is a column between NAME and AGE. value gets a decoded object, masked; nil where it could not be decoded. Its
// text is not safe yet.
type column struct {
	head  string
	value func(tree map[string]any) string
}

// columns returns the columns of a type: kubectl's for the common ones, the definition's for custom resources.
func columns(r kinds.Resource, apiVersion string, wide bool) (out []column) {
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
			out = append(out, column{strings.ToUpper(c.Name), func(t map[string]any) string { return orNone(jsonPath(t, c.Path)) }})
		}
	}
	return out
}

// field is a column that holds one field, and none where there is none.
func field(head, path, none string) column {
	return column{head, func(t map[string]any) string {
		if s := jsonPath(t, path); s != "" {
			return s
		}
		return none
	}}
}

// length counts the entries of maps.
func length(head string, fields ...string) column {
	return column{head, func(t map[string]any) string {
		n := 0
		for _, f := range fields {
			m, _ := t[f].(map[string]any)
			n += len(m)
		}
		return strconv.Itoa(n)
	}}
}

// of is "1/3".
func of(head, have, want string) column {
	return column{head, func(t map[string]any) string { return number(t, have) + "/" + number(t, want) }}
}

func num(head, path string) column {
	return column{head, func(t map[string]any) string { return number(t, path) }}
}

func number(t map[string]any, path string) string {
	if s := jsonPath(t, path); s != "" {
		return s
	}
	return "0"
}

var printers = map[string][]column{
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
		return jsonPath(t, ".spec.scaleTargetRef.kind") + "/" + jsonPath(t, ".spec.scaleTargetRef.name")
	}}, field("MINPODS", ".spec.minReplicas", "1"), num("MAXPODS", ".spec.maxReplicas"), num("REPLICAS", ".status.currentReplicas")},
	"policy/PodDisruptionBudget":                    {field("MIN AVAILABLE", ".spec.minAvailable", "N/A"), field("MAX UNAVAILABLE", ".spec.maxUnavailable", "N/A"), num("ALLOWED DISRUPTIONS", ".status.disruptionsAllowed")},
	"networking.k8s.io/Ingress":                     {field("CLASS", ".spec.ingressClassName", "<none>"), field("HOSTS", ".spec.rules[*].host", "*")},
	"discovery.k8s.io/EndpointSlice":                {field("ADDRESSTYPE", ".addressType", ""), field("PORTS", ".ports[*].port", "<unset>"), field("ENDPOINTS", ".endpoints[*].addresses[*]", "<unset>")},
	"coordination.k8s.io/Lease":                     {field("HOLDER", ".spec.holderIdentity", "")},
	"storage.k8s.io/StorageClass":                   {field("PROVISIONER", ".provisioner", ""), field("RECLAIMPOLICY", ".reclaimPolicy", ""), field("VOLUMEBINDINGMODE", ".volumeBindingMode", "")},
	"scheduling.k8s.io/PriorityClass":               {num("VALUE", ".value"), field("GLOBAL-DEFAULT", ".globalDefault", "false")},
	"rbac.authorization.k8s.io/RoleBinding":         {{"ROLE", roleRef}},
	"rbac.authorization.k8s.io/ClusterRoleBinding":  {{"ROLE", roleRef}},
	"apiregistration.k8s.io/APIService":             {{"SERVICE", apiService}, {"AVAILABLE", conditionOf("Available")}},
	"certificates.k8s.io/CertificateSigningRequest": {field("SIGNERNAME", ".spec.signerName", "<none>"), field("REQUESTOR", ".spec.username", ""), {"CONDITION", csrCondition}},
}

// jsonPath reads a field by kubectl's JSONPath, as definitions write it: fields, ["quoted"] fields, [n], [*] and
// [?(@.type=="Ready")]. Several values are joined with commas; "" where there is none.
func jsonPath(t map[string]any, path string) string {
	vals := []any{t}
	for _, step := range steps(path) {
		var next []any
		for _, v := range vals {
			next = append(next, take(v, step)...)
		}
		vals = next
	}
	var out []string
	for _, v := range vals {
		if s := scalar(v); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ",")
}

// steps cuts a path at its dots and brackets. Steps in brackets keep their opening one.
func steps(path string) (out []string) {
	path = strings.Trim(path, "{}")
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	depth := 0
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case c == '[':
			if depth == 0 {
				flush()
			}
			depth++
			b.WriteByte(c)
		case c == ']' && depth > 0:
			if depth--; depth == 0 {
				flush()
				continue
			}
			b.WriteByte(c)
		case c == '.' && depth == 0:
			flush()
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return out
}

func take(v any, step string) []any {
	inner, bracket := strings.CutPrefix(step, "[")
	if m, ok := v.(map[string]any); ok {
		name := step
		if bracket {
			name = strings.Trim(inner, `"'`)
		}
		if x, ok := m[name]; ok {
			return []any{x}
		}
		return nil
	}
	l, ok := v.([]any)
	if !ok || !bracket {
		return nil
	}
	if inner == "*" {
		return l
	}
	if n, err := strconv.Atoi(inner); err == nil {
		if n >= 0 && n < len(l) {
			return l[n : n+1]
		}
		return nil
	}
	cond, _ := strings.CutPrefix(inner, "?(@.")
	name, want, ok := strings.Cut(strings.TrimSuffix(cond, ")"), "==")
	if !ok {
		return nil
	}
	var out []any
	for _, x := range l {
		if m, ok := x.(map[string]any); ok && scalar(m[strings.TrimSpace(name)]) == strings.Trim(strings.TrimSpace(want), `"'`) {
			out = append(out, x)
		}
	}
	return out
}

func scalar(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool, json.Number, int64, float64:
		return fmt.Sprint(x)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func orNone(s string) string {
	if s == "" {
		return "<none>"
	}
	return s
}

// items returns the maps of a list.
func items(t map[string]any, path string) (out []map[string]any) {
	vals := []any{t}
	for _, step := range append(steps(path), "[*") {
		var next []any
		for _, v := range vals {
			next = append(next, take(v, step)...)
		}
		vals = next
	}
	for _, v := range vals {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
