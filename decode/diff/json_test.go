package diff

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestChangeAsJSON: values are written as encoding/json writes them.
func TestChangeAsJSON(t *testing.T) {
	deep := map[string]any{}
	for _, s := range []string{"", "a", "x\"y\\", "\x00\b\f\n", "\u2028<&>", "\xff", "ü", "\x7f"} {
		deep[s] = []any{s, nil, true, false, json.Number("1.50"), int64(3), 2.5, map[string]any{}, []any{}, []any(nil), map[string]any{s: s}}
	}
	for _, c := range []Change{
		{Path: ".a", Op: Replace, Old: deep, New: deep}, {Path: `.a["x"]`, Op: Add, New: "b"}, {Path: ".ü", Op: Remove, Old: json.Number("7")},
		{Path: ".a", Op: Replace, Old: nil, New: []any{}},
	} {
		got, err := c.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		put := func(s string, v any) {
			want.WriteString(s)
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
			want.Truncate(want.Len() - 1)
		}
		put(`{"path":`, c.Path)
		put(`,"op":`, c.Op)
		if c.Op != Add {
			put(`,"old":`, c.Old)
		}
		if c.Op != Remove {
			put(`,"new":`, c.New)
		}
		if want := want.String() + "}"; string(got) != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
}
