package decode

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/json"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// JSONAs returns the object as JSON in another version of its kind. Nothing is converted: the error says why the fields of the
// stored version cannot stand for those of the other one, in one safe line. schema is that of a custom resource in the other
// version, nil for Kubernetes' own kinds. Translated are what
// API servers store in another version than they serve: Events, of two groups, and CustomResourceDefinitions of v1beta1.
func (o *Object) JSONAs(v View, apiVersion string, crd map[string]any) ([]byte, error) {
	if o.APIVersion == apiVersion {
		return o.JSON(v), nil
	}
	n := o.seen(v)
	if n == nil || n.kind != '{' {
		return nil, fmt.Errorf("the value is no object")
	}
	out := *n
	switch {
	case o.Kind == "Event" && crd == nil:
		out = renamedEvent(out, o.APIVersion, apiVersion)
	case o.Kind == "CustomResourceDefinition" && o.APIVersion == crdBeta && apiVersion == crdStable:
		out = definition(out)
		out = out.with("apiVersion", node{kind: '"', str: apiVersion})
		return appendJSON(nil, &out, appendQuoted), nil
	}
	out = out.with("apiVersion", node{kind: '"', str: apiVersion})
	js := appendJSON(nil, &out, appendQuoted)
	if crd != nil {
		if field := unknownTo(&out, crd, ""); field != "" {
			return nil, fmt.Errorf("%s has no field %s", apiVersion, clean.Key([]byte(field)))
		}
		return js, nil
	}
	obj, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(apiVersion, o.Kind))
	if err != nil {
		return nil, fmt.Errorf("this build does not know %s %s", clean.Key([]byte(apiVersion)), clean.Key([]byte(o.Kind)))
	}
	var strict []error
	if err := guarded(func() (err error) { strict, err = json.UnmarshalStrict(js, obj); return err }); err != nil {
		return nil, fmt.Errorf("a field has another type in %s", apiVersion)
	}
	if len(strict) > 0 {
		return nil, fmt.Errorf("%s lacks a field: %s", apiVersion, clean.Error(strict[0]))
	}
	return js, nil
}

// unknownTo names the first field of an object that a schema of a custom resource does not have, "" for none.
func unknownTo(n *node, crd map[string]any, path string) string {
	if is(crd, "x-kubernetes-preserve-unknown-fields") || is(crd, "x-kubernetes-embedded-resource") {
		return ""
	}
	if n.kind == '[' {
		items, _ := crd["items"].(map[string]any)
		for i := range n.items {
			if f := unknownTo(&n.items[i], items, path+"[]"); items != nil && f != "" {
				return f
			}
		}
	}
	if n.kind != '{' {
		return ""
	}
	properties, _ := crd["properties"].(map[string]any)
	more, open := crd["additionalProperties"]
	for i := range n.items {
		it := &n.items[i]
		if path == "" && (it.name == "apiVersion" || it.name == "kind" || it.name == "metadata") {
			continue
		}
		at := strings.TrimPrefix(path+"."+it.name, ".")
		next, ok := properties[it.name].(map[string]any)
		if !ok && open {
			next, _ = more.(map[string]any)
		} else if !ok {
			return at
		}
		if f := unknownTo(it, next, at); next != nil && f != "" {
			return f
		}
	}
	return ""
}

func is(m map[string]any, name string) bool { b, _ := m[name].(bool); return b }
