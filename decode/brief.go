package decode

import "slices"

// Of most large objects only the fields are read that every object has: its kind, its name, its managers. They are parsed
// without a node for each of the 100,000 values beside them:
//
//	{"kind":"ConfigMap", "data":{ …passed over… }, "metadata":{"name":"web", "annotations":{ …passed over… }}}

// large is from how many bytes of JSON on an object is parsed only where it is needed.
const large = 64 << 10

// brief returns the object's JSON as far as it says what it is: apiVersion, kind, and metadata without annotations and
// labels. Of one that is not large it returns all, nil where there is none.
func (o *Object) brief() *node {
	if len(o.js) < large {
		return o.parsed()
	}
	o.briefly.Do(func() { o.shape, o.values, o.status = briefJSON(o.js) })
	return o.shape
}

// among returns where to look for a field.
func (o *Object) among(path []string) *node {
	if path[0] == "metadata" && len(path) > 1 && !wide[path[1]] {
		return o.brief()
	}
	return o.parsed()
}

// wide are the fields of metadata that brief leaves out.
var wide = map[string]bool{"annotations": true, "labels": true}

// HasStatus reports whether the object has a field status, also one that is null.
func (o *Object) HasStatus() bool {
	return o != nil && (o.brief().field("status") != nil || o.status)
}

// briefJSON parses valid JSON as brief says; values is about how many values there are, and status whether there is a
// field of that name, which is passed over.
func briefJSON(js string) (n *node, values int, status bool) {
	p := parser{s: js}
	if p.space(); p.s[p.i] != '{' {
		c := p.s[p.i]
		p.skip()
		return &node{kind: c}, p.count + 1, false
	}
	root := p.some(func(name string) part {
		switch name {
		case "apiVersion", "kind":
			return taken
		case "metadata":
			return divided
		case "status":
			status = true
		}
		return passed
	})
	return &root, p.count + 1, status
}

// part is what is done with a field.
type part uint8

const (
	passed part = iota
	taken
	divided // taken without what is wide
)

// some reads an object, of its fields those that of says.
func (p *parser) some(of func(name string) part) node {
	n := node{kind: '{'}
	p.i++
	for p.space(); p.s[p.i] != '}'; p.space() {
		name := p.text()
		p.space()
		p.i++ // the colon
		p.space()
		what := of(name)
		switch {
		case what == passed:
			p.skip()
		case what == divided && p.s[p.i] == '{':
			v := p.some(func(name string) part {
				if wide[name] {
					return passed
				}
				return taken
			})
			v.name = name
			n.items = append(n.items, v)
		default:
			n.items = append(n.items, p.named(name))
		}
		p.count++
		if p.space(); p.s[p.i] == ',' {
			p.i++
		}
	}
	p.i++
	n.items = lastOf(n.items)
	return n
}

func (p *parser) named(name string) node {
	v := p.value()
	v.name = name
	return v
}

// lastOf sorts fields by name, and keeps the last of each.
func lastOf(items []node) []node {
	sortItems(items)
	return slices.Clip(uniqueLast(items))
}

// skip passes over a value, and counts those within it: commas, and what opens.
func (p *parser) skip() {
	for depth := 0; ; {
		switch p.s[p.i] {
		case '"':
			p.pass()
		case '{', '[':
			depth++
			p.count++
			p.i++
		case '}', ']':
			depth--
			p.i++
		case ',':
			p.count++
			p.i++
		case ' ', '\t', '\r', '\n', ':':
			p.i++
		default:
			for p.i < len(p.s) && !ends[p.s[p.i]] {
				p.i++
			}
		}
		if depth == 0 {
			return
		}
	}
}

// ends are the bytes that end a number or literal.
var ends = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, ',': true, ']': true, '}': true}

// pass passes over a string.
func (p *parser) pass() {
	for p.i++; p.s[p.i] != '"'; p.i++ {
		if p.s[p.i] == '\\' {
			p.i++
		}
	}
	p.i++
}
