package change

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

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
	return line(string(appendValue(nil, v, 8*(w+8))), w)
}

// appendValue appends a value as JSON, of a long one at least the first most bytes.
func appendValue(b []byte, v any, most int) []byte {
	if len(b) > most {
		return b
	}
	switch x := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, k := range slices.Sorted(maps.Keys(x)) {
			if len(b) > most {
				return b
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendValue(b, k, most), ':')
			b = appendValue(b, x[k], most)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i := range x {
			if len(b) > most {
				return b
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, x[i], most)
		}
		return append(b, ']')
	case string:
		v = x[:min(len(x), most)]
	}
	var one bytes.Buffer
	enc := json.NewEncoder(&one)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return append(b, '?')
	}
	return append(b, bytes.TrimSuffix(one.Bytes(), []byte("\n"))...)
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
