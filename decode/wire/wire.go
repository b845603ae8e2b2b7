// Package wire reads protobuf without a schema: numbers of fields and what their bytes can be.
//
//	0a 05 6e 67 69 6e 78  →  1: "nginx"
//	12 04 08 01 10 02     →  2: { 1: 1, 2: 2 }
//
// Bytes can be a message, text, or neither; which of them is a guess: text that is printable is text, what parses to
// its end as a message is one, all else stays bytes. What is cut off or malformed ends the tree with the rest as bytes;
// a message that is cut off shows the fields that it still has.
package wire

import (
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// maxDepth bounds the nesting that is followed.
const maxDepth = 64

// Field is one field of a message.
type Field struct {
	Number int
	Kind   Kind
	Uint   uint64  // Varint, Fixed32, Fixed64
	Bytes  []byte  // Text, Bytes
	Sub    []Field // Message
}

// Kind is what a field holds.
type Kind uint8

// The kinds of fields.
const (
	Varint Kind = iota
	Fixed32
	Fixed64
	Text
	Bytes
	Message
	Rest // what could not be read, to the end of the message
)

// Parse reads a message. whole is false when its end could not be read; its last field, or the last one of the message
// in which it ends, is then Rest.
func Parse(b []byte) (fields []Field, whole bool) { return parse(b, 0) }

func parse(b []byte, depth int) ([]Field, bool) {
	out := make([]Field, 0, count(b))
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return append(out, Field{Kind: Rest, Bytes: b}), false
		}
		f, m := value(num, typ, b[n:], depth)
		if m < 0 {
			if sub := cutOff(typ, b[n:], depth); sub != nil {
				return append(out, Field{Number: int(num), Kind: Message, Sub: sub}), false
			}
			return append(out, Field{Kind: Rest, Bytes: b}), false
		}
		out, b = append(out, f), b[n+m:]
	}
	return out, true
}

// count is how many fields a message has, as far as it can be read.
func count(b []byte) (n int) {
	for len(b) > 0 {
		_, _, m := protowire.ConsumeField(b)
		if m < 0 {
			return n + 1
		}
		b = b[m:]
		n++
	}
	return n
}

// cutOff reads the fields of a message whose end is missing; nil where there are none.
func cutOff(typ protowire.Type, b []byte, depth int) []Field {
	_, n := protowire.ConsumeVarint(b)
	if typ != protowire.BytesType || n < 0 || depth >= maxDepth || looksText(b[n:]) {
		return nil
	}
	sub, _ := parse(b[n:], depth+1)
	if len(sub) == 0 || sub[0].Kind == Rest {
		return nil
	}
	return sub
}

// value reads a field's value and returns its length, negative when it cannot be read.
func value(num protowire.Number, typ protowire.Type, b []byte, depth int) (Field, int) {
	f := Field{Number: int(num)}
	switch typ {
	case protowire.VarintType:
		v, n := protowire.ConsumeVarint(b)
		f.Uint = v
		return f, n
	case protowire.Fixed32Type:
		v, n := protowire.ConsumeFixed32(b)
		f.Kind, f.Uint = Fixed32, uint64(v)
		return f, n
	case protowire.Fixed64Type:
		v, n := protowire.ConsumeFixed64(b)
		f.Kind, f.Uint = Fixed64, v
		return f, n
	case protowire.BytesType:
		v, n := protowire.ConsumeBytes(b)
		if n >= 0 {
			f.Kind, f.Bytes, f.Sub = guess(v, depth)
		}
		return f, n
	}
	return f, -1 // groups are not used by anything that is stored
}

func guess(v []byte, depth int) (Kind, []byte, []Field) {
	if looksText(v) {
		return Text, v, nil
	}
	if depth < maxDepth && len(v) > 1 {
		if sub, whole := parse(v, depth+1); whole {
			return Message, nil, sub
		}
	}
	return Bytes, v, nil
}

// looksText reports whether bytes are taken for text. What begins with a line feed may also be a message of one text: 10
// is the tag of its first field.
func looksText(v []byte) bool {
	if !printable(v) {
		return false
	}
	if len(v) > 1 && v[0] == '\n' {
		_, n := protowire.ConsumeBytes(v[1:])
		return n != len(v)-1
	}
	return true
}

func printable(v []byte) bool {
	if !utf8.Valid(v) {
		return false
	}
	for _, r := range string(v) {
		if r != '\n' && r != '\t' && clean.Bad(r) {
			return false
		}
	}
	return true
}

// Walk calls f for each field, parents first, with its depth and what it says on one line of safe text.
func Walk(fields []Field, f func(depth int, field *Field, line string)) { walk(fields, 0, f) }

func walk(fields []Field, depth int, f func(int, *Field, string)) {
	for i := range fields {
		x := &fields[i]
		f(depth, x, x.line())
		walk(x.Sub, depth+1, f)
	}
}

// maxShown bounds the bytes of a value that are written on its line.
const maxShown = 64

func (f *Field) line() string {
	switch f.Kind {
	case Varint:
		return fmt.Sprintf("varint %d", f.Uint)
	case Fixed32, Fixed64:
		return fmt.Sprintf("fixed%d %#x", map[Kind]int{Fixed32: 32, Fixed64: 64}[f.Kind], f.Uint)
	case Text:
		s, _, _ := clean.Line(string(f.Bytes), 1)
		return fmt.Sprintf("%d bytes %q", len(f.Bytes), clean.End(s, 2000))
	case Message:
		return "message"
	}
	b, more := f.Bytes, ""
	if len(b) > maxShown {
		b, more = b[:maxShown], " …"
	}
	word := "bytes"
	if f.Kind == Rest {
		word = "bytes that cannot be read as fields"
	}
	return fmt.Sprintf("%d %s % x%s", len(f.Bytes), word, b, more)
}
