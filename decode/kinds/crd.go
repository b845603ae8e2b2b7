package kinds

import (
	"encoding/json"
	"strconv"
)

// FromCRD returns the resource that a decoded CustomResourceDefinition (v1 or v1beta1) describes. ok is false for
// anything else, and for a definition without a group, a plural or a kind.
func FromCRD(tree map[string]any) (r Resource, ok bool) {
	if str(tree, "kind") != "CustomResourceDefinition" {
		return r, false
	}
	spec := child(tree, "spec")
	names := child(spec, "names")
	r = Resource{
		Group: str(spec, "group"), Kind: str(names, "kind"), Plural: str(names, "plural"), Singular: str(names, "singular"),
		Namespaced: str(spec, "scope") != "Cluster", Custom: true,
	}
	if r.Group == "" || r.Plural == "" || r.Kind == "" {
		return Resource{}, false
	}
	r.ListKind = str(names, "listKind")
	r.Short, r.Categories = texts(names, "shortNames"), texts(names, "categories")
	r.Prefix = r.Group + "/" + r.Plural + "/"
	r.Versions, r.Version = crdVersions(spec)
	return r, true
}

// texts returns the strings in a list.
func texts(m map[string]any, name string) (out []string) {
	for _, s := range most(list(m, name)) {
		if s, ok := s.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// crdVersions returns the versions and the name of the stored one. v1beta1 has schema and columns once for all.
func crdVersions(spec map[string]any) (out []Version, stored string) {
	all := Version{
		Name:    str(spec, "version"),
		Schema:  child(child(spec, "validation"), "openAPIV3Schema"),
		Columns: columns(list(spec, "additionalPrinterColumns")),
	}
	all.subresources(spec)
	stored = all.Name
	for _, v := range most(list(spec, "versions")) {
		m, _ := v.(map[string]any)
		one := Version{Name: str(m, "name"), Schema: child(child(m, "schema"), "openAPIV3Schema"), Columns: columns(list(m, "additionalPrinterColumns"))}
		if one.Schema == nil {
			one.Schema = all.Schema
		}
		if one.Columns == nil {
			one.Columns = all.Columns
		}
		one.subresources(m)
		if one.Scale == nil && !one.Status {
			one.Scale, one.Status = all.Scale, all.Status
		}
		served, said := m["served"].(bool)
		one.Unserved = said && !served
		if b, _ := m["storage"].(bool); b {
			stored = one.Name
		}
		out = append(out, one)
	}
	if out == nil && all.Name != "" {
		out = []Version{all}
	}
	return out, stored
}

// subresources reads what a definition, or one of its versions, says about subresources and field selectors.
func (v *Version) subresources(m map[string]any) {
	sub := child(m, "subresources")
	_, v.Status = sub["status"]
	if s := child(sub, "scale"); s != nil {
		v.Scale = &Scale{str(s, "specReplicasPath"), str(s, "statusReplicasPath"), str(s, "labelSelectorPath")}
	}
	for _, f := range most(list(m, "selectableFields")) {
		f, _ := f.(map[string]any)
		if path := str(f, "jsonPath"); path != "" {
			v.Fields = append(v.Fields, path)
		}
	}
}

func columns(l []any) (out []Column) {
	for _, c := range most(l) {
		m, _ := c.(map[string]any)
		col := Column{Name: str(m, "name"), Type: str(m, "type"), Path: str(m, "jsonPath"), Priority: number(m["priority"])}
		if col.Path == "" {
			col.Path = str(m, "JSONPath")
		}
		if col.Name != "" && col.Path != "" {
			out = append(out, col)
		}
	}
	return out
}

// most is the beginning of a list of a definition: each name of a type is found in each version, so that long lists
// would multiply.
func most(l []any) []any { return l[:min(len(l), 100)] }

func child(m map[string]any, name string) map[string]any {
	c, _ := m[name].(map[string]any)
	return c
}

func str(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func list(m map[string]any, name string) []any {
	l, _ := m[name].([]any)
	return l
}

func number(v any) int {
	switch n := v.(type) {
	case json.Number:
		i, _ := strconv.Atoi(n.String())
		return i
	case int64:
		return int(n)
	case float64:
		return int(n)
	}
	return 0
}
