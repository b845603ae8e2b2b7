package columns

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"k8s.io/client-go/util/jsonpath"
)

// expression is a JSONPath of kubectl's that is evaluated for many objects. It is safe for concurrent use.
type expression struct {
	field   string     // that of a plain .spec.size, which needs no more than to look it up; "" for others
	mu      sync.Mutex // a jsonpath.JSONPath keeps state while it is evaluated
	path    *jsonpath.JSONPath
	numbers bool // it compares numbers, and needs them as such
}

var (
	// plain is the path of a field.
	plain = regexp.MustCompile(`^\{((?:\.[A-Za-z0-9_-]+)+)\}$`)
	// comparesNumbers finds comparisons of which one side may be a number.
	comparesNumbers = regexp.MustCompile(`[<>]|[=!]= *[-0-9]`)
)

// An expression comes from a definition, and must not cost what a definition should not be able to ask for.
const (
	maxExpression = 4096 // bytes
	maxDescents   = 2    // of "..": each multiplies what is walked
	maxUnion      = 1000 // values that its unions can name of one object
	maxCell       = 8192 // bytes of several values
)

// doubleQuoted are fields in brackets, as people quote them; JSONPath takes single quotes.
var doubleQuoted = regexp.MustCompile(`\["([^"'\]]*)"\]`)

// compile parses an expression: {.spec.size}, or without its braces, as definitions and kubectl's custom columns have it. nil
// for one that is none; its cells are empty.
func compile(text string) *expression {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxExpression || strings.Count(text, "..") > maxDescents || unions(text) > maxUnion {
		return nil
	}
	if !strings.HasPrefix(text, "{") {
		if !strings.HasPrefix(text, ".") && !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "$") {
			text = "." + text
		}
		text = "{" + text + "}"
	}
	if m := plain.FindStringSubmatch(text); m != nil {
		return &expression{field: m[1]}
	}
	e := &expression{path: jsonpath.New("column").AllowMissingKeys(true), numbers: comparesNumbers.MatchString(text)}
	if e.path.Parse(doubleQuoted.ReplaceAllString(text, "['$1']")) != nil {
		return nil
	}
	return e
}

// unions returns how many values the unions of an expression can name of one object, about.
func unions(text string) int {
	n := 1
	for _, b := range brackets.FindAllString(text, -1) {
		if n *= strings.Count(b, ",") + 1; n > maxUnion {
			break
		}
	}
	return n
}

// values returns what an expression finds in a tree, in order; nothing where it does not apply.
func (e *expression) values(t map[string]any) (out []any) {
	if e == nil || t == nil {
		return nil
	}
	if e.field != "" {
		if v := lookup(t, e.field); v != nil {
			return []any{v}
		}
		return nil
	}
	defer func() {
		if recover() != nil { // neither the expression nor the object is ours
			out = nil
		}
	}()
	var data any = t
	if e.numbers {
		data = withNumbers(t)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	results, err := e.path.FindResults(data)
	if err != nil {
		return nil
	}
	for _, list := range results {
		for _, v := range list {
			if v.IsValid() && v.CanInterface() && (v.Kind() != reflect.Interface || !v.IsNil()) {
				out = append(out, v.Interface())
			}
		}
	}
	return out
}

// first is the first value that an expression finds, as the API server fills the columns of a definition: a value of another
// type than the column's leaves the cell empty.
func (e *expression) first(t map[string]any, typ string) string {
	list := e.values(t)
	if len(list) == 0 || !suits(list[0], typ) {
		return ""
	}
	return scalar(list[0])
}

// suits reports whether a value is of a column's type.
func suits(v any, typ string) bool {
	switch typ {
	case "integer", "number":
		switch v.(type) {
		case json.Number, int64, float64:
			return true
		}
		return false
	case "boolean":
		_, ok := v.(bool)
		return ok
	}
	return true
}

// all are the values that an expression finds, joined with commas, as kubectl's custom columns show them.
func (e *expression) all(t map[string]any) string {
	var out []string
	n := 0
	for _, v := range e.values(t) {
		if s := scalar(v); s != "" {
			out = append(out, s)
			if n += len(s); n > maxCell {
				break
			}
		}
	}
	return strings.Join(out, ",")
}

// withNumbers copies a tree with its numbers as int64 or float64, which JSONPath can compare.
func withNumbers(v any) any {
	switch x := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(x))
		for k, y := range x {
			m[k] = withNumbers(y)
		}
		return m
	case []any:
		l := make([]any, len(x))
		for i, y := range x {
			l[i] = withNumbers(y)
		}
		return l
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		if n, err := x.Float64(); err == nil {
			return n
		}
	}
	return v
}

// Field returns the text of a field, by the names of the maps on its way: .spec.nodeName. It is "" where there is none.
func Field(t map[string]any, path string) string { return scalar(lookup(t, path)) }

// FieldWithDots is Field where the names may have dots, with or without a backslash before each: .data.ca.crt, .data.ca\.crt. A name
// without a dot comes first. Behind the name of a list [0] is its first item, and [-1] its last.
func FieldWithDots(t map[string]any, path string) string {
	return scalar(withDots(t, strings.ReplaceAll(strings.TrimPrefix(path, "."), `\.`, ".")))
}

func withDots(v any, path string) any {
	m, _ := v.(map[string]any)
	for i, r := range path {
		if r != '.' {
			continue
		}
		if below := named(m, path[:i]); below != nil {
			if found := withDots(below, path[i+1:]); found != nil {
				return found
			}
		}
	}
	return named(m, path)
}

// named is what a map has by a name, or by the name of a list and the number of an item.
func named(m map[string]any, name string) any {
	if v := m[name]; v != nil {
		return v
	}
	list, index, ok := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	items, isList := m[list].([]any)
	i, err := strconv.Atoi(index)
	if !ok || !strings.HasSuffix(name, "]") || !isList || err != nil {
		return nil
	}
	if i < 0 {
		i += len(items)
	}
	if i < 0 || i >= len(items) {
		return nil
	}
	return items[i]
}

func lookup(t map[string]any, path string) any {
	var v any = t
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path[1:], ".")
		if path != "" {
			path = "." + path
		}
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// items returns the maps of a list.
func items(t map[string]any, path string) (out []map[string]any) {
	list, _ := lookup(t, path).([]any)
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
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
