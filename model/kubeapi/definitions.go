package kubeapi

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/columns"
)

// definition says what a column of a Table is, as the API server says it.
type definition struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Format      string `json:"format"`
	Description string `json:"description"`
	Priority    int    `json:"priority"`

	raw bool // cells are numbers or booleans, not texts
}

// definitions are the columns behind the name: those of wide output have a priority.
func (s *served) definitions(cols []columns.Column) []definition {
	out := make([]definition, len(cols))
	kind := s.Group + "/" + s.Kind
	for i, c := range cols {
		d := &out[i]
		d.Name, d.Type = spelled(c.Head), "string"
		if c.Wide {
			d.Priority = 1
		}
		if s.Custom {
			s.custom(d, i)
			continue
		}
		d.Type = cmp.Or(typedColumns[kind][c.Head], d.Type)
		d.raw = slices.Contains(rawColumns[kind], c.Head)
		switch {
		case kind == "/Event" && c.Head == "NAME", kind == "storage.k8s.io/VolumeAttachment" && c.Head == "ATTACHER":
			d.Format = "name"
		case c.Head == "CREATED AT":
			d.Type = "date"
		}
	}
	return out
}

// custom takes over what the definition of a custom resource says of a column.
func (s *served) custom(d *definition, i int) {
	v := s.version(s.Version)
	if v == nil || i >= len(v.Columns) || !strings.EqualFold(v.Columns[i].Name, d.Name) {
		return
	}
	c := v.Columns[i]
	d.Name, d.Type, d.Priority = c.Name, cmp.Or(c.Type, "string"), c.Priority
	d.raw = slices.Contains([]string{"integer", "number", "boolean"}, c.Type)
}

// appendCell appends a cell as JSON.
func (d *definition) appendCell(b []byte, text string) []byte {
	if d.raw {
		switch text {
		case "true", "false":
			return append(b, text...)
		}
		if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
			return append(b, text...)
		}
	}
	return appendText(b, text)
}

