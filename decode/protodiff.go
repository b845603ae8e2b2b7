package decode

import "bytes"

// Two versions of an object are compared where they are stored: of fields whose bytes are equal nothing is read.
//
//	0a… metadata │ 12… spec                │ 1a… status {0a Pending}        Pod{status: {phase: "Pending"}}
//	    =        │     =                   │            {0a Running}   ─►   Pod{status: {phase: "Running"}}

// pair makes nodes of the fields that differ in two messages.
type pair struct{ x, y *builder }

// level is how deep a message lies that may be metadata.
type level uint8

const (
	atRoot level = iota
	atMeta
	below
)

// object makes an object of each of two messages, without the fields whose bytes are equal in both, and without managedFields.
func (p *pair) object(l *layout, a, b []byte, at level) (x, y node) {
	i, j := p.x.open(l, a), p.y.open(l, b)
	from, to := len(p.x.stack), len(p.y.stack)
	for k, s := range l.slots {
		v, w := p.x.spans[i+k], p.y.spans[j+k]
		if (v == nil) == (w == nil) && bytes.Equal(v, w) || at == atMeta && s.number == metaManagers {
			continue
		}
		p.field(s, v, w, at)
	}
	p.x.spans, p.y.spans = p.x.spans[:i], p.y.spans[:j]
	return node{kind: '{', items: p.x.items(from)}, node{kind: '{', items: p.y.items(to)}
}

// field puts a field that differs on the stacks.
func (p *pair) field(s *slot, v, w []byte, at level) {
	if s.form == formMessage && !s.many && !s.table && (!s.pointer || v != nil && w != nil) {
		inner := below
		if at == atRoot && s.name == "metadata" {
			inner = atMeta
		}
		x, y := p.object(s.sub, v, w, inner)
		p.x.stack, p.y.stack = append(p.x.stack, x.called(s.name)), append(p.y.stack, y.called(s.name))
		return
	}
	if n, ok := p.x.slot(s, v); ok {
		p.x.stack = append(p.x.stack, n.called(s.name))
	}
	if n, ok := p.y.slot(s, w); ok {
		p.y.stack = append(p.y.stack, n.called(s.name))
	}
}

// unequal calls f with two objects as nodes, without the fields whose bytes are equal in both but for those that say what they are.
// The nodes are valid until f returns. ok is false where the objects cannot be compared as they are stored.
func unequal(before, after *Object, f func(x, y *node)) (ok bool) {
	if before == nil || after == nil || before.kind == nil || after.kind == nil || before.kind.layout != after.kind.layout || before.Unknown+after.Unknown > 0 {
		return false
	}
	p := pair{newBuilder(before.kind.claims, firstSlab), newBuilder(after.kind.claims, firstSlab)}
	p.x.lend()
	p.y.lend()
	defer p.x.done()
	defer p.y.done()
	a, b := p.object(before.kind.layout, before.message, after.message, atRoot)
	if before.kind != after.kind { // of the same layout, in another version
		a, b = before.kind.typed(a), after.kind.typed(b)
	}
	f(&a, &b)
	return true
}

// typed returns an object that says what it is.
func (k *kindType) typed(n node) node {
	return n.with("apiVersion", node{kind: '"', str: k.apiVersion}).with("kind", node{kind: '"', str: k.kind})
}
