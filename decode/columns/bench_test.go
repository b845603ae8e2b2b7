package columns

import (
	"encoding/json"
	"testing"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// BenchmarkCells fills the cells of a custom resource with four columns. Its floor is 300,000 rows/s.
func BenchmarkCells(b *testing.B) {
	r := kinds.Resource{Custom: true, Versions: []kinds.Version{{Name: "v1", Columns: []kinds.Column{
		{Name: "Size", Type: "integer", Path: ".spec.size"}, {Name: "Host", Type: "string", Path: ".spec.rules[0].host"}, {Name: "Note", Type: "string", Path: ".spec.note"},
		{Name: "Ready", Type: "string", Path: `.status.conditions[?(@.type=="Ready")].status`},
	}}}}
	tree := map[string]any{"spec": map[string]any{"size": json.Number("3"), "rules": []any{map[string]any{"host": "a"}}}, "status": map[string]any{"conditions": []any{
		map[string]any{"type": "Synced", "status": "False"}, map[string]any{"type": "Ready", "status": "True"}}}}
	cols := Of(r, "example.com/v1", true)
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range cols {
			c.Cell(tree)
		}
	}
}
