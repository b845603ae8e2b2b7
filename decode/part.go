package decode

import "strconv"

// Part is a part of a decoded object that is read without making maps or strings of the rest. The zero Part is one that
// is missing; so is null. It is valid as long as its object.
type Part struct{ n *node }

// Part returns the part at the end of a path, as Field finds it.
func (o *Object) Part(path ...string) Part {
	if o == nil || len(path) == 0 || o.hides(path) {
		return Part{}
	}
	return partOf(o.find(path))
}

// Status returns the field status, missing where there is none. Of a large object in JSON without one nothing is parsed for it.
func (o *Object) Status() Part {
	if o != nil && o.kind == nil && !o.HasStatus() {
		return Part{}
	}
	return o.Part("status")
}

func partOf(n *node) Part {
	if n == nil || n.kind == 'n' {
		return Part{}
	}
	if n.kind == unparsed {
		n = parseJSON(n.str)
	}
	return Part{n}
}

// At returns the part at the end of a path from here.
func (p Part) At(path ...string) Part {
	for _, name := range path {
		p = partOf(p.n.field(name))
	}
	return p
}

// Missing reports whether there is nothing, or null.
func (p Part) Missing() bool { return p.n == nil }

// IsObject reports whether it is an object.
func (p Part) IsObject() bool { return p.n != nil && p.n.kind == '{' }

// IsText reports whether it is a text.
func (p Part) IsText() bool { return p.n != nil && p.n.kind == '"' }

// Text is the content of a text, "" of anything else.
func (p Part) Text() string { return p.n.text() }

// Number is a whole number; ok is false for anything else.
func (p Part) Number() (v int64, ok bool) {
	if p.n == nil || p.n.kind != '0' {
		return 0, false
	}
	v, err := strconv.ParseInt(p.n.str, 10, 64)
	return v, err == nil
}

// Bool is true or false; ok is false for anything else.
func (p Part) Bool() (v, ok bool) {
	if p.n == nil {
		return false, false
	}
	return p.n.kind == 't', p.n.kind == 't' || p.n.kind == 'f'
}

// Len is how many items a list has, 0 for anything else.
func (p Part) Len() int {
	if p.n == nil || p.n.kind != '[' {
		return 0
	}
	return len(p.n.items)
}

// Item is an item of a list, by its place.
func (p Part) Item(i int) Part { return partOf(&p.n.items[i]) }

// Each calls f with the name and value of each field of an object, in the order of their names.
func (p Part) Each(f func(name string, value Part)) {
	if !p.IsObject() {
		return
	}
	for i := range p.n.items {
		f(p.n.items[i].name, partOf(&p.n.items[i]))
	}
}

// Value is the part as Field returns it.
func (p Part) Value() any {
	if p.n == nil {
		return nil
	}
	return p.n.value()
}
