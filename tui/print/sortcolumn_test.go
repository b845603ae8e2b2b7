package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestSortByColumn: --sort-by takes the columns of the table, in any case, numbers by their size; what is neither field nor column is
// refused.
func TestSortByColumn(t *testing.T) {
	t.Parallel()
	var ops []sourcetest.Op
	for i, x := range []struct {
		phase    string
		restarts int
	}{{"Running", 9}, {"Pending", 10}, {"Failed", 1}} {
		ops = append(ops, put(fmt.Sprintf("/registry/pods/shop/p%d", i), "v1", "Pod", "", fmt.Sprintf(`,"spec":{"containers":[{"name":"c"}]},"status":{"phase":%q,"containerStatuses":[{"name":"c","restartCount":%d}]}`, x.phase, x.restarts)))
	}
	for by, want := range map[string]string{"STATUS": "p2 p1 p0", "status --reverse": "p0 p1 p2", "restarts": "p2 p0 p1", "RESTARTS --reverse": "p1 p0 p2", "NAME --reverse": "p2 p1 p0", ".status.phase": "p2 p1 p0"} {
		out, stderr, code := run(t, file(ops, 0), strings.Fields("get pods -n shop --no-headers --sort-by "+by)...)
		var names []string
		for l := range strings.Lines(out) {
			names = append(names, strings.Fields(l)[0])
		}
		if got := strings.Join(names, " "); code != 0 || got != want {
			t.Errorf("by %s: exit %d, %q, want %q; %s", by, code, got, want, stderr)
		}
	}
	if _, stderr, code := run(t, file(ops, 0), "get", "pods", "-n", "shop", "--sort-by", "nosuch"); code != exitUsage || !strings.Contains(stderr, "a column, as NAME") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
