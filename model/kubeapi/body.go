package kubeapi

import (
	"encoding/json"
	"strconv"

	"github.com/etcdscope/etcdscope/model/unreadable"
)

// Unreadable is the annotation that says why of an object only its metadata is served.
const Unreadable = "etcdscope.io/unreadable"

// json is an object in the version that was asked for. The error says why it cannot be served in that one.
func (q *call) json(it *item) ([]byte, error) {
	if fault, why := unreadable.Of(it.Object, it.ref); fault != unreadable.None && fault != unreadable.Misplaced {
		return q.stub(it, why), nil
	}
	var schema map[string]any
	if q.t.res.Custom {
		schema = map[string]any{"x-kubernetes-preserve-unknown-fields": true}
		if v := q.t.res.version(q.t.version); v != nil && v.Schema != nil {
			schema = v.Schema
		}
	}
	return it.JSONAs(q.a.view(true), q.t.apiVersion(), schema)
}

// anyJSON is json for lists that have begun: what cannot be served is its metadata and the reason.
func (q *call) anyJSON(it *item) []byte {
	b, err := q.json(it)
	if err != nil {
		return q.stub(it, "it is stored as "+it.APIVersion+": "+err.Error())
	}
	return b
}

// stub is what is served of an object that cannot be read: what its key says, its metadata, and why.
func (q *call) stub(it *item, why string) []byte {
	md := map[string]any{}
	if it.Kind == it.ref.Kind {
		if m, ok := it.Tree(q.a.view(false))["metadata"].(map[string]any); ok {
			md = m
		}
	}
	md["name"], md["resourceVersion"] = it.ref.Name, strconv.FormatInt(it.Mod, 10)
	if it.ref.Namespace != "" {
		md["namespace"] = it.ref.Namespace
	}
	notes, _ := md["annotations"].(map[string]any)
	if notes == nil {
		notes = map[string]any{}
	}
	notes[Unreadable] = why
	md["annotations"] = notes
	b, err := json.Marshal(map[string]any{"apiVersion": q.t.apiVersion(), "kind": q.t.res.Kind, "metadata": md})
	if err != nil { // of texts and numbers
		return []byte("{}")
	}
	return b
}

// metadata is the metadata of an object as JSON.
func (q *call) metadata(it *item, managed bool) []byte {
	if fault, why := unreadable.Of(it.Object, it.ref); fault != unreadable.None && fault != unreadable.Misplaced {
		var s struct {
			Metadata json.RawMessage `json:"metadata"`
		}
		if json.Unmarshal(q.stub(it, why), &s) == nil {
			return s.Metadata
		}
	}
	if b := it.MetadataJSON(q.a.view(managed)); b != nil {
		return b
	}
	return []byte("{}")
}

// partial appends the PartialObjectMetadata of an object.
func (q *call) partial(b []byte, it *item) []byte {
	b = append(b, `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/`+q.metaVersion()+`","metadata":`...)
	return append(append(b, q.metadata(it, true)...), '}')
}

// metaVersion is the version of meta.k8s.io that was asked for.
func (q *call) metaVersion() string {
	if q.f.group == "v1beta1" {
		return "v1beta1"
	}
	return "v1"
}
