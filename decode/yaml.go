package decode

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
)

// YAML returns the object as YAML, fields in the order of their names, as kubectl prints it. A value that has no
// decoded form is shown as text, or in hex, with what is known of it above.
func (o *Object) YAML(v View) *text.Doc {
	n := o.seen(v)
	if n == nil {
		return o.plainDoc(v)
	}
	w := &docWriter{doc: &text.Doc{}}
	if o.Problem != "" {
		w.problem(text.Comment, o.Problem)
	}
	if note := o.UnknownNote(); note != "" {
		w.put(text.Warning, "# +"+note)
		w.line()
	}
	writeYAML(docYAML{w}, n, 0)
	w.sortFolds()
	return w.doc
}

// problem writes what is wrong with a value. The step that helps, which follows a colon, has a line of its own where
// both are too long for a pane.
func (w *docWriter) problem(role text.Role, s string) {
	what, rest, ok := strings.Cut(s, ": ")
	if ok && len(s) > maxProblem {
		w.put(role, "# "+what+":")
		w.line()
		s = rest
	}
	w.put(role, "# "+s)
	w.line()
}

// maxProblem is the most of a problem that is written in one line, in bytes.
const maxProblem = 60

// YAMLBytes returns the same without colours, as kubectl's users keep it.
func (o *Object) YAMLBytes(v View) []byte {
	if n := o.seen(v); n != nil {
		w := &byteYAML{b: make([]byte, 0, len(o.js)*5/4)}
		writeYAML(w, n, 0)
		return w.b
	}
	return []byte(PlainText(o.plainDoc(v)))
}

// YAML returns a decoded tree as YAML.
func YAML(tree map[string]any) *text.Doc {
	w := &docWriter{doc: &text.Doc{}}
	writeYAML(docYAML{w}, nodeOf(tree), 0)
	w.sortFolds()
	return w.doc
}

// sink takes YAML piece by piece.
type sink interface {
	put(role text.Role, s string)
	quote(role text.Role, s string) // in double quotes
	indent(n int)
	line() int
	fold(from int, closed bool)
}

type docYAML struct{ *docWriter }

func (w docYAML) quote(role text.Role, s string) { w.put(role, string(appendYAMLQuoted(nil, s))) }

// byteYAML writes plain text.
type byteYAML struct{ b []byte }

func (w *byteYAML) put(_ text.Role, s string) { w.b = append(w.b, s...) }

func (w *byteYAML) quote(_ text.Role, s string) { w.b = appendYAMLQuoted(w.b, s) }

func (w *byteYAML) indent(n int) {
	for ; n > len(blanks); n -= len(blanks) {
		w.b = append(w.b, blanks...)
	}
	w.b = append(w.b, blanks[:n]...)
}

func (w *byteYAML) line() int {
	w.b = append(w.b, '\n')
	return 0
}

func (w *byteYAML) fold(int, bool) {}

// writeYAML writes a document's top.
func writeYAML(w sink, n *node, depth int) {
	switch {
	case (n.kind == '{' || n.kind == '[') && len(n.items) > 0:
		writeBlock(w, n, depth, false)
	default:
		writeScalar(w, n, depth)
	}
}

// writeBlock writes the items of an object or a list, each on its own line. started reports that the first line has its
// indentation already, behind a dash.
func writeBlock(w sink, n *node, depth int, started bool) {
	for i := range n.items {
		it := &n.items[i]
		if i > 0 || !started {
			w.indent(2 * depth)
		}
		if n.kind == '[' {
			w.put(text.Punct, "- ")
			if nested(it, depth) {
				writeBlock(w, it, depth+1, true)
			} else {
				writeScalar(w, it, depth+1)
			}
			continue
		}
		below := writeName(w, it, depth)
		if !nested(it, depth) {
			w.put(text.Punct, ": ")
			writeScalar(w, it, depth+1)
			continue
		}
		w.put(text.Punct, ":")
		from := w.line()
		writeBlock(w, it, below, false)
		w.fold(from, it.name == "managedFields")
	}
}

// nested reports whether a value is written on lines of its own.
func nested(n *node, depth int) bool {
	return (n.kind == '{' || n.kind == '[') && len(n.items) > 0 && depth < maxNesting
}

// maxName is the longest name of a field, in bytes, that YAML takes on one line with its value.
const maxName = 1000

// writeName writes the name of a field and returns the depth of what is below it. As kubectl does, a list is not
// indented below its field.
func writeName(w sink, it *node, depth int) (below int) {
	long := len(it.name) > maxName/10 && len(appendYAMLQuoted(nil, it.name)) > maxName
	if long {
		w.put(text.Punct, "? ")
	}
	writeString(w, text.Key, it.name)
	if long {
		w.line()
		w.indent(2 * depth)
		return depth + 1
	}
	if it.kind == '[' {
		return depth
	}
	return depth + 1
}

