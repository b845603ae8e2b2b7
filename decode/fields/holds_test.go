package fields

import (
	"encoding/json"
	"testing"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// FuzzHolds holds what Holds is sure of against the set.
func FuzzHolds(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `{"f:spec":{}}`, `{"f:metadata":{"f:labels":{".":{},"f:a\"b}":{}}},"f:spec":{"f:ports":{"k:{\"port\":80}":{".":{}}}}}`,
		`{"f:spec":1}`, `{"f:sp\u0065c":{}}`, `{".":{},"f:spec":{"x":{}}}`, `{"f:spec":{}`, `{"f:a":{}},"f:spec":{}}`, `{"f:a":{},}`, ` {"f:spec":{}}`,
		`{"f:spec":{},"f:spec":1}`, `{"f:data":{"f:x":{}}}`, `{"v:\"spec\"":{}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var tree map[string]any
		if raw != "" && json.Unmarshal([]byte(raw), &tree) != nil {
			return // both are called for JSON only
		}
		set, _ := Parse(tree)
		for _, field := range []string{"spec", "metadata", "data", "a"} {
			want := set.Match([]diff.Step{{Field: field, Index: -1}}) != None
			if got, sure := Holds(raw, field); sure && got != want && !twice(raw) {
				t.Errorf("%s: %s: %v, want %v", raw, field, got, want)
			}
		}
	})
}

// twice reports whether a field is there twice, which no API server writes.
func twice(raw string) bool {
	seen := map[string]bool{}
	for i := 1; i < len(raw) && raw[i] == '"'; {
		end := textEnd(raw, i)
		if end < 0 || seen[raw[i:end]] {
			return end >= 0
		}
		seen[raw[i:end]] = true
		if i = objectEnd(raw, end+2) + 1; i < 1 {
			return false
		}
	}
	return false
}

// TestHoldsIsSure: of sets as API servers write them it is sure.
func TestHoldsIsSure(t *testing.T) {
	t.Parallel()
	const raw = `{"f:metadata":{"f:labels":{".":{},"f:a\"b}":{}}},"f:spec":{"f:ports":{"k:{\"port\":80}":{".":{}}}}}`
	for field, want := range map[string]bool{"metadata": true, "spec": true, "status": false, "ports": false} {
		if got, sure := Holds(raw, field); got != want || !sure {
			t.Errorf("%s: %v, sure: %v", field, got, sure)
		}
	}
}
