package decode

import "slices"

// Of most large objects only the fields are read that every object has: its kind, its name, its managers. They are parsed
// without a node for each of the 100,000 values beside them:
//
//	{"kind":"ConfigMap", "data":{ …passed over… }, "metadata":{"name":"web", "annotations":{ …passed over… },
//	  "managedFields":[{"manager":"kubectl", "fieldsV1": …kept as text… }]}}

// large is from how many bytes of JSON on an object is parsed only where it is needed.
const large = 64 << 10

// largeMessage is so for a message in protobuf: its tree takes more memory than that of JSON with as many bytes.
const largeMessage = 32 << 10

// brief returns the object's JSON as far as it says what it is: apiVersion, kind, and metadata without annotations and
// labels. Of one that is not large it returns all, nil where there is none.
func (o *Object) brief() *node {
	if o.kind != nil || len(o.js) < large && o.rest == nil {
		return o.parsed()
	}
	o.briefly.Do(func() { o.shape, o.values, o.status = briefJSON(o.js) })
	return o.shape
}

// find returns a field by the names on the way to it, nil where there is none.
func (o *Object) find(path []string) *node {
	var n *node
	switch {
	case o.kind != nil && o.root.Load() == nil:
		return o.pickMessage(path)
	case path[0] == "metadata" && len(path) > 1 && !wide[path[1]]:
		n = o.brief()
	case len(o.js) >= large && o.root.Load() == nil:
		return pick(o.js, path)
	default:
		n = o.parsed()
	}
	for _, p := range path {
		n = n.field(p)
	}
	return n
}

// pick reads one field out of valid JSON, nil where there is none. All else is passed over.
func pick(js string, path []string) *node {
	p := parser{s: js}
	at := 0 // where the value of the last name begins
	for _, name := range path {
		p.i = at
		if p.space(); p.s[p.i] != '{' {
			return nil
		}
		at = -1
		p.each(func(field string) {
			if field == name { // the last one counts
				at = p.i
			}
			p.skip()
		})
		if at < 0 {
			return nil
		}
	}
	p.i = at
	n := p.value()
	return &n
}

// wide are the fields of metadata that brief leaves out.
var wide = map[string]bool{"annotations": true, "labels": true}

// HasStatus reports whether the object has a field status, also one that is null.
func (o *Object) HasStatus() bool {
	if o != nil && o.kind != nil {
		return o.find([]string{"status"}) != nil
	}
	if o != nil && o.rest != nil {
		return o.parsed().field("status") != nil
	}
	return o != nil && (o.brief().field("status") != nil || o.status)
}

// briefJSON parses valid JSON as brief says; values is how many values were parsed, and status whether there is a field of
// that name, which is passed over.
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
	divided // metadata: taken without what is wide
	listed  // managedFields: taken without what each entry owns
	kept    // taken as text, where it is an object
)

// partOfMetadata is what is done with the fields of metadata, ofManager with those of an entry of managedFields.
func partOfMetadata(name string) part {
	switch {
	case wide[name]:
		return passed
	case name == "managedFields":
		return listed
	}
	return taken
}

func partOfManager(name string) part {
	if name == "fieldsV1" {
		return kept
	}
	return taken
}

// each calls f with the name of each field of an object, which reads its value.
func (p *parser) each(f func(name string)) {
	p.i++
	for p.space(); p.s[p.i] != '}'; p.space() {
		name := p.text()
		p.space()
		p.i++ // the colon
		p.space()
		f(name)
		if p.space(); p.s[p.i] == ',' {
			p.i++
		}
	}
	p.i++
}

// some reads an object, of its fields those that of says.
func (p *parser) some(of func(name string) part) node {
	n := node{kind: '{'}
	p.each(func(name string) {
		what := of(name)
		switch {
		case what == passed:
			p.skip()
		case what == divided && p.s[p.i] == '{':
			n.items = append(n.items, p.some(partOfMetadata).called(name))
		case what == listed && p.s[p.i] == '[':
			n.items = append(n.items, p.managers().called(name))
		case what == kept && p.s[p.i] == '{':
			from := p.i
			p.skip()
			n.items = append(n.items, node{kind: unparsed, name: name, str: p.s[from:p.i]})
		default:
			n.items = append(n.items, p.value().called(name))
		}
	})
	n.items = lastOf(n.items)
	p.count += len(n.items)
	return n
}

// managers reads the list of managedFields.
func (p *parser) managers() node {
	n := node{kind: '['}
	p.i++
	for p.space(); p.s[p.i] != ']'; p.space() {
		if p.s[p.i] == '{' {
			n.items = append(n.items, p.some(partOfManager))
		} else {
			n.items = append(n.items, p.value())
		}
		if p.space(); p.s[p.i] == ',' {
			p.i++
		}
	}
	p.i++
	p.count += len(n.items)
	return n
}

// called returns a node with a name.
func (n node) called(name string) node {
	n.name = name
	return n
}

// lastOf sorts fields by name, and keeps the last of each.
func lastOf(items []node) []node {
	sortItems(items)
	return slices.Clip(uniqueLast(items))
}

// skip passes over a value.
func (p *parser) skip() {
	for depth := 0; ; {
		switch p.s[p.i] {
		case '"':
			p.pass()
		case '{', '[':
			depth++
			p.i++
		case '}', ']':
			depth--
			p.i++
		case ' ', '\t', '\r', '\n', ':', ',':
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
