// Package describe lays the fields of an object out as kubectl describe does for any type.
//
//	{"spec": {"nodeName": "n1", "containers": [{"name": "web", "image": "nginx"}]}}
//	                    │
//	                    ▼
//	Spec:
//	  Containers:
//	    web:
//	      Image:  nginx
//	  Node Name:  n1
//
// What always holds:
//   - Every field of the object is in the result; nothing is cut.
//   - Names that users choose (keys of labels, of data, of limits) stay as they are; names of fields are spelled in words.
//   - It returns stored text: it goes through package clean before it is printed.
package describe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/etcdscope/etcdscope/decode/columns"
)

// Field is a field with its value, or with what is in it. Conditions are a table: Rows, the first of which has the heads.
type Field struct {
	Label  string // "" for an item of a list
	Value  string
	Fields []Field
	Rows   [][]string
}

// Fields lays out the fields of a map but those with some names, in the order of their names.
func Fields(tree map[string]any, skip ...string) (out []Field) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if !slices.Contains(skip, name) {
			out = append(out, field(name, Label(name), tree[name]))
		}
	}
	return out
}

// field lays out one field.
func field(name, label string, value any) Field {
	f := Field{Label: label}
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			f.Value = "{}"
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			l := Label(k)
			if isFree(name, v) {
				l = k
			}
			f.Fields = append(f.Fields, field(k, l, v[k]))
		}
	case []any:
		if len(v) == 0 {
			f.Value = "[]"
		}
		if f.Rows = conditions(name, v); f.Rows == nil {
			f.Fields = items(v)
		}
	case nil:
		f.Value = "<none>"
	default:
		f.Value = fmt.Sprint(v)
	}
	return f
}

// items lays out a list. Items with a name have it as their label.
func items(list []any) (out []Field) {
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			one := field("", "", item)
			out = append(out, one)
			continue
		}
		for _, by := range []string{"name", "type", "ip", "key", "uid"} {
			if s, ok := m[by].(string); ok && len(m) > 1 {
				out = append(out, Field{Label: s, Fields: Fields(m, by)})
				m = nil
				break
			}
		}
		if m != nil {
			out = append(out, Field{Fields: Fields(m)})
		}
	}
	return out
}

// free are the fields whose names are chosen by users.
var free = []string{"data", "stringData", "binaryData", "labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests", "capacity", "allocatable",
	"allocated", "hard", "used", "parameters", "options", "max", "min", "default", "defaultRequest", "volumeAttributes", "extra", "overhead", "allocatedResources", "attributes"}

// isFree reports whether the names in a map are chosen by users: a selector may be one of labels, or have fields.
func isFree(name string, m map[string]any) bool {
	if name != "selector" {
		return slices.Contains(free, name)
	}
	for _, v := range m {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// condition are the columns of conditions, in their order.
var condition = []string{"type", "status", "lastProbeTime", "lastHeartbeatTime", "lastUpdateTime", "lastTransitionTime", "observedGeneration", "reason", "message"}

// conditions are conditions as rows, nil for what is none.
func conditions(name string, list []any) (rows [][]string) {
	used := map[string]bool{}
	for _, item := range list {
		m, _ := item.(map[string]any)
		if name != "conditions" || m["type"] == nil || m["status"] == nil {
			return nil
		}
		for k, v := range m {
			if v == nil {
				continue
			}
			if used[k] = true; !slices.Contains(condition, k) {
				return nil
			}
		}
	}
	var head []string
	for _, k := range condition {
		if used[k] {
			head = append(head, strings.ReplaceAll(Label(k), " ", ""))
		}
	}
	for _, item := range list {
		var row []string
		for _, k := range condition {
			if used[k] {
				row = append(row, columns.Field(item.(map[string]any), "."+k))
			}
		}
		rows = append(rows, row)
	}
	if rows == nil {
		return nil
	}
	return append([][]string{head}, rows...)
}

// acronyms are the words that are written in capitals.
var acronyms = []string{"API", "URL", "UID", "GUID", "IP", "ID", "DNS", "CIDR", "TLS", "CPU", "IPC", "PID"}

// Label is the name of a field in words: "nodeName" is "Node Name", "podIPs" "Pod IPs". A name with other signs than letters
// stays as it is.
func Label(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) || name == "" {
		return name
	}
	var words []string
	for _, w := range split(name) {
		if up := strings.ToUpper(w); slices.Contains(acronyms, up) {
			w = up
		} else if r := []rune(w); unicode.IsLower(r[0]) {
			w = string(unicode.ToUpper(r[0])) + string(r[1:])
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// split cuts a name before its capitals: those in a row are one word, up to the one that begins the next: "podIPs" is "pod", "IPs".
func split(name string) (words []string) {
	r := []rune(name)
	from := 0
	for i := 1; i < len(r); i++ {
		begins := unicode.IsUpper(r[i]) && !unicode.IsUpper(r[i-1])
		ends := unicode.IsUpper(r[i]) && i+2 < len(r) && unicode.IsLower(r[i+1]) && unicode.IsLower(r[i+2])
		if begins || ends {
			words = append(words, string(r[from:i]))
			from = i
		}
	}
	return append(words, string(r[from:]))
}
