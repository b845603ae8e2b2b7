package decode

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// node is a JSON value that was parsed just far enough to be written again: scalars keep their text, so that numbers
// keep every digit. Nodes are never changed after parsing; views of them are copies where they differ.
type node struct {
	kind  byte   // { [ " 0 t f n
	name  string // of a field
	str   string // a string's content, or the text of a number or literal
	items []node // of an object sorted by name, of a list in its order
}

// parseJSON parses valid JSON. A field that is there twice keeps its last value, as encoding/json does.
func parseJSON(js []byte) *node {
	p := parser{b: js}
	n := p.value()
	return &n
}

type parser struct {
	b []byte
	i int
}

func (p *parser) space() {
	for p.i < len(p.b) && (p.b[p.i] == ' ' || p.b[p.i] == '\n' || p.b[p.i] == '\t' || p.b[p.i] == '\r') {
		p.i++
	}
}

func (p *parser) value() node {
	p.space()
	switch c := p.b[p.i]; c {
	case '{':
		return p.object()
	case '[':
		n := node{kind: '['}
		p.i++
		for p.space(); p.b[p.i] != ']'; p.space() {
			n.items = append(n.items, p.value())
			if p.space(); p.b[p.i] == ',' {
				p.i++
			}
		}
		p.i++
		return n
	case '"':
		return node{kind: '"', str: p.text()}
	default:
		from := p.i
		for p.i < len(p.b) && bytes.IndexByte([]byte(" \t\r\n,]}"), p.b[p.i]) < 0 {
			p.i++
		}
		n := node{kind: c, str: string(p.b[from:p.i])}
		if c == '-' || c >= '0' && c <= '9' {
			n.kind = '0'
		}
		return n
	}
}

func (p *parser) object() node {
	n := node{kind: '{'}
	p.i++
	sorted := true
	for p.space(); p.b[p.i] != '}'; p.space() {
		name := p.text()
		p.space()
		p.i++ // the colon
		v := p.value()
		v.name = name
		if k := len(n.items); k > 0 && n.items[k-1].name >= name {
			sorted = false
		}
		n.items = append(n.items, v)
		if p.space(); p.b[p.i] == ',' {
			p.i++
		}
	}
	p.i++
	if !sorted {
		slices.SortStableFunc(n.items, func(a, b node) int { return strings.Compare(a.name, b.name) })
		last := n.items[:0]
		for i := range n.items {
			if i+1 == len(n.items) || n.items[i+1].name != n.items[i].name {
				last = append(last, n.items[i])
			}
		}
		n.items = last
	}
	return n
}

// text reads a string; those without escapes are cut out as they are.
func (p *parser) text() string {
	from := p.i + 1
	for i := from; ; i++ {
		switch p.b[i] {
		case '"':
			p.i = i + 1
			return string(p.b[from:i])
		case '\\':
			for ; p.b[i] != '"'; i++ {
				if p.b[i] == '\\' {
					i++
				}
			}
			p.i = i + 1
			var s string
			_ = json.Unmarshal(p.b[from-1:p.i], &s)
			return s
		}
	}
}

// field returns a field of an object, nil where it has none.
func (n *node) field(name string) *node {
	if n == nil || n.kind != '{' {
		return nil
	}
	i, ok := slices.BinarySearchFunc(n.items, name, func(x node, name string) int { return strings.Compare(x.name, name) })
	if !ok {
		return nil
	}
	return &n.items[i]
}

// text returns a string's content, "" of anything else.
func (n *node) text() string {
	if n == nil || n.kind != '"' {
		return ""
	}
	return n.str
}

// with returns a copy of an object in which a field has another value; the fields below it are shared.
func (n node) with(name string, v node) node {
	v.name = name
	i, ok := slices.BinarySearchFunc(n.items, name, func(x node, name string) int { return strings.Compare(x.name, name) })
	items := make([]node, 0, len(n.items)+1)
	items = append(append(items, n.items[:i]...), v)
	if ok {
		i++
	}
	n.items = append(items, n.items[i:]...)
	return n
}

// without returns a copy of an object that lacks some fields.
func (n node) without(names ...string) node {
	items := make([]node, 0, len(n.items))
	for _, it := range n.items {
		if !slices.Contains(names, it.name) {
			items = append(items, it)
		}
	}
	n.items = items
	return n
}

// value returns the node as encoding/json would decode it with UseNumber.
func (n *node) value() any {
	switch n.kind {
	case '{':
		m := make(map[string]any, len(n.items))
		for i := range n.items {
			m[n.items[i].name] = n.items[i].value()
		}
		return m
	case '[':
		l := make([]any, len(n.items))
		for i := range n.items {
			l[i] = n.items[i].value()
		}
		return l
	case '"':
		return n.str
	case '0':
		return json.Number(n.str)
	case 't':
		return true
	case 'f':
		return false
	}
	return nil
}

// nodeOf returns a decoded value as a node.
func nodeOf(v any) *node {
	b, err := json.Marshal(v)
	if err != nil {
		return &node{kind: 'n', str: "null"}
	}
	return parseJSON(b)
}
