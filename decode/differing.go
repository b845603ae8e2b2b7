package decode

import "github.com/etcdscope/etcdscope/decode/diff"

// The methods of a node by which two of them are compared: see diff.Node.

// Kind is what the node is.
func (n *node) Kind() byte {
	if n.kind == unparsed {
		return '{'
	}
	return n.kind
}

// Text is a text's content, or the digits of a number.
func (n *node) Text() string { return n.str }

// Name is that of a field.
func (n *node) Name() string { return n.name }

// Len is how many parts there are.
func (n *node) Len() int { return len(n.parts()) }

// Part is a field or an item.
func (n *node) Part(i int) diff.Node { return &n.parts()[i] }

// Field is a field by its name.
func (n *node) Field(name string) diff.Node {
	if f := n.field(name); f != nil {
		return f
	}
	return nil
}

// Value is the node as encoding/json would decode it with UseNumber.
func (n *node) Value() any { return n.value() }

func (n *node) parts() []node {
	if n.kind == unparsed {
		return parseJSON(n.str).items
	}
	return n.items
}

// compared compares two objects; either may be nil or no object, and is none then.
func (d *Decoder) compared(a, b *node) ([]diff.Change, []string) {
	var x, y diff.Node
	of := b
	if a != nil && a.kind == '{' {
		x = a
	}
	if b != nil && b.kind == '{' {
		y = b
	} else {
		of = a
	}
	return diff.Nodes(x, y, of.field("apiVersion").text(), of.field("kind").text(), d.lists)
}

func wholeTree(n *node) map[string]any {
	if n == nil {
		return nil
	}
	m, _ := n.value().(map[string]any)
	return m
}
