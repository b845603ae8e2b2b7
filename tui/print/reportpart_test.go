package print

import (
	"strings"
	"testing"
)

// TestReportPart: a part is what the whole report prints of it, and nothing else; one that there is not is refused with the names of all.
func TestReportPart(t *testing.T) {
	t.Parallel()
	whole, _, code := run(t, file(contested(), 0), "report", "--limit=0")
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	all := ""
	for _, name := range partNames() {
		out, stderr, code := run(t, file(contested(), 0), "report", "--limit=0", "--part", name)
		if code != 0 || stderr != "" || !strings.Contains(whole, out) || (out == "") != (name == "clocks") {
			t.Errorf("--part %s: exit %d, %q, %q", name, code, stderr, out)
		}
		all += out
	}
	if len(all) != len(whole) {
		t.Errorf("all parts have %d bytes, the report %d", len(all), len(whole))
	}
	if _, stderr, code := run(t, file(contested(), 0), "report", "--part", "fight"); code != exitUsage || !strings.Contains(stderr, "not-converged, fights, converged, writers, objects, fields, deleted, clocks") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
