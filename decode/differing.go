package decode

import (
	"cmp"
)

// Two versions of an object mostly differ in a few fields. Only these become trees that can be compared:
//
//	{"kind":"Pod","spec":{…},"status":{"phase":"Pending",…}} ─┬─► {"kind":"Pod","status":{"phase":"Pending"}}
//	{"kind":"Pod","spec":{…},"status":{"phase":"Running",…}} ─┴─► {"kind":"Pod","status":{"phase":"Running"}}

// differing returns two objects as trees, without the fields that are equal in both but for those that say what they are.
// Either may be nil or no object, and is nil then.
func differing(a, b *node) (x, y map[string]any) {
	if a != nil && a.kind != '{' {
		a = nil
	}
	if b != nil && b.kind != '{' {
		b = nil
	}
	if a == nil || b == nil {
		return wholeTree(a), wholeTree(b)
	}
	x, y = parts(a, b, 1)
	for _, name := range []string{"apiVersion", "kind"} {
		if n := a.field(name); n != nil {
			x[name] = n.value()
		}
		if n := b.field(name); n != nil {
			y[name] = n.value()
		}
	}
	return x, y
}

func wholeTree(n *node) map[string]any {
	if n == nil {
		return nil
	}
	m, _ := n.value().(map[string]any)
	return m
}

// prunedDepth is how deep fields are left out. What lies deeper is taken as a whole.
const prunedDepth = 16

// unlike returns two values, without the fields that are equal in both.
func unlike(a, b *node, depth int) (x, y any) {
	if a.kind != '{' || b.kind != '{' || depth >= prunedDepth {
		return a.value(), b.value()
	}
	return parts(a, b, depth+1)
}

// parts returns two objects without the fields that are equal in both.
func parts(a, b *node, depth int) (x, y map[string]any) {
	x, y = map[string]any{}, map[string]any{}
	for i, j := 0, 0; i < len(a.items) || j < len(b.items); {
		switch c := order(a.items[i:], b.items[j:]); {
		case c < 0:
			x[a.items[i].name] = a.items[i].value()
			i++
		case c > 0:
			y[b.items[j].name] = b.items[j].value()
			j++
		default:
			if p, q := &a.items[i], &b.items[j]; !equalNodes(p, q) {
				x[p.name], y[q.name] = unlike(p, q, depth)
			}
			i++
			j++
		}
	}
	return x, y
}

// order compares the names of the first of two lists of fields; what is missing comes last.
func order(a, b []node) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return cmp.Compare(a[0].name, b[0].name)
}

// equalNodes reports whether two values are the same, names of their own aside.
func equalNodes(a, b *node) bool {
	if a.kind != b.kind || a.str != b.str || len(a.items) != len(b.items) {
		return false
	}
	for i := range a.items {
		if p, q := &a.items[i], &b.items[i]; p.name != q.name || !equalNodes(p, q) {
			return false
		}
	}
	return true
}
