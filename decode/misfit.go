package decode

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// Misfit says why an object of one of Kubernetes' own kinds, stored as JSON, CBOR or YAML, cannot be read as one: a field has a
// value of another type. It is "" where it can, and for kinds without a type here. The text is one safe line.
func (o *Object) Misfit() string {
	if o.Encoding == encProtobuf || !o.IsKubernetes() {
		return ""
	}
	obj, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(o.APIVersion, o.Kind))
	if err != nil {
		return ""
	}
	if err := guarded(func() error { return json.Unmarshal([]byte(o.js), obj) }); err != nil {
		if o.Secret {
			return "a field of it has a value of another type"
		}
		return "malformed " + clean.Key([]byte(o.Kind)) + ": " + clean.Error(err)
	}
	return ""
}
