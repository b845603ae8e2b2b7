package kubeapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
)

// selectable are the fields, beside name and namespace, by which the API server lets the kinds be selected.
var selectable = map[string][]string{
	"pods":                   {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"},
	"nodes":                  {"spec.unschedulable"},
	"namespaces":             {"status.phase", "name"},
	"secrets":                {"type"},
	"services":               {"spec.clusterIP", "spec.type"},
	"replicationcontrollers": {"status.replicas"},
	"replicasets.apps":       {"status.replicas"},
	"jobs.batch":             {"status.successful"},
	"events": {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
		"involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"},
	"events.events.k8s.io": {"regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion",
		"regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type"},
	"certificatesigningrequests.certificates.k8s.io": {"spec.signerName"},
	"clustertrustbundles.certificates.k8s.io":        {"spec.signerName"},
	"podcertificaterequests.certificates.k8s.io":     {"spec.signerName", "spec.podName", "spec.nodeName"},
	"resourceslices.resource.k8s.io":                 {"spec.nodeName", "spec.driver"},
}

// unset is what a field says that is not stored.
var unset = map[string]string{"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0", "status.successful": "0"}

// checkFields refuses fields by which a resource cannot be selected.
func (t *target) checkFields(o *options) error {
	name := t.res.Plural
	if t.res.group != "" {
		name += "." + t.res.group
	}
	known := selectable[name]
	if t.res.Custom {
		known = nil
		if v := t.res.version(t.version); v != nil {
			for _, f := range v.Fields {
				known = append(known, strings.TrimPrefix(f, "."))
			}
		}
	}
	for _, r := range o.fields.Requirements() {
		if r.Field != "metadata.name" && r.Field != "metadata.namespace" && !slices.Contains(known, r.Field) {
			return apierrors.NewBadRequest(fmt.Sprintf("field label not supported: %s", r.Field))
		}
	}
	return nil
}

// item is one stored object and where its key says that it is.
type item struct {
	*decode.Object
	ref kinds.Ref
}

// matches reports whether the selectors select an object.
func (o *options) matches(it *item) bool {
	if !o.labels.Empty() {
		m, _ := it.Field("metadata", "labels").(map[string]any)
		set := make(labels.Set, len(m))
		for k, v := range m {
			set[k], _ = v.(string)
		}
		if !o.labels.Matches(set) {
			return false
		}
	}
	return o.fields.Empty() || o.fields.Matches(itemFields{it})
}

// itemFields are the fields of an object for a selector.
type itemFields struct{ *item }

// Has implements fields.Fields.
func (f itemFields) Has(field string) bool { return f.Get(field) != "" }

// Get implements fields.Fields: one that is not there is empty, or what it is by default.
func (f itemFields) Get(field string) string {
	switch field {
	case "metadata.name", "name":
		return f.ref.Name
	case "metadata.namespace":
		return f.ref.Namespace
	case "type":
		if f.Secret {
			s, _ := f.Tree(decode.View{})["type"].(string)
			return s
		}
	}
	if f.Kind == "Event" {
		return f.event(field)
	}
	if s := f.text(field); s != "" {
		return s
	}
	return unset[field]
}

// event is a field of an Event, whichever of its groups it is stored in.
func (f itemFields) event(field string) string {
	switch rest, of, _ := strings.Cut(field, "."); rest {
	case "involvedObject", "regarding":
		if s := f.text("involvedObject." + of); s != "" {
			return s
		}
		return f.text("regarding." + of)
	case "source":
		for _, p := range []string{"source.component", "deprecatedSource.component"} {
			if s := f.text(p); s != "" {
				return s
			}
		}
		return f.event("reportingComponent")
	case "reportingComponent", "reportingController":
		if s := f.text("reportingComponent"); s != "" {
			return s
		}
		return f.text("reportingController")
	}
	return f.text(field)
}

// text is a field as a selector compares it.
func (f itemFields) text(field string) string {
	switch v := f.Field(strings.Split(field, ".")...).(type) {
	case string:
		return v
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return v.String()
	}
	return ""
}
