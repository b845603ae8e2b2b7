package diff

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// MarshalJSON writes path, op, old (unless something was added) and new (unless something was removed).
func (c Change) MarshalJSON() ([]byte, error) {
	b, err := appendJSON([]byte(`{"path":`), c.Path)
	if err == nil {
		b, err = appendJSON(append(b, `,"op":`...), c.Op)
	}
	if err == nil && c.Op != Add {
		b, err = appendJSON(append(b, `,"old":`...), c.Old)
	}
	if err == nil && c.Op != Remove {
		b, err = appendJSON(append(b, `,"new":`...), c.New)
	}
	return append(b, '}'), err
}

// appendJSON appends a value as encoding/json writes it without the escapes that only HTML needs.
func appendJSON(b []byte, v any) (out []byte, err error) {
	switch x := v.(type) {
	case string:
		if plain(x) {
			return append(append(append(b, '"'), x...), '"'), nil
		}
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case map[string]any:
		if x == nil {
			return append(b, "null"...), nil
		}
		b = append(b, '{')
		for i, k := range slices.Sorted(maps.Keys(x)) {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, k); err != nil {
				return b, err
			}
			if b, err = appendJSON(append(b, ':'), x[k]); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	case []any:
		if x == nil {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range x {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, x[i]); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	}
	var one bytes.Buffer
	enc := json.NewEncoder(&one)
	enc.SetEscapeHTML(false)
	err = enc.Encode(v)
	return append(b, bytes.TrimSuffix(one.Bytes(), []byte("\n"))...), err // Encode ends in a line feed
}

// plain reports whether a text is the same in JSON, between quotes.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
