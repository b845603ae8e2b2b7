package decode

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A neighbour of the shown object is asked for little: its kind, its name, its managers. Of a large
// one in protobuf the rest is decoded only when it is asked for, and text is not tried as YAML:
//
//	k8s\0 {v1 Pod} {1: metadata 2: spec …} ─► kind, metadata      spec, status: rest

// Outline is Object for what is evidence about others. Of a large value it does not say in Problem and Unknown what of it
// cannot be decoded, and it takes no text for an object.
func (d *Decoder) Outline(key, value []byte, mod int64) *Object {
	if len(value) < large {
		return d.Object(key, value, mod)
	}
	o, ok := d.decrypt(key, value, mod)
	switch {
	case !ok:
	case bytes.HasPrefix(o.plain, protobufMagic) && o.outlineProtobuf(d):
	case len(o.plain) > 0 && !looksJSON(o.plain) && printable(o.plain):
		o.Encoding, o.outline = encText, true
		o.fromKey(d)
	default:
		d.open(o)
	}
	return o
}

// IsOutline reports whether the object does not say all of itself: see Outline.
func (o *Object) IsOutline() bool { return o.outline }

// outlineProtobuf reads what an object says of itself. It reports false where that is not all in one field at the beginning,
// unless the kind is not known: what that says of itself is its kind.
func (o *Object) outlineProtobuf(d *Decoder) bool {
	e, err := readEnvelope(o.plain[len(protobufMagic):])
	if err != nil || len(e.kind) == 0 {
		return false
	}
	md, _ := metadata(e.raw)
	if md != nil && occurs(e.raw, objectMeta) != 1 {
		return false
	}
	known := typed(schema.FromAPIVersionAndKind(string(e.apiVersion), string(e.kind))) != nil
	if md == nil && known {
		return false
	}
	o.Encoding, o.outline = encProtobuf, true
	o.APIVersion, o.Kind = string(e.apiVersion), string(e.kind)
	o.identify()
	o.Foreign = !known && o.Kind != ""
	root := o.ofKind()
	if md != nil {
		o.mendManagers(md)
		o.takeMeta(md)
		root = root.with("metadata", *nodeOf(md))
	}
	o.briefly.Do(func() { o.shape, o.values, _ = briefJSON(string(appendJSON(nil, &root, appendQuoted))) })
	key, value, mod := o.Key, o.stored, o.Mod
	o.rest = func() *node { return d.Object(key, value, mod).parsed() }
	return true
}

// occurs is how often a message has a field, -1 where it cannot be read to its end.
func occurs(b []byte, field protowire.Number) (n int) {
	for len(b) > 0 {
		num, _, m := protowire.ConsumeField(b)
		if m < 0 {
			return -1
		}
		if num == field {
			n++
		}
		b = b[m:]
	}
	return n
}
