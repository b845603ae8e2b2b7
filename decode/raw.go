package decode

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// maxHex bounds the bytes of a hex dump; what follows is counted.
const maxHex = 1 << 20

// masked is the document that stands in place of a Secret's bytes.
func masked(what string) *text.Doc {
	w := &docWriter{doc: &text.Doc{}}
	w.put(text.Masked, Mask)
	w.line()
	w.put(text.Comment, "# the "+what+" of a Secret are masked; --reveal, or R on the screen, shows them")
	w.line()
	return w.doc
}

// Hex returns the stored bytes as a hex dump.
func (o *Object) Hex(v View) *text.Doc {
	if o.Secret && !v.Reveal {
		return masked("stored bytes")
	}
	w := &docWriter{doc: &text.Doc{}}
	hexLines(w, o.stored)
	return w.doc
}

func hexLines(w *docWriter, b []byte) {
	if len(b) == 0 {
		w.put(text.Comment, "# the value is empty")
		w.line()
		return
	}
	more := len(b) - maxHex
	if more > 0 {
		b = b[:maxHex]
	}
	var s [16]byte
	for at := 0; at < len(b); at += 16 {
		row := b[at:min(at+16, len(b))]
		for i, c := range row {
			s[i] = '.'
			if c >= 0x20 && c < 0x7f {
				s[i] = c
			}
		}
		w.b.ASCII(text.Muted, fmt.Sprintf("%08x  ", at))
		w.b.ASCII(text.Plain, fmt.Sprintf("%-49s ", fmt.Sprintf("% x", row)))
		w.b.ASCII(text.String, "|"+string(s[:len(row)])+"|")
		w.line()
	}
	if more > 0 {
		w.put(text.Comment, fmt.Sprintf("… %d bytes more", more))
		w.line()
	}
}

// Fields returns the stored bytes as a tree of protobuf fields, without a schema.
func (o *Object) Fields(v View) *text.Doc {
	if o.Secret && !v.Reveal {
		return masked("fields")
	}
	w := &docWriter{doc: &text.Doc{}}
	fields := o.wireFields()
	if fields == nil {
		if o.Encoding != encEmpty {
			w.put(text.Comment, "# the value is no protobuf but "+o.Encoding+"; this is its hex dump")
			w.line()
		}
		hexLines(w, o.stored)
		return w.doc
	}
	wire.Walk(fields, func(depth int, f *wire.Field, line string) {
		w.indent(2 * min(depth, 100))
		if f.Kind != wire.Rest {
			w.put(text.Key, fmt.Sprint(f.Number))
			w.put(text.Punct, ": ")
		}
		role := text.String
		switch f.Kind {
		case wire.Varint, wire.Fixed32, wire.Fixed64:
			role = text.Number
		case wire.Message:
			role = text.Muted
		case wire.Bytes, wire.Rest:
			role = text.Bool
		}
		w.put(role, line)
		w.line()
	})
	return w.doc
}

// plainDoc shows a value that has no decoded form: what is known of it, then its text or its bytes.
func (o *Object) plainDoc(v View) *text.Doc {
	w := &docWriter{doc: &text.Doc{}}
	if o.Problem != "" {
		w.put(text.Warning, "# "+o.Problem)
		w.line()
	}
	hide := o.Secret && !v.Reveal
	switch {
	case hide:
		w.put(text.Masked, Mask)
		w.line()
	case o.Encoding == encText:
		for l := range strings.SplitSeq(strings.TrimSuffix(string(o.plain), "\n"), "\n") {
			w.put(text.Plain, l)
			w.line()
		}
	default:
		b := o.plain
		if b == nil {
			b = o.stored
		}
		hexLines(w, b)
	}
	return w.doc
}
