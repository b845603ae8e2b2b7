package find

import "bytes"

// Meets reports whether a single key matches, without a list being made of it.
func (q Query) Meets(root string, key []byte) bool {
	rest, inside := bytes.CutPrefix(key, []byte(root))
	for i := range q.terms {
		if q.terms[i].meets(root, rest, inside) == q.terms[i].not {
			return false
		}
	}
	return q.also == nil || q.also.Pass(root, key)
}

// meets reports whether the term occurs in a key, its root cut off where it is inside of it; its sign is left aside.
func (t *term) meets(root string, key []byte, inside bool) bool {
	if !t.sensitive && bytes.ContainsFunc(key, func(r rune) bool { return r >= 'A' && r <= 'Z' }) {
		key = lower(key)
	}
	switch {
	case t.head:
		return t.begins("", key) || inside && t.begins(root, key)
	case t.tail:
		return bytes.HasSuffix(key, t.text)
	}
	return bytes.Contains(key, t.text)
}