// spelled is a head as the API has it, before kubectl writes it in capitals: "Nominated Node", "Cluster-IP", "StorageClass".
func spelled(head string) string {
	if i, ok := slices.BinarySearchFunc(spellings, head, func(s, head string) int { return strings.Compare(strings.ToUpper(s), head) }); ok {
		return spellings[i]
	}
	b := []byte(strings.ToLower(head))
	for i := range b {
		if (i == 0 || b[i-1] == ' ' || b[i-1] == '-') && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// spellings are names of columns in which not just the first letter of each word is a capital, sorted without regard to case.
var spellings = []string{
	"AddressType", "AllowVolumeExpansion", "AttachRequired", "BinaryVersion", "CIDRs", "Cluster-IP",
	"CommonEncodingVersion", "DistinguisherMethod", "DriverName", "EmulationVersion", "External-IP", "HandSize",
	"Internal-IP", "IP", "LeaseName", "MatchingPrecedence", "MaxPods", "MinPods", "MissingPL", "NodeName",
	"NominalConcurrencyShares", "OS-Image", "ParamKind", "ParamRef", "ParentRef", "PodInfoOnMount", "PodName",
	"PolicyName", "PreemptionPolicy", "PriorityLevel", "PV", "QueueLengthLimit", "ReclaimPolicy", "RequestedDuration",
	"RequiresRepublish", "ServiceAccountName", "ServiceAccounts", "SignerName", "StorageCapacity", "StorageClass",
	"StorageClassName", "StorageVersions", "TimeAdded", "TokenRequests", "UnverifiedUserAnnotations", "Up-to-date",
	"VolumeAttributesClass", "VolumeBindingMode", "VolumeMode",
}

// typedColumns are the columns whose type is not string, by group and kind.
var typedColumns = map[string]map[string]string{
	"/ReplicationController":                                      {"CURRENT": "integer", "DESIRED": "integer", "READY": "integer"},
	"admissionregistration.k8s.io/MutatingAdmissionPolicy":        {"MUTATIONS": "integer"},
	"admissionregistration.k8s.io/MutatingWebhookConfiguration":   {"WEBHOOKS": "integer"},
	"admissionregistration.k8s.io/ValidatingAdmissionPolicy":      {"VALIDATIONS": "integer"},
	"admissionregistration.k8s.io/ValidatingWebhookConfiguration": {"WEBHOOKS": "integer"},
	"apps/DaemonSet":                            {"AVAILABLE": "integer", "CURRENT": "integer", "DESIRED": "integer", "READY": "integer", "UP-TO-DATE": "integer"},
	"apps/ReplicaSet":                           {"CURRENT": "integer", "DESIRED": "integer", "READY": "integer"},
	"batch/CronJob":                             {"ACTIVE": "integer", "SUSPEND": "boolean"},
	"policy/PodDisruptionBudget":                {"ALLOWED DISRUPTIONS": "integer"},
	"resource.k8s.io/ResourcePoolStatusRequest": {"POOLS": "integer"},
	"scheduling.k8s.io/PriorityClass":           {"GLOBAL-DEFAULT": "boolean", "VALUE": "integer"},
	"storage.k8s.io/CSIDriver":                  {"ATTACHREQUIRED": "boolean", "PODINFOONMOUNT": "boolean", "REQUIRESREPUBLISH": "boolean", "STORAGECAPACITY": "boolean"},
	"storage.k8s.io/CSINode":                    {"DRIVERS": "integer"},
	"storage.k8s.io/VolumeAttachment":           {"ATTACHED": "boolean"},
}

// rawColumns are the columns whose cells are numbers or booleans, by group and kind; the type of some of them is string.
var rawColumns = map[string][]string{
	"/ConfigMap":             {"DATA"},
	"/Event":                 {"COUNT"},
	"/ReplicationController": {"CURRENT", "DESIRED", "READY"},
	"/Secret":                {"DATA"},
	"admissionregistration.k8s.io/MutatingAdmissionPolicy":        {"MUTATIONS"},
	"admissionregistration.k8s.io/MutatingWebhookConfiguration":   {"WEBHOOKS"},
	"admissionregistration.k8s.io/ValidatingAdmissionPolicy":      {"VALIDATIONS"},
	"admissionregistration.k8s.io/ValidatingWebhookConfiguration": {"WEBHOOKS"},
	"apps/ControllerRevision":                                     {"REVISION"},
	"apps/DaemonSet":                                              {"AVAILABLE", "CURRENT", "DESIRED", "READY", "UP-TO-DATE"},
	"apps/Deployment":                                             {"AVAILABLE", "UP-TO-DATE"},
	"apps/ReplicaSet":                                             {"CURRENT", "DESIRED", "READY"},
	"autoscaling/HorizontalPodAutoscaler":                         {"MAXPODS", "REPLICAS"},
	"batch/CronJob":                                               {"ACTIVE"},
	"flowcontrol.apiserver.k8s.io/FlowSchema":                     {"MATCHINGPRECEDENCE"},
	"flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration":     {"HANDSIZE", "NOMINALCONCURRENCYSHARES", "QUEUELENGTHLIMIT", "QUEUES"},
	"policy/PodDisruptionBudget":                                  {"ALLOWED DISRUPTIONS"},
	"resource.k8s.io/ResourcePoolStatusRequest":                   {"POOLS"},
	"scheduling.k8s.io/PriorityClass":                             {"GLOBAL-DEFAULT", "VALUE"},
	"storage.k8s.io/CSIDriver":                                    {"ATTACHREQUIRED", "PODINFOONMOUNT", "REQUIRESREPUBLISH", "STORAGECAPACITY"},
	"storage.k8s.io/CSINode":                                      {"DRIVERS"},
	"storage.k8s.io/StorageClass":                                 {"ALLOWVOLUMEEXPANSION"},
	"storage.k8s.io/VolumeAttachment":                             {"ATTACHED"},
}
