package change

import (
	"bytes"
	"encoding/json"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// SummaryWidth is the largest width of a Summary, in columns.
const SummaryWidth = 96

// valueWidth is the largest width of a Value, in columns.
const valueWidth = 400

// Value writes a field's value on one line of safe text: strings as they are, everything else as JSON. Long ones are
// cut.
func Value(v any) string { return short(v, valueWidth) }

func short(v any, w int) string {
	switch x := v.(type) {
	case nil:
		return "nothing"
	case string:
		if x == "" {
			return `""`
		}
		return line(x, w)
	case json.Number:
		return line(x.String(), w)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return "?"
	}
	return line(string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), w)
}

// line makes untrusted text one safe line of at most w columns. Text far beyond that is cut before it is looked at.
func line(s string, w int) string {
	if limit := 8 * (w + 8); len(s) > limit {
		s = s[:limit]
	}
	out, _, _ := clean.Line(s, 1)
	return clean.End(out, w)
}

func cut(s string) string { return line(s, SummaryWidth) }
