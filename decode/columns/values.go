package columns

import (
	"encoding/json"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// What the cells of many types are made of.

// entries returns the map in a field, nil where there is none.
func entries(t map[string]any, path string) map[string]any {
	m, _ := lookup(t, path).(map[string]any)
	return m
}

// has reports whether there is a field, which is not null.
func has(t map[string]any, path string) bool { return lookup(t, path) != nil }

// texts returns the strings of a list.
func texts(t map[string]any, path string) (out []string) {
	list, _ := lookup(t, path).([]any)
	for _, v := range list {
		out = append(out, scalar(v))
	}
	return out
}

func number(t map[string]any, path string) int {
	n, _ := strconv.Atoi(Field(t, path))
	return n
}

func lengths(t map[string]any, paths ...string) string {
	n := 0
	for _, p := range paths {
		switch v := lookup(t, p).(type) {
		case map[string]any:
			n += len(v)
		case []any:
			n += len(v)
		}
	}
	return strconv.Itoa(n)
}

// short is a list of which the first are shown, and the rest counted.
func short(list []string, limit int, none string) string {
	if len(list) > limit {
		return strings.Join(list[:limit], ",") + " + " + strconv.Itoa(len(list)-limit) + " more..."
	}
	return or(strings.Join(list, ","), none)
}

// formatLabels is a map as a selector: "a=b,c=d".
func formatLabels(m map[string]any) string {
	set := labels.Set{}
	for k, v := range m {
		set[k] = scalar(v)
	}
	return or(set.String(), "<none>")
}

// selector reads a label selector, nil where there is none or it is no selector.
func selector(v any) *metav1.LabelSelector {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	s := &metav1.LabelSelector{}
	if err != nil || json.Unmarshal(b, s) != nil {
		return nil
	}
	return s
}

func labelSelector(path string) func(map[string]any) string {
	return func(t map[string]any) string { return metav1.FormatLabelSelector(selector(lookup(t, path))) }
}

// quantity is a quantity in its canonical form; 0 where there is none.
func quantity(s string) string {
	if s == "" {
		return "0"
	}
	q, err := resource.ParseQuantity(s)
	if err != nil {
		return s
	}
	return q.String()
}

// boolean is a field that kubectl prints as a JSON boolean.
func boolean(head, path, fallback string) Column { return count(head, path, fallback) }

// containers are the columns of the containers of a template.
func containers(path string) []Column {
	each := func(name string) func(map[string]any) string {
		return func(t map[string]any) string {
			var out []string
			for _, c := range items(t, path) {
				out = append(out, scalar(c[name]))
			}
			return strings.Join(out, ",")
		}
	}
	return []Column{col("CONTAINERS", each("name")), col("IMAGES", each("image"))}
}

// condition returns the status of a condition, "" where there is none.
func condition(t map[string]any, kind string) string {
	for _, c := range items(t, ".status.conditions") {
		if scalar(c["type"]) == kind {
			return scalar(c["status"])
		}
	}
	return ""
}
