package find

import "bytes"

// Meets reports whether a single key matches, without a list being made of it.
func (q Query) Meets(root string, key []byte) bool { return q.MeetsBeside(root, key, "") }

// MeetsBeside is Meets for a key with a text beside it, in which terms may occur too that do not ask for the begin or the end of the key.
func (q Query) MeetsBeside(root string, key []byte, beside string) bool {
	rest, inside := bytes.CutPrefix(key, []byte(root))
	for i := range q.terms {
		t := &q.terms[i]
		if (t.meets(root, rest, inside) || beside != "" && !t.head && !t.tail && t.meets(root, []byte(beside), false)) == t.not {
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