// writeScalar writes a value that needs no lines of its own, and ends the line; texts of several lines are blocks.
func writeScalar(w sink, n *node, depth int) {
	switch n.kind {
	case '{', '[':
		switch {
		case len(n.items) > 0:
			w.put(text.Plain, string(appendJSON(nil, n, appendYAMLQuoted)))
		case n.kind == '{':
			w.put(text.Punct, "{}")
		default:
			w.put(text.Punct, "[]")
		}
	case '"':
		if strings.IndexByte(n.str, '\n') >= 0 && blockable(n.str) {
			writeLines(w, n.str, depth)
			return
		}
		writeString(w, text.String, n.str)
	default:
		w.put(scalarRole(n.kind), n.str)
	}
	w.line()
}

// blockable reports whether a text of several lines reads back the same from a literal block, and no line of it begins with
// a mark, which would be drawn on the last blank of the indentation.
func blockable(s string) bool {
	if s[0] == ' ' || s[0] == '\n' || s[0] == '\t' || strings.TrimRight(s, "\n") == "" {
		return false
	}
	for i := 0; i < len(s); {
		if c := s[i]; c == '\n' || c == '\t' || c >= 0x20 && c < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || clean.Bad(r) || r < 0xa0 || (i == 0 || s[i-1] == '\n') && clean.Joins(s[i:]) {
			return false
		}
		i += n
	}
	return true
}

func writeLines(w sink, s string, depth int) {
	head := "|-"
	if strings.HasSuffix(s, "\n") {
		head = "|"
		if strings.HasSuffix(s, "\n\n") {
			head = "|+"
		}
		s = s[:len(s)-1]
	}
	w.put(text.Punct, head)
	from := w.line()
	for s != "" || head != "" {
		l, rest, more := strings.Cut(s, "\n")
		if l != "" {
			w.indent(2 * depth)
			w.put(text.String, l)
		}
		w.line()
		if !more {
			break
		}
		s = rest
	}
	w.fold(from, false)
}

// writeString writes a string so that YAML reads the same string back.
func writeString(w sink, role text.Role, s string) {
	if plainYAML(s) {
		w.put(role, s)
		return
	}
	w.quote(role, s)
}

// appendYAMLQuoted appends a string in double quotes as YAML reads it, which knows no surrogates.
func appendYAMLQuoted(b []byte, s string) []byte {
	return appendString(b, s, func(b []byte, r rune) []byte {
		b = append(b, '\\', 'U', '0', '0')
		for shift := 20; shift >= 0; shift -= 4 {
			b = append(b, hexDigits[r>>shift&15])
		}
		return b
	})
}

// The classes of bytes in a string that may stay without quotes.
const (
	clsBad    = iota // never
	clsLetter        // may begin a string that is no number: letters, and / _ $
	clsDigit
	clsInside // may stand inside
	clsLook   // depends on what is beside it
)

var classes = func() (c [256]uint8) {
	for b := 0x20; b < 0x7f; b++ {
		switch {
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '/' || b == '_' || b == '$':
			c[b] = clsLetter
		case b >= '0' && b <= '9':
			c[b] = clsDigit
		case b == ':' || b == '#' || b == ',':
			c[b] = clsLook
		default:
			c[b] = clsInside
		}
	}
	return c
}()

// plainYAML reports whether a string needs no quotes: it could not be read as anything else. It errs on the side of
// quotes.
func plainYAML(s string) bool {
	if s == "" || len(s) > 1<<16 {
		return false
	}
	first := classes[s[0]]
	if first != clsLetter && first != clsDigit || s[len(s)-1] == ' ' || s[len(s)-1] == ':' {
		return false
	}
	for i := 1; i < len(s); i++ {
		switch classes[s[i]] {
		case clsBad:
			return false
		case clsLook:
			if c := s[i]; c == ':' && s[i+1] == ' ' || c == '#' && s[i-1] == ' ' || c == ',' && first == clsDigit {
				return false
			}
		}
	}
	if first == clsLetter {
		return !reserved(s)
	}
	return !numeric(s)
}

// reserved are the words that some version of YAML reads as something else than a string.
func reserved(s string) bool {
	if len(s) > 5 {
		return false
	}
	switch s[0] | 0x20 {
	case 'y', 'n', 't', 'f', 'o', 'i':
	default:
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf":
		return true
	}
	return false
}

// numeric reports whether a string that begins with a digit could be read as a number, a time or a base-60 number.
func numeric(s string) bool {
	if bytes.ContainsAny([]byte(s), ":_") {
		return true
	}
	if len(s) >= 8 && s[4] == '-' {
		return true
	}
	t := strings.ReplaceAll(s, ",", "")
	if _, err := strconv.ParseFloat(t, 64); err == nil {
		return true
	}
	_, err := strconv.ParseInt(t, 0, 64)
	if err == nil {
		return true
	}
	return strings.HasPrefix(t, "0x") || strings.HasPrefix(t, "0o") || strings.HasPrefix(t, "0b") || strings.ContainsAny(t, "eE") && strings.Trim(t, "0123456789.eE+-") == ""
}
