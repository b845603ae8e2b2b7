package find

import (
	"bytes"
	"strings"
)

// Meets reports whether a single key matches, without a list being made of it.
func (q Query) Meets(root string, key []byte) bool {
	rest, inside := bytes.CutPrefix(key, []byte(root))
	for i := range q.terms {
		if q.terms[i].meets(root, rest, inside) == q.terms[i].not {
			return false
		}
	}
	return true
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

// Without takes the words that have a prefix, their sign "!" aside, out of a text, and returns them and the rest.
func Without(prefix, text string) (words []string, rest string) {
	var others []string
	for _, w := range strings.Fields(text) {
		if strings.HasPrefix(strings.TrimPrefix(w, "!"), prefix) {
			words = append(words, w)
		} else {
			others = append(others, w)
		}
	}
	return words, strings.Join(others, " ")
}
