package grep

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
)

// isPacked reports whether what is gzip, plain or in base64, lies in a value.
func isPacked(b []byte) bool {
	return bytes.Contains(b, []byte("H4sI")) || bytes.Contains(b, []byte("\x1f\x8b\x08"))
}

// matcher searches in the fields of one object.
type matcher struct {
	s      *Search
	object *decode.Object
	plain  []byte
	out    *found
	field  string // whose value is searched
	n      int    // matches so far
}

func (m *matcher) leaf(l *diff.Leaf) {
	text, isText := l.Value.(string)
	switch v := l.Value.(type) {
	case string:
	case json.Number:
		text = v.String()
	case bool:
		text = fmt.Sprint(v)
	default:
		text = ""
	}
	if m.object.Secret && !m.s.View.Reveal && text == decode.Mask {
		text = ""
	}
	if isText {
		text = m.unpacked(l.Steps[0].Field, text)
	}
	if name := dataName(l); name != "" {
		if from, to, ok := m.s.Pattern.Find(name); ok {
			first, _, _ := strings.Cut(text, "\n")
			m.field = ""
			m.add(l.Path, name+": "+first, from, to)
		}
	}
	m.field = fieldOf(l)
	m.lines(l.Path, text)
}

// fieldOf is the name of the innermost field on the way to a leaf.
func fieldOf(l *diff.Leaf) string {
	for i := len(l.Steps) - 1; i >= 0; i-- {
		if l.Steps[i].IsField() {
			return l.Steps[i].Field
		}
	}
	return ""
}

// dataName returns the name of a field that its user chose: a label, an annotation, an entry of data.
func dataName(l *diff.Leaf) string {
	n := len(l.Steps)
	if n < 2 || !l.Steps[n-1].IsField() || !l.Steps[n-2].IsField() {
		return ""
	}
	switch l.Steps[n-2].Field {
	case "labels", "annotations", "data", "binaryData", "stringData", "matchLabels", "nodeSelector":
		return l.Steps[n-1].Field
	}
	return ""
}

// unpacked returns what a field in base64 holds, if that is text; of what is binary, nothing. Protobuf keeps such fields as
// bytes: there base64 is recognized by the text not being stored, but its bytes. In JSON the kind and the field say so.
func (m *matcher) unpacked(field, text string) string {
	if m.object.Encoding == "protobuf" {
		if len(text) < 4 || bytes.Contains(m.plain, []byte(text)) {
			return text
		}
	} else if k := m.object.Kind; !(k == "Secret" && field == "data" || k == "ConfigMap" && field == "binaryData") {
		return text
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || m.object.Encoding == "protobuf" && !bytes.Contains(m.plain, b) {
		return text
	}
	switch {
	case isPacked(b[:min(len(b), 4)]):
		m.out.tally.Compressed++
		return ""
	case !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0:
		m.out.tally.Binary++
		return ""
	}
	return string(b)
}

// lines searches in each line of a text.
func (m *matcher) lines(path, text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if from, to, ok := m.s.Pattern.Find(line); ok {
			m.add(path, line, from, to)
		}
	}
}

const (
	// maxMatches bounds what one value may yield.
	maxMatches = 1000
	// around is how many bytes of a line are kept on either side of what matches, and maxMatch of that itself.
	around   = 160
	maxMatch = 512
)

func (m *matcher) add(path, line string, from, to int) {
	if m.n++; m.n > maxMatches {
		return
	}
	to = min(to, from+maxMatch)
	lo, hi := max(from-around, 0), min(to+around, len(line))
	for lo > 0 && !utf8.RuneStart(line[lo]) {
		lo--
	}
	for hi < len(line) && !utf8.RuneStart(line[hi]) {
		hi++
	}
	m.out.matches = append(m.out.matches, Match{
		Key: bytes.Clone(m.object.Key), Revision: m.object.Mod, Path: strings.Clone(path), Field: strings.Clone(m.field), Line: strings.Clone(line[lo:hi]),
		From: from - lo, To: to - lo, Cut: lo > 0 || hi < len(line),
	})
}
