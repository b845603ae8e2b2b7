package decode

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// maxHex bounds the bytes of a hex dump; what follows is counted.
const maxHex = 1 << 20

// masked is the document that replaces a Secret's bytes.
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
	for at := 0; at < len(b); at += 16 {
		hexLine(w, at, b[at:min(at+16, len(b))])
	}
	if more > 0 {
		w.put(text.Comment, fmt.Sprintf("… %d bytes more", more))
		w.line()
	}
}

// hexLine writes at most 16 bytes, which begin at an offset, in hexadecimal and as text.
func hexLine(w *docWriter, at int, row []byte) {
	const digits = "0123456789abcdef"
	offset, codes, signs := [10]byte{8: ' ', 9: ' '}, [50]byte{}, [18]byte{0: '|'}
	for i := range 8 {
		offset[i] = digits[at>>(28-4*i)&15]
	}
	for i := range codes {
		codes[i] = ' '
	}
	for i, c := range row {
		codes[3*i], codes[3*i+1] = digits[c>>4], digits[c&15]
		signs[1+i] = '.'
		if c >= 0x20 && c < 0x7f {
			signs[1+i] = c
		}
	}
	signs[1+len(row)] = '|'
	w.b.ASCII(text.Muted, string(offset[:]))
	w.b.ASCII(text.Plain, string(codes[:]))
	w.b.ASCII(text.String, string(signs[:len(row)+2]))
	w.line()
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
	if note := o.UnknownNote(); note != "" {
		w.put(text.Warning, "# +"+note)
		w.line()
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
		w.problem(text.Warning, o.Problem)
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
