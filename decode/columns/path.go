package columns

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// JSONPath reads a field by kubectl's JSONPath, as definitions write it: fields, ["quoted"] fields, [n], [*] and
// [?(@.type=="Ready")]. Several values are joined with commas; "" where there is none.
func JSONPath(t map[string]any, path string) string {
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
