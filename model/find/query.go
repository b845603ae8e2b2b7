package find

import (
	"bytes"
	"slices"
	"strings"
)

// Query is what is searched for: terms that must all be met.
type Query struct {
	text  string
	terms []term
	also  *Also
}

// Also is a further condition on keys.
type Also struct {
	Name string // conditions of one name are the same
	Pass func(root string, key []byte) bool
}

// term is one word of a query.
type term struct {
	text      []byte
	not       bool // must not occur
	head      bool // at the beginning of the key
	tail      bool // at its end
	sensitive bool // it has capitals, so case matters
}

// Parse reads terms as fzf does, separated by blanks: word occurs, ^word begins the key, word$ ends it, !word does not
// occur. Small letters mean capitals too. A key begins behind the root, and with it.
func Parse(s string) Query { return Terms(strings.Fields(s)) }

// Terms is Parse for words that are separated already; they may hold blanks.
func Terms(words []string) Query {
	q := Query{text: strings.Join(words, " ")}
	for _, w := range words {
		var t term
		w, t.not = cut(w, "!")
		w, t.head = cut(w, "^")
		if rest, ok := strings.CutSuffix(w, "$"); ok {
			w, t.tail = rest, true
		}
		t.text = []byte(w)
		t.sensitive = w != strings.ToLower(w)
		if w == "" && !(t.head && t.tail) {
			continue // a sign that is still being typed
		}
		q.terms = append(q.terms, t)
	}
	return q
}

func cut(s, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	return rest, ok
}

// And returns the query with a condition that keys must meet too, nil for none.
func (q Query) And(also *Also) Query {
	q.also = also
	return q
}

// String returns the query as it was typed.
func (q Query) String() string { return q.text }

// Empty reports whether every key matches.
func (q Query) Empty() bool { return len(q.terms) == 0 && q.also == nil }

// Same reports whether two queries are one.
func (q Query) Same(o Query) bool { return q.text == o.text && q.condition() == o.condition() }

// condition names the further condition, "" for none.
func (q Query) condition() string {
	if q.also == nil {
		return ""
	}
	return q.also.Name
}

// passes reports whether a key, without the root where it is below it, meets the further condition.
func (q Query) passes(root string, c *chunk, i int) bool {
	key := c.key(i)
	if !bit(c.outer, i) {
		key = append([]byte(root), key...)
	}
	return q.also.Pass(root, key)
}

// narrows reports whether every key that matches q matches old too.
func (q Query) narrows(old Query) bool {
	if old.also != nil && old.condition() != q.condition() {
		return false
	}
	for _, o := range old.terms {
		if !slices.ContainsFunc(q.terms, func(t term) bool { return t.implies(o) }) {
			return false
		}
	}
	return true
}

// implies reports whether whatever meets t meets o.
func (t term) implies(o term) bool {
	text := t.text
	switch {
	case t.not != o.not || o.sensitive && !t.sensitive:
		return false
	case t.sensitive && !o.sensitive:
		text = lower(text)
	}
	switch {
	case t.not:
		return t.head == o.head && t.tail == o.tail && bytes.Equal(t.text, o.text)
	case o.head && o.tail:
		return t.head && t.tail && bytes.Equal(text, o.text)
	case o.head:
		return t.head && bytes.HasPrefix(text, o.text)
	case o.tail:
		return t.tail && bytes.HasSuffix(text, o.text)
	}
	return bytes.Contains(text, o.text)
}

// Match reports whether a key matches.
func (q Query) Match(root, key string) bool {
	b := NewBuilder(root)
	b.Add([]byte(key))
	k := b.Keys()
	return q.match(k.root, k.chunks[0], 0, -1)
}

// match reports whether key i of a chunk matches; term skip is known to.
func (q Query) match(root string, c *chunk, i, skip int) bool {
	for n := range q.terms {
		if n != skip && q.terms[n].in(root, c, i) == q.terms[n].not {
			return false
		}
	}
	return q.also == nil || q.passes(root, c, i)
}

// in reports whether the term occurs in key i, its sign left aside.
func (t *term) in(root string, c *chunk, i int) bool {
	text := c.lower
	if t.sensitive {
		text = c.text
	}
	key := text[c.off[i]:c.off[i+1]]
	switch {
	case t.head:
		return t.begins("", key) || !bit(c.outer, i) && t.begins(root, key)
	case t.tail:
		return bytes.HasSuffix(key, t.text)
	}
	return bytes.Contains(key, t.text)
}

// begins reports whether the root and the key together begin with the term, or (tail) are it.
func (t *term) begins(root string, key []byte) bool {
	n := min(len(root), len(t.text))
	same := root[:n] == string(t.text[:n])
	if !t.sensitive {
		same = strings.EqualFold(root[:n], string(t.text[:n]))
	}
	if !same || len(root) > n && t.tail {
		return false
	}
	if t.tail {
		return bytes.Equal(key, t.text[n:])
	}
	return bytes.HasPrefix(key, t.text[n:])
}

// Span is a stretch of a key, in bytes.
type Span struct{ From, To int }

// Spans returns where the terms occur in a text that is shown, in order and without overlap.
func (q Query) Spans(s string) (out []Span) {
	low := string(lower([]byte(s)))
	for _, t := range q.terms {
		in, want := low, string(t.text)
		if t.sensitive {
			in = s
		}
		i := -1
		switch {
		case t.not || want == "":
		case t.tail && strings.HasSuffix(in, want):
			i = len(in) - len(want)
		case t.tail:
		case t.head && strings.HasPrefix(in, want):
			i = 0
		case !t.head:
			i = strings.Index(in, want)
		}
		if i >= 0 {
			out = append(out, Span{i, i + len(want)})
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return a.From - b.From })
	kept := out[:0]
	for _, s := range out {
		if n := len(kept); n > 0 && s.From < kept[n-1].To {
			kept[n-1].To = max(kept[n-1].To, s.To)
			continue
		}
		kept = append(kept, s)
	}
	return kept
}
