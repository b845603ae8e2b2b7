package wire

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// Unknown is a field that the type of a message does not have.
type Unknown struct {
	At    []Step // the way in the object's JSON to the object that it belongs to
	Name  string // its number, "16"; behind the names of the messages that are no object in JSON: "volumeSource.31"; "rest" for what cannot be read
	Field Field
	Size  int // bytes, with its tag
}

// Step is one step to a part of an object: into a field, or to an item of a list.
type Step struct {
	Name  string
	Index int // of an item; -1 for a field
}

// UnknownBytes counts the bytes of a message, and of those below it, in fields that the type does not have. It allocates
// nothing.
func (t *Type) UnknownBytes(b []byte) int {
	n := 0
	t.walk(b, func(f *typeField, _ int, v []byte, size int) {
		switch {
		case f == nil:
			n += size
		case f.table:
			n += entryUnknown(f, v)
		case f.sub != nil:
			n += f.sub.UnknownBytes(v)
		}
	})
	return n
}

func entryUnknown(f *typeField, v []byte) (n int) {
	for len(v) > 0 {
		num, _, size := consume(v)
		switch {
		case num != 1 && num != 2:
			n += size
		case num == 2 && f.sub != nil:
			n += f.sub.UnknownBytes(content(v[:size]))
		}
		v = v[size:]
	}
	return n
}

// walk calls f with each field of a message: the type's, nil for an unknown one, its number, its content without tag and
// length, and its size with them. Bytes that cannot be read are one last field of number 0.
func (t *Type) walk(b []byte, f func(field *typeField, number int, v []byte, size int)) {
	for len(b) > 0 {
		num, typ, size := consume(b)
		field := t.field(num)
		if num == 0 || field != nil && (field.sub != nil || field.table) && typ != protowire.BytesType {
			field = nil
		}
		v := b[:size]
		if field != nil && typ == protowire.BytesType {
			v = content(v)
		}
		f(field, num, v, size)
		b = b[size:]
	}
}

// consume returns the first field's number, 0 where the rest cannot be read, and its size with the tag.
func consume(b []byte) (num int, typ protowire.Type, size int) {
	n, typ, size := protowire.ConsumeField(b)
	if size < 0 {
		return 0, 0, len(b)
	}
	return int(n), typ, size
}

// content returns the bytes of a field that has a length; nil of others.
func content(b []byte) []byte {
	_, typ, n := protowire.ConsumeTag(b)
	if n < 0 || typ != protowire.BytesType {
		return nil
	}
	v, _ := protowire.ConsumeBytes(b[n:])
	return v
}

// Unknown returns the fields of a message, and of those below it, that the type does not have, in their order.
func (t *Type) Unknown(b []byte) []Unknown {
	f := finder{}
	f.message(t, b, nil, "")
	return f.out
}

type finder struct{ out []Unknown }

// message looks into a message that belongs to the object at a place; prefix names the messages between that object and it.
func (f *finder) message(t *Type, b []byte, at []Step, prefix string) {
	seen := map[int]int{}
	t.walk(b, func(field *typeField, number int, v []byte, size int) {
		i := seen[number]
		seen[number]++
		switch {
		case field == nil:
			f.add(number, v, at, prefix)
		case field.table:
			f.entry(field, v, at, prefix)
		case field.sub != nil && field.sub.UnknownBytes(v) > 0:
			below, in := field.place(at, prefix, Step{Index: i})
			f.message(field.sub, v, below, in)
		}
	})
}

// entry looks into an entry of a map.
func (f *finder) entry(field *typeField, v []byte, at []Step, prefix string) {
	key, rest := "", v
	for len(rest) > 0 {
		num, _, size := consume(rest)
		if num == 1 {
			key = string(content(rest[:size]))
		}
		rest = rest[size:]
	}
	for len(v) > 0 {
		num, _, size := consume(v)
		switch {
		case num != 1 && num != 2:
			f.add(num, v[:size], at, prefix+field.name+"["+key+"].")
		case num == 2 && field.sub != nil:
			below, in := field.place(at, prefix, Step{Name: key, Index: -1})
			f.message(field.sub, content(v[:size]), below, in)
		}
		v = v[size:]
	}
}

// place returns where the message in a field belongs to: the object of its own, else the one around it. item is the one of
// a list or a map.
func (f *typeField) place(at []Step, prefix string, item Step) (below []Step, in string) {
	if f.opaque || f.json == "" {
		in = prefix + f.name
		switch {
		case f.many:
			in += "[" + strconv.Itoa(item.Index) + "]"
		case f.table:
			in += "[" + item.Name + "]"
		}
		return at, in + "."
	}
	below = append(at[:len(at):len(at)], Step{Name: f.json, Index: -1})
	if f.many || f.table {
		below = append(below, item)
	}
	return below, ""
}

func (f *finder) add(number int, b []byte, at []Step, prefix string) {
	fields, _ := Parse(b)
	u := Unknown{At: at, Name: prefix + strconv.Itoa(number), Field: Field{Kind: Rest, Bytes: b}, Size: len(b)}
	if number == 0 {
		u.Name = prefix + "rest"
	} else if len(fields) == 1 {
		u.Field = fields[0]
	}
	f.out = append(f.out, u)
}
