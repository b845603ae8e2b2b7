package decode

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// node is a JSON value that was parsed just far enough to be written again: scalars keep their text, so that numbers
// keep every digit. Nodes are never changed after parsing; views of them are copies where they differ.
type node struct {
	kind  byte   // { [ " 0 t f n, or unparsed
	name  string // of a field
	str   string // a string's content, or the text of a number or literal
	items []node // of an object sorted by name, of a list in its order
}

// unparsed is the kind of an object that is kept as text, since few ask for it.
const unparsed = 'u'

// parseJSON parses valid JSON. A field that is there twice keeps its last value, as encoding/json does.
func parseJSON(js string) *node {
	n, _ := countJSON(js)
	return n
}

// countJSON does so, and returns how many values there are.
func countJSON(js string) (*node, int) {
	if len(js) >= large {
		return countLarge(js)
	}
	var stack [64]node // on the goroutine's own stack, enough for nearly every object
	p := parser{s: js, stack: stack[:0]}
	n := p.value()
	return &n, p.count + 1
}

// stacks are used again for large objects: for one of 100,000 fields a stack grows to megabytes.
var stacks = sync.Pool{New: func() any { return new([]node) }}

func countLarge(js string) (*node, int) {
	stack, _ := stacks.Get().(*[]node)
	p := parser{s: js, stack: (*stack)[:0]}
	n := p.value()
	*stack = p.stack[:cap(p.stack)]
	clear(*stack) // its texts are parts of the JSON
	stacks.Put(stack)
	return &n, p.count + 1
}

// parser cuts its nodes out of two big pieces: their texts out of the one that was parsed, their items out of slabs.
type parser struct {
	s     string
	i     int
	stack []node // the items of what is not closed yet
	slab  []node
	grow  int // how many nodes the next slab has, 0 for slabSize
	top   int // the longest that stack was
	count int
}

func (p *parser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\n' || p.s[p.i] == '\t' || p.s[p.i] == '\r') {
		p.i++
	}
}

func (p *parser) value() node {
	p.space()
	switch c := p.s[p.i]; c {
	case '{':
		return p.object()
	case '[':
		from := len(p.stack)
		p.i++
		for p.space(); p.s[p.i] != ']'; p.space() {
			p.stack = append(p.stack, p.value())
			if p.space(); p.s[p.i] == ',' {
				p.i++
			}
		}
		p.i++
		return node{kind: '[', items: p.items(from)}
	case '"':
		return node{kind: '"', str: p.text()}
	default:
		from := p.i
		for p.i < len(p.s) && strings.IndexByte(" \t\r\n,]}", p.s[p.i]) < 0 {
			p.i++
		}
		n := node{kind: c, str: p.s[from:p.i]}
		if c == '-' || c >= '0' && c <= '9' {
			n.kind = '0'
		}
		return n
	}
}

func (p *parser) object() node {
	from := len(p.stack)
	p.i++
	sorted := true
	for p.space(); p.s[p.i] != '}'; p.space() {
		name := p.text()
		p.space()
		p.i++ // the colon
		v := p.value()
		v.name = name
		if k := len(p.stack); k > from && p.stack[k-1].name >= name {
			sorted = false
		}
		p.stack = append(p.stack, v)
		if p.space(); p.s[p.i] == ',' {
			p.i++
		}
	}
	p.i++
	n := node{kind: '{', items: p.items(from)}
	if !sorted {
		sortItems(n.items)
		n.items = uniqueLast(n.items)
	}
	return n
}

// uniqueLast keeps the last of each name, in place.
func uniqueLast(items []node) []node {
	last := items[:0]
	for i := range items {
		if i+1 == len(items) || items[i+1].name != items[i].name {
			last = append(last, items[i])
		}
	}
	return last
}

// sortItems sorts by name; of the same name the order stays.
func sortItems(items []node) {
	if len(items) > 32 {
		slices.SortStableFunc(items, func(a, b node) int { return strings.Compare(a.name, b.name) })
		return
	}
	for i := 1; i < len(items); i++ { // few, and many of them in order already
		j := i
		for j > 0 && items[j-1].name > items[i].name {
			j--
		}
		if j < i {
			v := items[i]
			copy(items[j+1:i+1], items[j:i])
			items[j] = v
		}
	}
}

// slabSize is how many nodes are allocated at once.
const slabSize = 128

// items takes what lies on the stack from a place on.
func (p *parser) items(from int) []node {
	n := len(p.stack) - from
	if n == 0 {
		return nil
	}
	p.count += n
	p.top = max(p.top, len(p.stack))
	if n > len(p.slab) {
		p.slab = make([]node, max(n, p.slabs()))
	}
	out := p.slab[:n:n]
	p.slab = p.slab[n:]
	copy(out, p.stack[from:])
	p.stack = p.stack[:from]
	return out
}

// slabs is how many nodes the next slab has: where little may be needed they grow.
func (p *parser) slabs() int {
	if p.grow == 0 {
		return slabSize
	}
	n := p.grow
	p.grow = min(2*n, slabSize)
	return n
}

// text reads a string; those without escapes are cut out as they are.
func (p *parser) text() string {
	from := p.i + 1
	for i := from; ; i++ {
		switch p.s[i] {
		case '"':
			p.i = i + 1
			return p.s[from:i]
		case '\\':
			return p.escaped(from, i)
		}
	}
}

// escaped reads a string from its first escape on, which is at i.
func (p *parser) escaped(from, i int) string {
	b := append(make([]byte, 0, 64), p.s[from:i]...)
	for {
		switch c := p.s[i]; {
		case c == '"':
			p.i = i + 1
			return string(b)
		case c != '\\':
			b = append(b, c)
			i++
		case strings.IndexByte(`"\/`, p.s[i+1]) >= 0:
			b = append(b, p.s[i+1])
			i += 2
		case p.s[i+1] == 'n':
			b = append(b, '\n')
			i += 2
		default: // the rare ones
			for ; p.s[i] != '"'; i++ {
				if p.s[i] == '\\' {
					i++
				}
			}
			p.i = i + 1
			var s string
			_ = json.Unmarshal([]byte(p.s[from-1:p.i]), &s)
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
	case unparsed:
		return parseJSON(n.str).value()
	}
	return nil
}

// nodeOf returns a decoded value as a node.
func nodeOf(v any) *node {
	b, err := marshal(v)
	if err != nil {
		return &node{kind: 'n', str: "null"}
	}
	return parseJSON(b)
}
