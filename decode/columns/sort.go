package columns

import (
	"fmt"
	"reflect"
	"sort"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/util/jsonpath"
)

// SortBy brings objects into the order of a field, as kubectl --sort-by does: numbers by size, texts that are quantities too,
// other texts by their bytes, objects without the field first. It returns where in trees each one was.
func SortBy(path string, trees []map[string]any) (order []int, err error) {
	p, err := relaxed(path)
	if err != nil {
		return nil, err
	}
	s := &sorter{values: make([]reflect.Value, len(trees)), order: make([]int, len(trees))}
	found := len(trees) == 0
	for i, t := range trees {
		s.order[i] = i
		if s.values[i], err = first(p, t); err != nil {
			return nil, err
		}
		found = found || s.values[i].IsValid()
	}
	if !found {
		return nil, fmt.Errorf("no object has a field %s", path)
	}
	sort.Sort(s) // kubectl's own, so that equal ones come in the same order
	return s.order, s.err
}

// first is the first value that a path finds, invalid where there is none.
func first(p *jsonpath.JSONPath, tree map[string]any) (v reflect.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the path cannot be applied: %v", r)
		}
	}()
	results, err := p.FindResults(withNumbers(tree))
	if err != nil || len(results) == 0 || len(results[0]) == 0 {
		return v, err
	}
	if v = results[0][0]; v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v, nil
}

type sorter struct {
	values []reflect.Value
	order  []int
	err    error
}

func (s *sorter) Len() int { return len(s.order) }

func (s *sorter) Swap(i, j int) {
	s.values[i], s.values[j] = s.values[j], s.values[i]
	s.order[i], s.order[j] = s.order[j], s.order[i]
}

func (s *sorter) Less(i, j int) bool {
	a, b := s.values[i], s.values[j]
	switch {
	case !a.IsValid():
		return true
	case !b.IsValid():
		return false
	}
	less, err := isLess(a.Interface(), b.Interface())
	if err != nil && s.err == nil {
		s.err = err
	}
	return less
}

func isLess(a, b any) (bool, error) {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return x < y, nil
		}
	case float64:
		if y, ok := b.(float64); ok {
			return x < y, nil
		}
	case string:
		if y, ok := b.(string); ok {
			p, err := resource.ParseQuantity(x)
			if err != nil {
				return x < y, nil
			}
			q, err := resource.ParseQuantity(y)
			if err != nil {
				return x < y, nil
			}
			return p.Cmp(q) < 0, nil
		}
	}
	return false, fmt.Errorf("%s and %s cannot be compared; name a field that holds text, a number or a time", form(a), form(b))
}

// form names what a field holds in words of JSON.
func form(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "a truth value"
	case nil:
		return "null"
	}
	return "a number"
}
