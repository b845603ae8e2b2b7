package print

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTicketToRead: what matters most comes first, equal lines are rows of a table with units, and text from outside is no markup.
func TestTicketToRead(t *testing.T) {
	t.Parallel()
	n := func(s string) json.Number { return json.Number(s) }
	x := ticket{
		Most: 2, Present: true,
		Made: "2026-01-02T03:04:05Z", Version: "v1", Overview: map[string]any{"verdict": "2 objects have not converged", "dbSize": n("13123584")},
		Health: []map[string]any{
			{"name": "n1", "fsyncP99Ms": n("249.604"), "leader": true, "metricsSeconds": n("0")}, {"name": "n2", "fsyncP99Ms": n("1"), "leader": false, "metricsSeconds": n("60")},
			{"cluster": map[string]any{"topology": "stacked", "wrong": []any{}, "advice": []any{map[string]any{"title": "Compact it"}}}},
		},
		Report: []map[string]any{
			{"report": "hotObject", "key": "/registry/a|b`c", "name": "b", "count": n("7")}, {"report": "hotObject", "key": "/registry/b", "count": n("3")},
			{"report": "odd", "why": "<img src=x> @someone [x](https://example.com)"},
		},
	}
	got := string(x.encode(false))
	for _, want := range []string{
		"## In short\n\n- 2 objects have not converged\n- Compact it\n", "- database: 12.5 MiB\n",
		"| name | fsync P99 | leader | metrics cover |\n|---|---|---|---|\n| n1 | 249.60 ms | yes | all since the start of the member |\n| n2 | 1.00 ms | no | 60.00 s |\n\n## Health", "- topology: stacked\n- wrong: none\n",
		"## Objects that are written most\n\n| key | count |\n|---|---|\n| `/registry/a\\|b'c` | 7 |\n| `/registry/b` | 3 |\n\nThese are the first 2; there may be more.\n", "The past of the store was not read: who wrote, ",
		"- why: `<img src=x> @someone [x](https://example.com)`\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("without %q:\n%s", want, got)
		}
	}
	if x.Report[0]["report"] != "hotObject" {
		t.Error("writing changed the ticket")
	}
}

// TestLeftOutIsNotListed: of a list whose items are left out in an anonymised report nothing is written.
func TestLeftOutIsNotListed(t *testing.T) {
	t.Parallel()
	if got := cell("", map[string]any{"title": "Compact it", "steps": []any{map[string]any{"say": ""}, map[string]any{}, nil}}); got != "title Compact it" {
		t.Errorf("it writes %q", got)
	}
}
