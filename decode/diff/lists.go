package diff

import (
	_ "embed"
	"strings"
	"sync"
)

//go:generate go run ./gen

//go:embed lists.txt
var listsText string

// Lists says how the items of an object's lists are named. The zero Lists knows Kubernetes' own types.
type Lists struct {
	// Schema returns the openAPIV3Schema of a custom resource's version, nil where there is none. It may be nil.
	Schema func(apiVersion, kind string) map[string]any
}

// listType is what is known about a value: its fields or items, and how the items are named. nil is: nothing.
type listType struct {
	fields map[string]*listType
	each   *listType // of a list's items, or of a map's values
	isMap  bool      // each is of a map's values
	keys   []string  // name the items of a list; nil: find some
	schema map[string]any
}

func (t *listType) field(name string) *listType {
	switch {
	case t == nil:
		return nil
	case t.schema != nil:
		return fromSchema(property(t.schema, name))
	case t.isMap:
		return t.each
	}
	return t.fields[name]
}

func (t *listType) item() *listType {
	switch {
	case t == nil:
		return nil
	case t.schema != nil:
		items, _ := t.schema["items"].(map[string]any)
		return fromSchema(items)
	}
	return t.each
}

// typeOf is a type that is only found where it is asked for: that of a schema has to be read.
type typeOf struct {
	of    *listType
	field string
	item  bool // of the items, else of the field
}

// child is the type of a field.
func (t *listType) child(name string) typeOf { return typeOf{of: t, field: name} }

func (t typeOf) get() *listType {
	if t.item {
		return t.of.item()
	}
	return t.of.field(t.field)
}

// root finds the type of an object.
func (l Lists) root(before, after map[string]any) *listType {
	tree := after
	if tree == nil {
		tree = before
	}
	apiVersion, _ := tree["apiVersion"].(string)
	kind, _ := tree["kind"].(string)
	return l.of(apiVersion, kind)
}

// of finds the type of a kind.
func (l Lists) of(apiVersion, kind string) *listType {
	if l.Schema != nil {
		if s := l.Schema(apiVersion, kind); s != nil {
			return fromSchema(withMeta(s))
		}
	}
	return builtinTypes()[typeName(apiVersion, kind)]
}

// withMeta adds to a schema what every object's metadata has.
func withMeta(s map[string]any) map[string]any {
	owners := map[string]any{"x-kubernetes-list-map-keys": []any{"uid"}}
	props, _ := s["properties"].(map[string]any)
	with := map[string]any{}
	for k, v := range props {
		with[k] = v
	}
	with["metadata"] = map[string]any{"properties": map[string]any{"ownerReferences": owners}}
	return map[string]any{"properties": with}
}

func fromSchema(s map[string]any) *listType {
	if s == nil {
		return nil
	}
	t := &listType{schema: s}
	keys, _ := s["x-kubernetes-list-map-keys"].([]any)
	for _, k := range keys {
		if k, ok := k.(string); ok {
			t.keys = append(t.keys, k)
		}
	}
	return t
}

func property(s map[string]any, name string) map[string]any {
	props, _ := s["properties"].(map[string]any)
	if p, ok := props[name].(map[string]any); ok {
		return p
	}
	p, _ := s["additionalProperties"].(map[string]any)
	return p
}

// typeName returns the name in lists.txt of an object's type: the last part of the Go package, the version, the kind.
func typeName(apiVersion, kind string) string {
	group, version, ok := strings.Cut(apiVersion, "/")
	switch {
	case !ok:
		group, version = "core", apiVersion
	case group == "internal.apiserver.k8s.io":
		group = "apiserverinternal"
	case strings.HasSuffix(group, ".k8s.io"):
		group, _, _ = strings.Cut(group, ".")
	}
	return group + "." + version + "." + kind
}

// builtinTypes reads lists.txt, which describes itself in its second line.
var builtinTypes = sync.OnceValue(func() map[string]*listType {
	types := map[string]*listType{}
	get := func(name string) *listType {
		if name == "" {
			return nil
		}
		if types[name] == nil {
			types[name] = &listType{}
		}
		return types[name]
	}
	for line := range strings.Lines(listsText) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		t := get(f[0])
		t.fields = make(map[string]*listType, len(f)-1)
		for _, w := range f[1:] {
			name, word, _ := strings.Cut(w, "=")
			t.fields[name] = parseWord(word, get)
		}
	}
	return types
})

func parseWord(word string, get func(string) *listType) *listType {
	if rest, ok := strings.CutPrefix(word, "{}"); ok {
		return &listType{isMap: true, each: get(rest)}
	}
	rest, ok := strings.CutPrefix(word, "[]")
	if !ok {
		return get(word)
	}
	name, keys, ok := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	t := &listType{each: get(name)}
	if ok {
		t.keys = strings.Split(keys, ",")
	}
	return t
}
