package decode

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
)

// JSON returns the object on one line, fields in the order of their names. It is always valid: of a value that is no
// object it says what is known. Whatever could steer a terminal is escaped.
func (o *Object) JSON(v View) []byte {
	if n := o.seen(v); n != nil {
		return appendJSON(nil, n, appendQuoted)
	}
	return appendJSON(nil, o.about(v), appendQuoted)
}

// MetadataJSON returns the metadata of JSON alone; nil where there is none.
func (o *Object) MetadataJSON(v View) []byte {
	n := o.seen(v)
	if n == nil || n.kind != '{' {
		return nil
	}
	if n = n.field("metadata"); n == nil || n.kind != '{' {
		return nil
	}
	return appendJSON(nil, n, appendQuoted)
}

// about describes a value that has no decoded form.
func (o *Object) about(v View) *node {
	n := node{kind: '{'}
	set := func(name, s string) {
		if s != "" {
			n = n.with(name, node{kind: '"', str: s})
		}
	}
	set("apiVersion", o.APIVersion)
	set("kind", o.Kind)
	if o.Name != "" {
		n = n.with("metadata", o.identity())
	}
	set("encoding", o.Encoding)
	set("problem", o.Problem)
	if e := o.Encryption; e.Provider != "" {
		set("encryption", e.String())
	}
	key, _ := clean.Escape(o.Key)
	set("key", key)
	if o.Encoding == encText {
		s := string(o.plain)
		if o.Secret && !v.Reveal {
			s = Mask
		}
		set("text", s)
	}
	if o.Secret && !v.Reveal {
		for _, t := range tokens(o) {
			n = n.hushed(t)
		}
	}
	return &n
}

// identity is the metadata that the key holds.
func (o *Object) identity() node {
	md := node{kind: '{'}.with("name", node{kind: '"', str: o.Name})
	if o.Namespace != "" {
		md = md.with("namespace", node{kind: '"', str: o.Namespace})
	}
	return md.with("resourceVersion", node{kind: '"', str: strconv.FormatInt(o.Mod, 10)})
}

// appendJSON appends a node as JSON, its strings as quote writes them.
func appendJSON(b []byte, n *node, quote func([]byte, string) []byte) []byte {
	switch n.kind {
	case '{':
		b = append(b, '{')
		for i := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(quote(b, n.items[i].name), ':')
			b = appendJSON(b, &n.items[i], quote)
		}
		return append(b, '}')
	case '[':
		b = append(b, '[')
		for i := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, &n.items[i], quote)
		}
		return append(b, ']')
	case '"':
		return quote(b, n.str)
	case unparsed:
		return appendJSON(b, parseJSON(n.str), quote)
	}
	return append(b, n.str...)
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends a string in double quotes. Bytes that are no UTF-8 become U+FFFD, as encoding/json has it.
func appendQuoted(b []byte, s string) []byte { return appendString(b, s, surrogates) }

// appendString does so; wide writes the escape of what has more than 16 bits.
func appendString(b []byte, s string, wide func([]byte, rune) []byte) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if c >= 0x80 && (r != utf8.RuneError || n > 1) && !clean.Bad(r) {
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		i += n
		from = i
		if r > 0xffff {
			b = wide(b, r)
		} else {
			b = appendEscape(b, r)
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func appendEscape(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, '\\', 'n')
	case '\t':
		return append(b, '\\', 't')
	case '\r':
		return append(b, '\\', 'r')
	}
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// surrogates is how JSON escapes what has more than 16 bits.
func surrogates(b []byte, r rune) []byte {
	r -= 0x10000
	return appendEscape(appendEscape(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
}

// Pretty returns the object as indented JSON.
func (o *Object) Pretty(v View) *text.Doc {
	n := o.seen(v)
	if n == nil {
		n = o.about(v)
	}
	w := &docWriter{doc: &text.Doc{}}
	writeJSON(w, n, 0, "")
	w.line()
	w.sortFolds()
	return w.doc
}

// maxNesting is how many levels of an object get lines of their own. What lies deeper is written on one line: indented,
// a value of a megabyte could become a document of gigabytes.
const maxNesting = 100

func writeJSON(w *docWriter, n *node, depth int, tail string) {
	open, shut := "{", "}"
	if n.kind == '[' {
		open, shut = "[", "]"
	}
	switch {
	case n.kind == '"':
		w.put(text.String, string(appendQuoted(nil, n.str)))
	case n.kind != '{' && n.kind != '[':
		w.put(scalarRole(n.kind), n.str)
	case len(n.items) == 0:
		w.put(text.Punct, open+shut)
	case depth >= maxNesting:
		w.put(text.Plain, string(appendJSON(nil, n, appendQuoted)))
	default:
		w.put(text.Punct, open)
		at := w.line()
		for i := range n.items {
			w.indent(2 * (depth + 1))
			if n.kind == '{' {
				w.put(text.Key, string(appendQuoted(nil, n.items[i].name)))
				w.put(text.Punct, ": ")
			}
			comma := ","
			if i+1 == len(n.items) {
				comma = ""
			}
			writeJSON(w, &n.items[i], depth+1, comma)
			w.line()
		}
		w.fold(at, n.name == "managedFields")
		w.indent(2 * depth)
		w.put(text.Punct, shut)
	}
	if tail != "" {
		w.put(text.Punct, tail)
	}
}

func scalarRole(kind byte) text.Role {
	if kind == '0' {
		return text.Number
	}
	return text.Bool
}

// docWriter puts a document together, line by line.
type docWriter struct {
	doc *text.Doc
	b   text.Builder
}

// put appends safe text; what is not ASCII is made safe once more, for its width.
func (w *docWriter) put(role text.Role, s string) {
	out, width, ok := clean.Line(s, 8)
	if !ok {
		w.doc.Replaced = true
	}
	if s == Mask || s == `"`+Mask+`"` {
		role = text.Masked
	}
	w.b.Add(role, out, width)
}

const blanks = "                                                                "

func (w *docWriter) indent(n int) {
	for ; n > len(blanks); n -= len(blanks) {
		w.b.ASCII(text.Plain, blanks)
	}
	w.b.ASCII(text.Plain, blanks[:n])
}

// line ends a line and returns its number.
func (w *docWriter) line() int {
	w.doc.Lines = append(w.doc.Lines, w.b.Line())
	return len(w.doc.Lines) - 1
}

// fold makes the lines behind from, up to here, foldable.
func (w *docWriter) fold(from int, closed bool) {
	if to := len(w.doc.Lines); to > from+1 {
		w.doc.Folds = append(w.doc.Folds, text.Fold{From: from, To: to, Closed: closed})
	}
}

// sortFolds brings the folds into the order of their first lines.
func (w *docWriter) sortFolds() {
	slices.SortFunc(w.doc.Folds, func(a, b text.Fold) int { return a.From - b.From })
}

// PlainText returns a document as text, a line feed after each line.
func PlainText(d *text.Doc) string {
	var b strings.Builder
	for i := range d.Lines {
		b.WriteString(d.Lines[i].Text)
		b.WriteByte('\n')
	}
	return b.String()
}
